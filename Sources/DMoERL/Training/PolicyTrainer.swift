public import DMoECore
public import DMoEData
import DMoEModel
public import DMoEPolicy
import DMoETrain

/// Trains a policy's adapter by a reward: samples groups of completions, compares their rewards, and makes what did better
/// than its group likelier (GRPO; Shao et al., 2402.03300, and its kin).
///
/// ```swift
/// var policy = try LanguageModel(contentsOf: backboneURL)
/// try policy.beginAdapter(LoRAConfiguration(rank: 16, alpha: 32), seed: 1)
/// var trainer = try PolicyTrainer(policy, RLConfiguration { $0.steps = 50 })
/// let brief = RewardClosure("brief") { _, texts in texts.map { -Float($0.count) / 100 } }
/// for step in 0..<50 {
///   let metrics = try await trainer.step(["Why is the sky blue?"], by: brief)
///   print(step, metrics.reward as Any)
/// }
/// ```
///
/// The reference is the policy without its adapter: no second copy of anything is kept. A sample depends on seed, step,
/// prompt and its own number, never on what is sampled beside it.
public struct PolicyTrainer: Sendable {
  /// The policy as it is now.
  public var policy: LanguageModel { trained.model }
  /// The settings.
  public let configuration: RLConfiguration
  /// Steps taken.
  public private(set) var steps = 0
  /// What the last step sampled.
  public private(set) var rollOuts: [RollOut] = []
  private(set) var trained: TrainedPolicy
  private var optimizer: PolicyOptimizer
  private var watch = RunWatch()
  private let clock = TrainingClock.machine
  /// The ranks that take the steps together.
  let ranks: any Communicator
  /// The reason to end the run, if the last step gave one.
  public private(set) var stopReason: StopReason?

  /// A trainer of a policy that has an adapter.
  ///
  /// - Throws: `PolicyError.noAdapter`; `CoreError.outOfRange` for settings that make no sense.
  public init(_ policy: LanguageModel, _ configuration: RLConfiguration = RLConfiguration()) throws {
    try self.init(policy, configuration, over: SingleRank())
  }

  /// A trainer on one of several ranks, which share out the micro-batches of a step: each has the same policy, settings and prompts,
  /// calls the same at the same time, and comes to the same policy, which is that of one process with the same
  /// `RLConfiguration.microBatch`.
  ///
  /// - Parameters:
  ///   - policy: The policy, which has an adapter.
  ///   - configuration: The settings.
  ///   - ranks: The ranks.
  /// - Throws: `PolicyError.noAdapter`; `CoreError.outOfRange` for settings that make no sense, and without micro-batches where there
  ///   are several ranks.
  public init(_ policy: LanguageModel, _ configuration: RLConfiguration, over ranks: any Communicator) throws {
    try configuration.validate()
    guard ranks.size == 1 || configuration.microBatch != nil else {
      throw CoreError.outOfRange(
        "microBatch", value: "nothing", allowed: "at least 1 where several ranks share out a step")
    }
    self.ranks = ranks
    trained = try TrainedPolicy(policy, by: configuration.advantages)
    self.configuration = configuration
    optimizer = PolicyOptimizer(configuration)
  }

  /// Samples completions of some prompts, asks for their rewards and learns from them.
  ///
  /// A step in which no completion can be learned from changes nothing and says so in its metrics.
  ///
  /// - Throws: What sampling throws; what the reward function throws; `RLError.rewardCount`, `.rewardNotFinite`;
  ///   `RLError.diverged` for a loss or gradient that is not finite: the policy is then as before the step.
  @discardableResult
  public mutating func step(_ prompts: [Conversation], by reward: some RewardFunction) async throws -> PolicyStepMetrics
  {
    guard !prompts.isEmpty else { throw CoreError.outOfRange("prompts", value: "0", allowed: "at least 1") }
    var seconds = PolicyStepMetrics.Seconds()
    let ids = try prompts.map(policy.promptIDs)
    let places = configuration.microBatches(of: prompts.count)
    let trainer = self
    let groups = try await ranks.sharing(
      places.count, as: [SampledGroup].self,
      awaiting: { number in
        let sampling = trainer.clock.stopwatch()
        var rollOuts = try trainer.sample(prompts, ids, at: places[number])
        seconds.sampling += sampling()
        let judging = trainer.clock.stopwatch()
        for index in rollOuts.indices { try await rollOuts[index].judge(by: reward) }
        seconds.rewards += judging()
        return rollOuts.map(SampledGroup.init)
      })
    return try update(from: zip(groups.joined(), prompts).map { $0.rollOut(of: $1) }, seconds)
  }

