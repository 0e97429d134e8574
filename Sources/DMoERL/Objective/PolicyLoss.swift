import Foundation

/// The loss of a batch of completions, its derivatives, and what happened in it.
public struct PolicyLoss: Sendable, Equatable {
  /// The loss.
  public private(set) var value = 0.0
  /// Its derivatives, by completion and token; 0 in completions that are left out.
  public private(set) var gradients: [TokenGradients] = []
  /// What counts of these completions.
  public private(set) var counted = Counted()
  /// How many tokens' ratios were clipped from below.
  public private(set) var clippedLow = 0
  /// How many tokens' ratios were clipped from above.
  public private(set) var clippedHigh = 0
  /// How many tokens' losses were bounded by the dual clip.
  public private(set) var clippedDual = 0
  /// The sum over tokens of the divergence from the reference, as the penalty estimates it; 0 without one.
  public private(set) var divergence = 0.0
  /// The sum over tokens of the entropy; 0 where it was not computed.
  public private(set) var entropy = 0.0

  /// How much of a batch a loss is made of: what its means are divided by.
  public struct Counted: Sendable, Equatable {
    /// How many completions count.
    public var completions = 0
    /// How many tokens they have.
    public var tokens = 0

    /// Nothing.
    public init() {}

    /// What counts of some completions, of which the tokens alone need to be known.
    public init(of completions: [ScoredCompletion], under objective: PolicyObjective) {
      for completion in completions where completion.counts(under: objective) {
        self.completions += 1
        tokens += completion.oldLogProbabilities.count
      }
    }
  }

  /// The derivatives of a loss by what the head gives at every token of a completion.
  public struct TokenGradients: Sendable, Equatable {
    /// By the token's own log-probability.
    public var logProbabilities: [Float]
    /// By the exact divergence from the reference.
    public var divergences: [Float]
    /// By the entropy.
    public var entropies: [Float]

    fileprivate init(tokens: Int) {
      logProbabilities = Array(repeating: 0, count: tokens)
      (divergences, entropies) = (logProbabilities, logProbabilities)
    }
  }

  /// The loss of completions under an objective.
  ///
  /// - Parameters:
  ///   - completions: What was sampled, with its log-probabilities and advantages.
  ///   - objective: What the loss is.
  ///   - whole: What counts in the batch that these completions are a part of; the losses of all parts add up to that of the
  ///     batch. `nil` if they are all of it.
  /// - Throws: `RLError.shape` if a completion's arrays are of different lengths, or one that is needed is missing;
  ///   `RLError.nothingToLearn` if no completion of the batch counts.
  public init(
    of completions: [ScoredCompletion], under objective: PolicyObjective, partOf whole: Counted? = nil
  ) throws(RLError) {
    for (index, completion) in completions.enumerated() { try completion.check(index, objective) }
    counted = Counted(of: completions, under: objective)
    let whole = whole ?? counted
    guard whole.completions > 0 else { throw .nothingToLearn(completions: completions.count) }
    for completion in completions {
      var gradients = TokenGradients(tokens: completion.logProbabilities.count)
      if completion.counts(under: objective) {
        let share = objective.aggregation.share(ofTokenIn: completion.logProbabilities.count, whole)
        add(completion, objective, share, &gradients)
      }
      self.gradients.append(gradients)
    }
  }

