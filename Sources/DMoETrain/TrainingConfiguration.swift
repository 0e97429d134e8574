public import DMoEData

/// The settings of training, by phase.
///
/// ```swift
/// var configuration = TrainingConfiguration(seed: 7)
/// configuration.base.learningRate = 2e-4
/// configuration.base.epochs = 2
/// configuration.regularization = Regularization(headDropout: .init(rate: 0.1))
/// try configuration.validate()
/// ```
public struct TrainingConfiguration: Sendable, Equatable, Codable {
  /// The weights of a base that training changes.
  public enum FineTuning: String, Sendable, Codable, CaseIterable {
    /// An adapter over the shared frozen backbone.
    case adapter
    /// All linear weights of the adapted layers (the paper); kept as the nearest adapter of the base's rank.
    case full
  }

  /// The weights that the bases of several categories start from; the paper shares nothing between categories.
  public enum BaseStart: String, Sendable, Codable, CaseIterable {
    /// Each from nothing (the paper).
    case own
    /// Every head near the best linear reward on all categories together: a category with few preferences is then
    /// never far from what the others know.
    case sharedHead
    /// Adapter and head from those of a base of all categories, a phase of its own (`TrainingPhase.sharedBase`).
    case sharedBase
  }

  /// The treatment of samples without a category: leave them out, let the router assign one, or make them a category.
  public enum Unlabelled: Sendable, Equatable, Codable {
    /// They train nothing.
    case drop
    /// The trained router gives them one, if it is at least this sure (the paper's released code routes all).
    case route(minimumProbability: Float)
    /// They, and prompts without a category, are a category of their own, which the router learns as the others: for data
    /// of which a good part fits none. The model's taxonomy has to have it (`taxonomy(completing:)`).
    case category(id: String)
  }

  /// The measure by which the best state of a phase is chosen: the loss or the accuracy on validation samples.
  public enum Selection: String, Sendable, Codable, CaseIterable { case validationLoss, validationAccuracy }

  /// The seed of splits, orders, first weights and dropout: the same seed trains the same model.
  public var seed: UInt64
  /// The share of prompts that bases train on (phase 1); the rest is the aggregators' (phase 3).
  public var baseFraction: Double
  /// The share of each part's prompts that training is validated on.
  public var validationFraction: Double
  /// The prompts that capability experts train on.
  public var expertPrompts: PhaseSplit.ExpertPrompts
  /// The treatment of samples without a category: leave them out, let the router assign one, or make them a category.
  public var unlabelled: Unlabelled
  /// The weights of a base that training changes: an adapter, or the whole backbone.
  public var fineTuning: FineTuning
  /// The settings of the router's training.
  public var router: RouterTraining
  /// The settings of the phase that trains a category's base.
  public var base: PhaseTraining
  /// The settings of the phase that trains a capability expert.
  public var expert: PhaseTraining
  /// The settings of the phase that trains a category's aggregator.
  public var aggregator: PhaseTraining
  /// The loss that bases, experts and aggregators minimize.
  public var loss: RankingLoss
  /// `nil` adds nothing (the paper).
  public var regularization: Regularization?
  /// The rewards of a phase learn what lengths leave unexplained: the log-odds that lengths alone give its pairs are
  /// fitted first and added to the difference in the loss, not to the reward (a product of experts of which one is
  /// dropped: Clark et al., 1909.03683).
  public var debiasesLength: Bool
  /// The measure by which the best state of a phase is kept.
  public var selection: Selection
  /// A base's head starts as the best linear reward on the untrained states (Newton steps; linear probing, then
  /// fine-tuning: Kumar et al., 2202.10054); otherwise small and random.
  public var warmStartsHeads: Bool
  /// The weights that bases start from, if there are several categories. A shared head needs warm starts; a shared base
  /// needs adapters.
  public var baseStart: BaseStart
  /// The aggregator starts as the best linear reward on the experts' states; otherwise at random (the paper).
  public var warmStartsAggregator: Bool
  /// Ridges that the warm starts try, on standardized states; cross-validation on the training samples chooses, and
  /// where there is a head to start near, it is left as it is unless a correction gains more than its standard error.
  public var warmStartRidges: [Double]
  /// Recompute activations by block in the backward pass: less memory, a third more time.
  public var checkpointsActivations: Bool
  /// Rows (tokens) of one forward and backward pass; a larger batch is accumulated from several.
  public var rowsPerPass: Int
  /// Bytes of trunk outputs that are kept between epochs; what does not fit is computed again.
  public var trunkCacheBytes: Int
  /// A checkpoint is written after this many steps.
  public var checkpointInterval: Int
  /// Samples longer than the model reads are left out and counted; otherwise the first of them stops the run.
  public var skipsOverLength: Bool
  /// Phases with fewer training samples are left out, with a reason.
  public var minimumSamples: Int