  /// Learns from completions that this trainer sampled and somebody judged: what `step(_:by:)` does with its own. Several ranks all
  /// have the same.
  ///
  /// ```swift
  /// func step(_ trainer: inout PolicyTrainer) throws {
  ///   var rollOuts = try trainer.sample(["Why is the sky blue?"])
  ///   for index in rollOuts.indices { rollOuts[index].rewards = rollOuts[index].completions.map { Float($0.text.count) } }
  ///   print(try trainer.update(from: rollOuts).reward as Any)
  /// }
  /// ```
  ///
  /// - Throws: As `step(_:by:)`; `RLError.rewardCount` for another number of rewards than completions.
  @discardableResult
  public mutating func update(from rollOuts: [RollOut]) throws -> PolicyStepMetrics {
    try update(from: rollOuts, PolicyStepMetrics.Seconds())
  }

  private mutating func update(from judged: [RollOut], _ spent: PolicyStepMetrics.Seconds) throws -> PolicyStepMetrics {
    guard !judged.isEmpty else { throw CoreError.outOfRange("prompts", value: "0", allowed: "at least 1") }
    for rollOut in judged where rollOut.judgments.count != rollOut.completions.count {
      throw RLError.rewardCount(
        name: "of the roll-out", count: rollOut.judgments.count, expected: rollOut.completions.count)
    }
    var (rollOuts, seconds) = (judged, spent)
    let updating = clock.stopwatch()
    try PolicyPass(trained: trained, configuration: configuration).measure(&rollOuts, over: ranks)
    try rollOuts.compare(configuration)
    let update = try learn(from: rollOuts)
    seconds.updates = updating()
    steps += 1
    let metrics = PolicyStepMetrics(step: steps, rollOuts, configuration, update, seconds)
    // Nobody asks for states again.
    for index in rollOuts.indices { rollOuts[index].measures.referenceStates = nil }
    self.rollOuts = rollOuts
    stopReason = watch.observe(metrics, configuration.effectiveLimits)
    return metrics
  }

  /// What a checkpoint keeps.
  var state: TrainingState {
    var state = TrainingState()
    state.step = steps
    for (path, value) in trained.parameterValues() { state.parameters[path] = value }
    (state.first, state.second) = (optimizer.first, optimizer.second)
    return state
  }

  /// Goes back to a checkpoint of the same policy and settings.
  ///
  /// - Parameter metrics: Of all steps before it.
  /// - Throws: `CoreError.wrongShape` for a checkpoint of another adapter.
  mutating func restore(_ state: TrainingState, after metrics: [PolicyStepMetrics]) throws {
    try trained.visitParameters("") { path, parameter in
      guard let value = state.parameters[path], value.rows == parameter.value.rows,
        value.columns == parameter.value.columns
      else { throw CoreError.missingTensor(name: path, path: "the checkpoint") }
      parameter.value = value
    }
    var kept = state
    // A step makes several updates, or none if there is nothing to learn from.
    kept.step = metrics.reduce(0) { $0 + ($1.updates ?? ($1.loss == nil ? 0 : configuration.updatesPerStep)) }
    optimizer = PolicyOptimizer(configuration, from: kept)
    steps = state.step
    watch = RunWatch()
    stopReason = nil
    for step in metrics { stopReason = watch.observe(step, configuration.effectiveLimits) }
  }

  /// Makes the updates of a step; the policy is as before if one of them cannot be made.
  private mutating func learn(from rollOuts: [RollOut]) throws -> PolicyUpdate? {
    var (trained, optimizer) = (self.trained, self.optimizer)
    var total: PolicyUpdate?
    for number in 0..<configuration.updatesPerStep {
      let dealt = rollOuts.dealt(to: number, of: configuration, step: steps)
      let whole = PolicyLoss.Counted(of: dealt.flatMap(\.scored), under: configuration.objective)
      guard whole.completions > 0 else { continue }
      let pass = PolicyPass(trained: trained, configuration: configuration)
      var (update, gradients) = try pass.gradients(of: dealt, whole, over: ranks)
      update.gradientNorm = optimizer.update(&trained, gradients)
      guard update.isFinite, trained.isFinite else { throw RLError.diverged(step: steps + 1) }
      total = total.map { $0.followed(by: update) } ?? update
    }
    (self.trained, self.optimizer) = (trained, optimizer)
    return total
  }
}