  private mutating func add(
    _ completion: ScoredCompletion, _ objective: PolicyObjective, _ share: Double, _ gradients: inout TokenGradients
  ) {
    guard let advantages = completion.advantages else { return }
    let count = completion.logProbabilities.count
    let differences = zip(completion.logProbabilities, completion.oldLogProbabilities).map { Double($0) - Double($1) }
    // Every token of a completion moves a shared ratio by its part.
    let mean = differences.reduce(0, +) / Double(count)
    var shared = 0.0
    for t in 0..<count {
      let ratio = exp(objective.ratio == .token ? differences[t] : mean)
      let surrogate = objective.surrogate(ratio: ratio, advantage: advantages[t])
      value += share * surrogate.loss
      switch surrogate.clip {
      case .low: clippedLow += 1
      case .high: clippedHigh += 1
      case .dual: clippedDual += 1
      case nil: break
      }
      // The derivative by a log-probability is the ratio times the derivative by the ratio.
      switch objective.ratio {
      case .token: gradients.logProbabilities[t] += Float(share * surrogate.slope * ratio)
      case .sequence: shared += share * surrogate.slope * ratio / Double(count)
      }
      addPenalty(completion, objective, share, t, &gradients)
      if !completion.entropies.isEmpty {
        entropy += Double(completion.entropies[t])
        value -= share * objective.entropyBonus * Double(completion.entropies[t])
        gradients.entropies[t] = Float(-share * objective.entropyBonus)
      }
    }
    if objective.ratio == .sequence { for t in 0..<count { gradients.logProbabilities[t] += Float(shared) } }
  }

  /// What the token pays for leaving the reference; one that is taken from the reward is told of only.
  private mutating func addPenalty(
    _ completion: ScoredCompletion, _ objective: PolicyObjective, _ share: Double, _ t: Int,
    _ gradients: inout TokenGradients
  ) {
    guard let kl = objective.kl else { return }
    let charged = kl.place == .loss ? share * kl.coefficient : 0
    if kl.estimator == .exact {
      divergence += Double(completion.divergences[t])
      value += charged * Double(completion.divergences[t])
      gradients.divergences[t] = Float(charged)
      return
    }
    let estimate = kl.estimator.evaluate(
      Double(completion.logProbabilities[t]) - Double(completion.referenceLogProbabilities[t]))
    divergence += estimate.value
    value += charged * estimate.value
    gradients.logProbabilities[t] += Float(charged * estimate.slope)
  }
}

extension PolicyObjective {
  enum Clip { case low, high, dual }

  /// A token's loss, its derivative by the ratio, and what bounded it.
  func surrogate(ratio: Double, advantage: Double) -> (loss: Double, slope: Double, clip: Clip?) {
    let bounded = min(max(ratio, 1 - clipLow), 1 + clipHigh)
    let free = ratio * advantage
    var (gain, slope, clip): (Double, Double, Clip?) = (free, advantage, nil)
    if bounded * advantage < free {
      (gain, slope, clip) = (bounded * advantage, 0, ratio < bounded ? .low : .high)
    }
    if let dualClip, advantage < 0, gain < dualClip * advantage {
      (gain, slope, clip) = (dualClip * advantage, 0, .dual)
    }
    return (-gain, -slope, clip)
  }
}

extension PolicyObjective.Aggregation {
  /// What a token's loss counts for.
  fileprivate func share(ofTokenIn length: Int, _ whole: PolicyLoss.Counted) -> Double {
    switch self {
    case .sequenceMean: 1 / (Double(whole.completions) * Double(length))
    case .constantLength(let constant): 1 / (Double(whole.completions) * Double(constant))
    case .tokenMean: 1 / Double(whole.tokens)
    }
  }
}

extension ScoredCompletion {
  /// Whether it is learned from: it has an advantage and tokens, and was not cut off where that is not wanted.
  func counts(under objective: PolicyObjective) -> Bool {
    advantages != nil && !oldLogProbabilities.isEmpty && !(objective.masksTruncated && isTruncated)
  }

  /// Throws if its arrays do not fit.
  fileprivate func check(_ index: Int, _ objective: PolicyObjective) throws(RLError) {
    let count = logProbabilities.count
    func require(_ name: String, _ found: Int, needed: Bool) throws(RLError) {
      guard found == count || (found == 0 && !needed) else {
        throw .shape(completion: index, name: name, count: found, expected: count)
      }
    }
    try require("oldLogProbabilities", oldLogProbabilities.count, needed: true)
    try require("advantages", advantages?.count ?? count, needed: true)
    let isExact = objective.kl?.estimator == .exact
    try require("referenceLogProbabilities", referenceLogProbabilities.count, needed: objective.kl != nil && !isExact)
    try require("divergences", divergences.count, needed: isExact)
    try require("entropies", entropies.count, needed: objective.entropyBonus != 0)
  }
}