  /// The default, for a small backbone and few samples; Docs/Results.md says what was measured with it, and what was not.
  public init(
    seed: UInt64 = 0, baseFraction: Double = 0.6, validationFraction: Double = 0.15,
    expertPrompts: PhaseSplit.ExpertPrompts = .baseTraining, unlabelled: Unlabelled = .drop,
    fineTuning: FineTuning = .adapter, router: RouterTraining = RouterTraining(),
    base: PhaseTraining = PhaseTraining(learningRate: 5e-4, epochs: 3),
    expert: PhaseTraining = PhaseTraining(learningRate: 5e-4, epochs: 2),
    aggregator: PhaseTraining = PhaseTraining(learningRate: 1e-4, epochs: 10),
    loss: RankingLoss = RankingLoss(), regularization: Regularization? = nil, debiasesLength: Bool = false,
    selection: Selection = .validationLoss,
    warmStartsHeads: Bool = true,
    baseStart: BaseStart = .sharedHead,
    warmStartsAggregator: Bool = true, warmStartRidges: [Double] = [0.1, 1, 10, 100, 1000, 10_000],
    checkpointsActivations: Bool = false, rowsPerPass: Int = 2048,
    trunkCacheBytes: Int = 2 << 30, checkpointInterval: Int = 20, skipsOverLength: Bool = true,
    minimumSamples: Int = 4
  ) {
    self.seed = seed
    self.baseFraction = baseFraction
    self.validationFraction = validationFraction
    self.expertPrompts = expertPrompts
    self.unlabelled = unlabelled
    self.fineTuning = fineTuning
    self.router = router
    self.base = base
    self.expert = expert
    self.aggregator = aggregator
    self.loss = loss
    self.regularization = regularization
    self.debiasesLength = debiasesLength
    self.selection = selection
    self.warmStartsHeads = warmStartsHeads
    self.baseStart = baseStart
    self.warmStartsAggregator = warmStartsAggregator
    self.warmStartRidges = warmStartRidges
    self.checkpointsActivations = checkpointsActivations
    self.rowsPerPass = rowsPerPass
    self.trunkCacheBytes = trunkCacheBytes
    self.checkpointInterval = checkpointInterval
    self.skipsOverLength = skipsOverLength
    self.minimumSamples = minimumSamples
  }

