import DMoECore
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
  public private(set) var policy: LanguageModel
  /// The settings.
  public let configuration: RLConfiguration
  /// Steps taken.
  public private(set) var steps = 0
  /// What the last step sampled.
  public private(set) var rollOuts: [RollOut] = []
  private var optimizer: AdamOptimizer
  private var watch = RunWatch()
  private let clock = TrainingClock.machine
  /// The reason to end the run, if the last step gave one.
  public private(set) var stopReason: StopReason?

  /// A trainer of a policy that has an adapter.
  ///
  /// - Throws: `PolicyError.noAdapter`; `CoreError.outOfRange` for settings that make no sense.
  public init(_ policy: LanguageModel, _ configuration: RLConfiguration = RLConfiguration()) throws {
    guard policy.adapter != nil else { throw PolicyError.noAdapter }
    try configuration.validate()
    self.policy = policy
    self.configuration = configuration
    optimizer = AdamOptimizer(configuration.optimizer.training)
  }

  /// Samples completions of some prompts, asks for their rewards and learns from them.
  ///
  /// A step in which no completion can be learned from changes nothing and says so in its metrics.
  ///
  /// - Throws: What sampling throws; what the reward function throws; `RLError.rewardCount`, `.rewardNotFinite`;
  ///   `RLError.diverged` for a loss or gradient that is not finite: the policy is then as before the step.
  @discardableResult
  public mutating func step(_ prompts: [Conversation], by reward: some RewardFunction) async throws -> StepMetrics {
    guard !prompts.isEmpty else { throw CoreError.outOfRange("prompts", value: "0", allowed: "at least 1") }
    var seconds = StepMetrics.Seconds()
    let sampling = clock.stopwatch()
    var rollOuts = try sample(prompts)
    seconds.sampling = sampling()
    let judging = clock.stopwatch()
    try await judge(&rollOuts, by: reward)
    seconds.rewards = judging()
    let updating = clock.stopwatch()
    let compared = try GroupAdvantages(rewards: rollOuts.map(\.charged), by: configuration.advantages)
    for index in rollOuts.indices { rollOuts[index].advantages = compared.values[index] }
    let update = try learn(from: rollOuts)
    seconds.updates = updating()
    steps += 1
    self.rollOuts = rollOuts
    let metrics = StepMetrics(step: steps, rollOuts, configuration.advantages, update, seconds)
    stopReason = watch.observe(metrics, configuration.effectiveLimits)
    return metrics
  }

  /// What a checkpoint keeps.
  var state: TrainingState {
    var state = TrainingState()
    state.step = steps
    for (path, value) in policy.adapter?.parameterValues() ?? [] { state.parameters[path] = value }
    (state.first, state.second) = (optimizer.first, optimizer.second)
    return state
  }

  /// Goes back to a checkpoint of the same policy and settings.
  ///
  /// - Parameter metrics: Of all steps before it.
  /// - Throws: `CoreError.wrongShape` for a checkpoint of another adapter.
  mutating func restore(_ state: TrainingState, after metrics: [StepMetrics]) throws {
    guard var adapter = policy.adapter else { throw PolicyError.noAdapter }
    try adapter.visitParameters("") { path, parameter in
      guard let value = state.parameters[path], value.rows == parameter.value.rows,
        value.columns == parameter.value.columns
      else { throw CoreError.missingTensor(name: path, path: "the checkpoint") }
      parameter.value = value
    }
    policy.adapter = adapter
    var kept = state
    // A step makes several updates, or none if there is nothing to learn from.
    kept.step = metrics.count { $0.loss != nil } * configuration.updatesPerStep
    optimizer = AdamOptimizer(configuration.optimizer.training, from: kept)
    steps = state.step
    watch = RunWatch()
    stopReason = nil
    for step in metrics { stopReason = watch.observe(step, configuration.effectiveLimits) }
  }

  private func sample(_ prompts: [Conversation]) throws -> [RollOut] {
    let options = GenerationOptions(
      maximumTokens: configuration.maximumTokens, sampling: configuration.sampling,
      seed: RandomSource.seed(configuration.seed, stream: UInt64(steps)))
    let ids = try prompts.map(policy.promptIDs)
    var completions = [[Completion]](repeating: [], count: prompts.count)
    // A prompt that comes several times gets other samples each time.
    for (turn, places) in Self.turns(ids).enumerated() {
      var options = options
      options.firstSample = turn * configuration.groupSize
      let drawn = try policy.generate(ids: places.map { ids[$0] }, count: configuration.groupSize, options: options)
      for (place, samples) in zip(places, drawn) { completions[place] = samples }
    }
    return prompts.indices.map {
      RollOut(conversation: prompts[$0], promptIDs: ids[$0], completions: completions[$0], rewards: [])
    }
  }

  /// The places of the prompts that come for the first time, then of those for the second, and so on.
  private static func turns(_ ids: [[Int32]]) -> [[Int]] {
    var seen: [[Int32]: Int] = [:]
    var turns: [[Int]] = []
    for (place, prompt) in ids.enumerated() {
      let turn = seen[prompt, default: 0]
      seen[prompt] = turn + 1
      if turn == turns.count { turns.append([]) }
      turns[turn].append(place)
    }
    return turns
  }

  private func judge(_ rollOuts: inout [RollOut], by reward: some RewardFunction) async throws {
    for index in rollOuts.indices {
      let texts = rollOuts[index].completions.map(\.text)
      let rewards = try await reward.rewards(prompt: rollOuts[index].conversation, completions: texts)
      guard rewards.count == texts.count else {
        throw RLError.rewardCount(name: reward.name, count: rewards.count, expected: texts.count)
      }
      rollOuts[index].rewards = rewards
      rollOuts[index].charged = rewards
    }
    if let kl = configuration.objective.kl, kl.place == .reward { try charge(kl, &rollOuts) }
  }

  /// Takes what a completion's divergence from the reference costs from its reward.
  private func charge(_ kl: KLPenalty, _ rollOuts: inout [RollOut]) throws {
    for (index, rollOut) in rollOuts.enumerated() {
      let reference = try policy.reference.logProbabilities(
        of: rollOut.completions.map(\.ids), after: rollOut.promptIDs, temperature: configuration.temperature)
      for (place, completion) in rollOut.completions.enumerated() {
        let cost = zip(completion.tokens, reference[place]).reduce(0.0) {
          $0 + kl.estimator.evaluate(Double($1.0.sampledLogProbability) - Double($1.1)).value
        }
        rollOuts[index].charged[place] = rollOut.rewards[place].map { $0 - Float(kl.coefficient * cost) }
      }
    }
  }

  /// Makes the updates of a step; the policy is as before if one of them cannot be made.
  private mutating func learn(from rollOuts: [RollOut]) throws -> PolicyUpdate? {
    let whole = PolicyLoss.Counted(of: rollOuts.flatMap(\.scored), under: configuration.objective)
    guard whole.completions > 0 else { return nil }
    var (policy, optimizer) = (self.policy, self.optimizer)
    var total: PolicyUpdate?
    for _ in 0..<configuration.updatesPerStep {
      let pass = PolicyPass(policy: policy, configuration: configuration)
      var (update, gradients) = try pass.gradients(of: rollOuts, whole)
      let rate = configuration.optimizer.rate(update: optimizer.step)
      let norm = policy.update(by: &optimizer, gradients, rate: rate)
      guard update.loss.isFinite, norm.isFinite, policy.hasFiniteAdapter else {
        throw RLError.diverged(step: steps + 1)
      }
      update.gradientNorm = norm
      total = total.map { $0.followed(by: update) } ?? update
    }
    (self.policy, self.optimizer) = (policy, optimizer)
    return total
  }
}

extension LanguageModel {
  /// Whether no parameter of the adapter has grown out of what a number can hold.
  fileprivate var hasFiniteAdapter: Bool {
    adapter?.parameterValues().allSatisfy { $0.value.withElements { $0.allSatisfy(\.isFinite) } } ?? true
  }

  /// Changes the adapter's parameters; returns the gradients' norm.
  fileprivate mutating func update(
    by optimizer: inout AdamOptimizer, _ gradients: [ParameterID: Matrix], rate: Double
  ) -> Double {
    guard var adapter else { return 0 }
    let norm = optimizer.update(
      { body in adapter.visitParameters("", body) }, gradients, rate: rate, compute)
    self.adapter = adapter
    return norm
  }
}
