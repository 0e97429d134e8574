public import DMoECore
import DMoEPolicy
import DMoETrain

/// The settings by which a policy is trained by a reward.
///
/// ```swift
/// let configuration = RLConfiguration { $0.groupSize = 16; $0.objective.kl = nil }
/// ```
public struct RLConfiguration: Sendable, Equatable, Codable {
  /// How rewards become advantages.
  public var advantages = AdvantageEstimator.group(.group)
  /// What the policy is trained to make small.
  public var objective = PolicyObjective()
  /// How many completions of a prompt are sampled and compared.
  public var groupSize = 8
  /// How many prompts a step takes.
  public var promptsPerStep = 4
  /// How many steps a run takes.
  public var steps = 100
  /// How many updates are made from what one step sampled; after the first the ratio is no longer 1.
  public var updatesPerStep = 1
  /// How many parts a step's prompts are dealt into, each with all its completions: an update learns from one part, in an order
  /// drawn anew as often as all had their turn.
  public var minibatches = 1
  /// How many prompts of a step, each with all its completions, are sampled, measured and learned from alone: gradients of such
  /// micro-batches are added up by one binary tree over their numbers, so that ranks can share them out and any number of
  /// ranks comes to the same bits. `nil` takes a step as a whole, which one process does. Other sizes give other texts,
  /// since products round otherwise.
  public var microBatch: Int?
  /// How the value head is trained, where advantages are made of values.
  public var value = ValueTraining()
  /// The most tokens of a completion.
  public var maximumTokens = 128
  /// What logits are divided by, for sampling and for training alike.
  public var temperature: Float = 1
  /// What samples and the order of prompts depend on.
  public var seed: UInt64 = 0
  /// How the adapter's parameters are changed.
  public var optimizer = Optimizer()
  /// When a run is ended because it learns nothing, or the wrong thing.
  public var limits = RunLimits()
  /// How many rows a forward and backward pass has at most, as far as a group allows; decides memory and, but for rounding, no result.
  public var rowsPerPass = 4096

  /// GRPO with groups of eight.
  public init() {}

  /// Settings with changes.
  public init(_ change: (inout RLConfiguration) throws -> Void) rethrows {
    self.init()
    try change(&self)
  }

  /// AdamW (Loshchilov and Hutter, 1711.05101) with a linear warm-up and a constant rate after it.
  public struct Optimizer: Sendable, Equatable, Codable {
    /// The learning rate after warm-up.
    public var learningRate = 1e-4
    /// The steps over which the rate grows from 0.
    public var warmUpSteps = 5
    /// The decay rate of the running mean of gradients.
    public var beta1 = 0.9
    /// The decay rate of the running mean of squared gradients.
    public var beta2 = 0.99
    /// The decoupled weight decay.
    public var weightDecay = 0.0
    /// Gradients are scaled down to this global norm; `nil` leaves them.
    public var clipNorm: Double? = 1

    /// These values.
    public init() {}

    /// The share of the rate that an update takes, counted from 0.
    func warmUp(update: Int) -> Double { min(1, Double(update + 1) / Double(max(1, warmUpSteps))) }

    /// The same for the optimizer of all training.
    var training: PhaseTraining {
      PhaseTraining(learningRate: learningRate, epochs: 1) {
        ($0.beta1, $0.beta2, $0.weightDecay, $0.clipNorm) = (beta1, beta2, weightDecay, clipNorm)
      }
    }
  }

  /// The rule that samples are drawn by: nothing is cut off and nothing penalized, so that a token's probability at sampling
  /// and at training are one number.
  var sampling: Sampling { Sampling(temperature: temperature) }

  /// The places of each micro-batch among so many prompts; all of them where a step is taken as a whole.
  func microBatches(of count: Int) -> [Range<Int>] {
    let size = max(1, microBatch ?? count)
    return stride(from: 0, to: count, by: size).map { $0..<min(count, $0 + size) }
  }

  /// More of anything is a slip of the keyboard.
  private static let most = 1 << 24

  /// The limits, without the one on completions that were cut off where those are learned from.
  var effectiveLimits: RunLimits {
    var result = limits
    if !objective.masksTruncated { result.stepsAllTruncated = nil }
    return result
  }

  /// Checks the settings.
  ///
  /// - Throws: `CoreError.outOfRange` for the first setting that makes no sense.
  public func validate() throws(CoreError) {
    let counts = [
      ("groupSize", groupSize, advantages.comparesGroups ? 2 : 1), ("promptsPerStep", promptsPerStep, 1),
      ("steps", steps, 1), ("updatesPerStep", updatesPerStep, 1), ("maximumTokens", maximumTokens, 1),
      ("rowsPerPass", rowsPerPass, 1), ("microBatch", microBatch ?? 1, 1),
    ]
    for (name, value, least) in counts where !(least...Self.most).contains(value) {
      throw .outOfRange(name, value: "\(value)", allowed: "from \(least) to \(Self.most)")
    }
    guard (1...min(promptsPerStep, updatesPerStep)).contains(minibatches) else {
      throw .outOfRange(
        "minibatches", value: "\(minibatches)", allowed: "from 1 to the lesser of promptsPerStep and updatesPerStep")
    }
    let numbers = [
      ("temperature", Double(temperature)), ("optimizer.learningRate", optimizer.learningRate),
      ("value.learningRate", value.learningRate ?? 1),
    ]
    for (name, value) in numbers where !(value > 0 && value.isFinite) {
      throw .outOfRange(name, value: "\(value)", allowed: "above 0 and finite")
    }
    for (name, value) in [("beta1", optimizer.beta1), ("beta2", optimizer.beta2)] where !(0..<1).contains(value) {
      throw .outOfRange("optimizer." + name, value: "\(value)", allowed: "from 0 to below 1")
    }
    let penalties = [
      ("optimizer.weightDecay", optimizer.weightDecay), ("objective.kl.coefficient", objective.kl?.coefficient ?? 0),
      ("optimizer.clipNorm", optimizer.clipNorm ?? 1), ("value.coefficient", value.coefficient),
      ("value.loss.clip", value.loss.clip ?? 1),
    ]
    for (name, value) in penalties where !(value >= 0 && value.isFinite) {
      throw .outOfRange(name, value: "\(value)", allowed: "at least 0 and finite")
    }
    if case .generalized(let estimator) = advantages {
      for (name, value) in [("discount", estimator.discount), ("lambda", estimator.lambda)]
      where !(0...1).contains(value) {
        throw .outOfRange("advantages." + name, value: "\(value)", allowed: "from 0 to 1")
      }
    }
    guard (0..<1).contains(objective.clipLow), objective.clipHigh >= 0 else {
      throw .outOfRange(
        "objective.clipLow and clipHigh", value: "\(objective.clipLow) and \(objective.clipHigh)",
        allowed: "from 0 to below 1, and at least 0")
    }
    if let dual = objective.dualClip, !(dual > 1) {
      throw .outOfRange("objective.dualClip", value: "\(dual)", allowed: "above 1")
    }
    try limits.validate()
    if case .constantLength(let length) = objective.aggregation, length < 1 {
      throw .outOfRange("objective.aggregation", value: "a length of \(length)", allowed: "a length of at least 1")
    }
  }
}