  /// Checks that every setting is one that can be trained by; what trains asks by itself.
  ///
  /// - Throws: `TrainError.invalidConfiguration`.
  public func validate() throws {
    func require(_ condition: Bool, _ reason: String) throws {
      if !condition { throw TrainError.invalidConfiguration(reason: reason) }
    }
    try require((0...1).contains(baseFraction), "baseFraction is \(baseFraction)")
    try require(validationFraction >= 0 && validationFraction < 1, "validationFraction is \(validationFraction)")
    for ridge in warmStartRidges + router.ridges { try require(ridge > 0 && ridge.isFinite, "a ridge is \(ridge)") }
    try require(rowsPerPass > 0, "rowsPerPass is \(rowsPerPass)")
    try require(trunkCacheBytes >= 0, "trunkCacheBytes is \(trunkCacheBytes)")
    try require(checkpointInterval > 0, "checkpointInterval is \(checkpointInterval)")
    try require(minimumSamples > 0, "minimumSamples is \(minimumSamples)")
    try require(
      fineTuning == .adapter || baseStart != .sharedBase,
      "bases tuned in full start from the backbone's own weights, not from a shared base's adapter")
    if case .route(let least) = unlabelled { try require((0...1).contains(least), "minimumProbability is \(least)") }
    for (name, phase) in [("base", base), ("expert", expert), ("aggregator", aggregator), ("router", router.phase)] {
      try phase.validate(name)
    }
    // Heads and aggregators begin as random numbers, which must not score as if they had learned something.
    for (name, phase) in [("base", base), ("aggregator", aggregator)] {
      try require(
        warmStartsHeads || phase.takesSteps,
        "\(name) takes no step, and warmStartsHeads is false: what it begins with is random")
    }
    try loss.validate()
    try regularization?.validate()
  }
}

/// The settings by which one kind of phase is optimized: AdamW with linear warm-up.
public struct PhaseTraining: Sendable, Equatable, Codable {
  /// The course of the learning rate after warm-up.
  public enum Schedule: String, Sendable, Codable, CaseIterable {
    /// The full rate to the end.
    case constant
    /// Half a cosine from the full rate to 0 (Loshchilov and Hutter, 1608.03983).
    case cosine
  }

  /// The highest learning rate, reached after warm-up.
  public var learningRate: Double
  /// Passes over the phase's samples.
  public var epochs: Double
  /// Samples (prompts with their ranked responses) an optimizer step; a phase that has fewer takes all of them.
  public var batchSize: Int
  /// The course of the learning rate after warm-up.
  public var schedule: Schedule
  /// The share of steps over which the rate grows from 0.
  public var warmUp: Double
  /// The decay rate of AdamW's running mean of gradients.
  public var beta1: Double
  /// The decay rate of AdamW's running mean of squared gradients.
  public var beta2: Double
  /// The small number that AdamW adds to its denominator.
  public var epsilon: Double
  /// The decoupled weight decay.
  public var weightDecay: Double
  /// Gradients are scaled down to this global norm; `nil` leaves them.
  public var clipNorm: Double?
  /// Validation after this many steps; `nil` means twice an epoch.
  public var validationInterval: Int?
  /// Stops after this many validations without a better one; `nil` never does.
  public var patience: Int?
  /// Never more steps than this.
  public var maximumSteps: Int?

  /// The settings of a phase; only the learning rate and the number of epochs have no default.
  public init(
    learningRate: Double, epochs: Double, batchSize: Int = 8, schedule: Schedule = .cosine, warmUp: Double = 0.1,
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0.01,
    clipNorm: Double? = 1, validationInterval: Int? = nil, patience: Int? = 4, maximumSteps: Int? = nil
  ) {
    self.learningRate = learningRate
    self.epochs = epochs
    self.batchSize = batchSize
    self.schedule = schedule
    self.warmUp = warmUp
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.clipNorm = clipNorm
    self.validationInterval = validationInterval
    self.patience = patience
    self.maximumSteps = maximumSteps
  }

  func validate(_ name: String) throws {
    func require(_ condition: Bool, _ reason: String) throws {
      if !condition { throw TrainError.invalidConfiguration(reason: "\(name): \(reason)") }
    }
    try require(learningRate >= 0 && learningRate.isFinite, "learningRate is \(learningRate)")
    try require(epochs >= 0 && epochs <= 1e6, "epochs is \(epochs)")
    try require(batchSize > 0 && batchSize <= 1 << 20, "batchSize is \(batchSize)")
    try require((0...1).contains(warmUp), "warmUp is \(warmUp)")
    try require((0..<1).contains(beta1) && (0..<1).contains(beta2), "betas are \(beta1) and \(beta2)")
    try require(epsilon > 0 && epsilon.isFinite, "epsilon is \(epsilon)")
    try require(weightDecay >= 0 && weightDecay.isFinite, "weightDecay is \(weightDecay)")
    try require(clipNorm.map { $0 > 0 && $0.isFinite } ?? true, "clipNorm is \(clipNorm ?? 0)")
    try require(validationInterval.map { $0 > 0 } ?? true, "validationInterval is \(validationInterval ?? 0)")
    try require(patience.map { $0 > 0 } ?? true, "patience is \(patience ?? 0)")
    try require(maximumSteps.map { $0 >= 0 } ?? true, "maximumSteps is \(maximumSteps ?? 0)")
  }

  /// The size of a step's batch of `samples` samples, so that no step takes one of them twice for want of others.
  package func batchSize(samples: Int) -> Int { min(batchSize, max(samples, 1)) }

  /// Whether there is a step as soon as there is a sample.
  package var takesSteps: Bool { epochs > 0 && maximumSteps != 0 }

  /// Optimizer steps over `samples` samples.
  package func plannedSteps(samples: Int) -> Int {
    let steps = Int((epochs * Double(samples) / Double(batchSize(samples: samples))).rounded(.up))
    return min(steps, maximumSteps ?? steps)
  }

  /// The rate of a step counted from 0: linear warm-up, then the schedule.
  package func rate(step: Int, of total: Int) -> Double {
    let ramp = Int((warmUp * Double(total)).rounded(.up))
    if step < ramp { return learningRate * Double(step + 1) / Double(ramp) }
    switch schedule {
    case .constant: return learningRate
    case .cosine:
      return learningRate * 0.5 * (1 + Double.cosine(Double.pi * Double(step - ramp) / Double(total - ramp)))
    }
  }
}

/// The settings by which the router is trained: Newton steps on frozen features, then gradient steps if it has an
/// adapter of its own.
public struct RouterTraining: Sendable, Equatable, Codable {
  /// Ridges of the softmax regression that are tried; validation chooses.
  public var ridges: [Double]
  /// Categories count alike, however many prompts they have.
  public var balancesCategories: Bool
  /// Gradient steps on cross-entropy of the logits, for the router's own adapter and head.
  public var phase: PhaseTraining

  /// The settings of a router's training; the defaults fit its head in closed form.
  public init(
    ridges: [Double] = [1e-3, 1e-2, 1e-1, 1], balancesCategories: Bool = false,
    phase: PhaseTraining = PhaseTraining(learningRate: 2e-4, epochs: 1, batchSize: 16)
  ) {
    self.ridges = ridges
    self.balancesCategories = balancesCategories
    self.phase = phase
  }
}

extension TrainingConfiguration {
  /// The settings of the paper's released code, with its bugs left out (Docs/Fidelity.md).
  ///
  /// Phase 1 in full at 1e-7, phase 2 at 5e-5, phase 3 at 1e-6, router at 3e-8; Adam without decay, schedule, warm-up
  /// or clipping; one prompt a step; an evaluation every 100 steps, stop after 20 without a gain (router 200); 30 % of
  /// the data for validation.
  public static let paper: TrainingConfiguration = {
    func phase(_ rate: Double, patience: Int = 20) -> PhaseTraining {
      PhaseTraining(
        learningRate: rate, epochs: 1000, batchSize: 1, schedule: .constant, warmUp: 0, weightDecay: 0, clipNorm: nil,
        validationInterval: 100, patience: patience)
    }
    return TrainingConfiguration(
      validationFraction: 0.3, expertPrompts: .allTraining, unlabelled: .route(minimumProbability: 0),
      fineTuning: .full, router: RouterTraining(ridges: [], phase: phase(3e-8, patience: 200)), base: phase(1e-7),
      expert: phase(5e-5), aggregator: phase(1e-6), selection: .validationAccuracy, warmStartsHeads: false,
      baseStart: .own, warmStartsAggregator: false)
  }()
}
