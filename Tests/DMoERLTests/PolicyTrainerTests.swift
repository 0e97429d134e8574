import DMoECore
import DMoEData
import DMoEModel
import DMoEPolicy
import Foundation
import Testing
import _TestSupport

@testable import DMoERL

@Suite struct PolicyTrainerTests {
  private let prompts: [Conversation] = ["Say a word", "And another"]
  /// Longer texts are better, up to what a completion may have.
  private let length = RewardClosure("length") { _, texts in texts.map { Float($0.utf8.count) / 10 } }

  private func trainer(
    _ compute: Compute = .reference, _ change: (inout RLConfiguration) -> Void = { _ in }
  ) throws -> PolicyTrainer {
    try trainer(PolicyStepTests.policy(on: compute), change)
  }

  private func trainer(
    _ policy: LanguageModel, _ change: (inout RLConfiguration) -> Void = { _ in }
  ) throws -> PolicyTrainer {
    try PolicyTrainer(
      policy,
      RLConfiguration {
        $0.maximumTokens = 8
        $0.objective.masksTruncated = false
        change(&$0)
      })
  }

  /// Sampling, a row at a time over a cache, and training, all rows at once, are one arithmetic, wherever a row of a product by
  /// weights does not depend on the other rows.
  @Test func beforeTheFirstUpdateEveryRatioIsExactlyOne() async throws {
    for options in [
      ComputeOptions(backend: .reference, threads: 1), ComputeOptions(threads: 2, precision: .stored),
    ] {
      var trainer = try trainer(PolicyStepTests.policy(options)) { $0.temperature = 0.9 }
      let before = trainer.policy
      try await trainer.step(prompts, by: length)
      for rollOut in trainer.rollOuts {
        let again = try before.logProbabilities(
          of: rollOut.completions.map(\.ids), after: rollOut.promptIDs, temperature: 0.9)
        #expect(again == rollOut.completions.map { $0.tokens.map(\.sampledLogProbability) })
      }
    }
  }

  @Test func aRewardRises() async throws {
    var trainer = try trainer(fastCompute) {
      $0.groupSize = 16
      $0.optimizer.learningRate = 0.1
      $0.objective.kl = nil
    }
    var rewards: [Double] = []
    for _ in 0..<12 { rewards.append(try #require(try await trainer.step(prompts, by: length).reward)) }
    let (first, last) = (rewards.prefix(3).reduce(0, +) / 3, rewards.suffix(3).reduce(0, +) / 3)
    #expect(last > 1.2 * first, "\(rewards)")
  }

  /// Whatever is sampled, and whatever the kernels' rounding: a small step goes up the surrogate.
  @Test(arguments: [AdvantageEstimator.group(.group), .leaveOneOut, .batchMean, .generalized(GeneralizedAdvantage())])
  func anUpdateMakesWhatDidBetterLikelier(estimator: AdvantageEstimator) async throws {
    var trainer = try trainer(fastCompute) {
      $0.advantages = estimator
      $0.optimizer.learningRate = 1e-3
      $0.objective.kl = nil
    }
    try await trainer.step(prompts, by: length)
    var gain = 0.0
    for rollOut in trainer.rollOuts {
      let now = try trainer.policy.logProbabilities(of: rollOut.completions.map(\.ids), after: rollOut.promptIDs)
      for (place, completion) in rollOut.completions.enumerated() {
        for (token, advantage) in (rollOut.advantages[place] ?? []).enumerated() {
          let change = now[place][token] - completion.tokens[token].sampledLogProbability
          gain += advantage * Double(change) / Double(completion.tokens.count)
        }
      }
    }
    #expect(gain > 0, "\(gain)")
  }

  @Test func theSameSeedGivesTheSameBytesOnAnyNumberOfThreads() async throws {
    func run(_ compute: Compute) async throws -> [RollOut] {
      var trainer = try trainer(compute)
      for _ in 0..<2 { try await trainer.step(prompts, by: length) }
      return trainer.rollOuts
    }
    let one = try #require(everyCompute.first { $0.threads == 1 })
    let two = try #require(everyCompute.first { $0.threads == 2 && $0.backend == one.backend })
    #expect(try await run(one) == run(two))
  }

  @Test func groupsWithoutVarianceChangeNothingAndEndTheRun() async throws {
    var trainer = try trainer {
      $0.limits.stepsWithoutVariance = 2
      $0.objective.kl = nil
    }
    let before = trainer.policy
    let equal = RewardClosure("equal") { _, texts in texts.map { _ in 1 } }
    #expect(try await trainer.step(prompts, by: equal).groupsWithVariance == 0)
    #expect(trainer.stopReason == nil)
    try await trainer.step(prompts, by: equal)
    #expect(trainer.stopReason == .noVariance(steps: 2))
    let texts: [[Int32]] = [[5, 6]]
    #expect(
      try before.logProbabilities(of: texts, after: [4]) == trainer.policy.logProbabilities(of: texts, after: [4]))
  }

  @Test func aRunOfAbstentionsChangesNothingAndSaysSo() async throws {
    var trainer = try trainer()
    let silent = RewardClosure("silent") { _, texts in texts.map { _ in nil } }
    let metrics = try await trainer.step(prompts, by: silent)
    #expect(metrics.reward == nil && metrics.loss == nil && metrics.abstentions == 1)
    #expect(trainer.stopReason == .abstentions(1))
  }

  /// Unless what was cut off is learned from.
  @Test(arguments: [true, false]) func aPolicyThatNeverEndsATextEndsTheRun(masks: Bool) async throws {
    var trainer = try trainer {
      $0.maximumTokens = 1
      $0.groupSize = 2
      $0.limits.stepsAllTruncated = 1
      $0.objective.masksTruncated = masks
    }
    let metrics = try await trainer.step(prompts, by: length)
    try #require(metrics.truncated == 1)
    #expect(trainer.stopReason == (masks ? .allTruncated(steps: 1) : nil))
  }

  @Test func aRewardThatIsNoNumberEndsTheStepAndChangesNothing() async throws {
    var trainer = try trainer()
    let broken = RewardClosure("broken") { _, texts in texts.map { _ in .nan } }
    await #expect(throws: RLError.rewardNotFinite(prompt: 0, completion: 0)) {
      try await trainer.step(prompts, by: broken)
    }
    #expect(trainer.steps == 0)
  }

  @Test func aPolicyWithoutAnAdapterIsNoPolicyToTrain() throws {
    var policy = try PolicyStepTests.policy(on: .reference)
    policy.adapter = nil
    #expect(throws: PolicyError.noAdapter) { try PolicyTrainer(policy) }
  }

  @Test func aPromptThatComesTwiceInAStepGetsOtherSamples() async throws {
    var trainer = try trainer { $0.groupSize = 3 }
    try await trainer.step([prompts[0], prompts[0], prompts[1]], by: length)
    #expect(trainer.rollOuts.map { $0.completions.map(\.sample) } == [[0, 1, 2], [3, 4, 5], [0, 1, 2]])
    #expect(trainer.rollOuts[0].completions.map(\.ids) != trainer.rollOuts[1].completions.map(\.ids))
  }

  /// What leaving the reference costs is no part of the reward that is told, and gives no variance to equal ones.
  @Test(arguments: [AdvantageEstimator.leaveOneOut, .batchMean])
  func equalRewardsWithACostOnThemEndTheRun(estimator: AdvantageEstimator) async throws {
    var trainer = try trainer {
      $0.advantages = estimator
      $0.limits.stepsWithoutVariance = 1
      $0.objective.kl = KLPenalty { ($0.estimator, $0.place, $0.coefficient) = (.k1, .reward, 0.05) }
    }
    let metrics = try await trainer.step(prompts, by: RewardClosure("equal") { _, texts in texts.map { _ in 1 } })
    #expect(metrics.reward == 1 && trainer.stopReason == .noVariance(steps: 1))
  }

  /// Rewards that differ between prompts alone are told apart by the batch's mean.
  @Test func theBatchsMeanSeesWhatGroupsDoNot() async throws {
    for (estimator, expected) in [(AdvantageEstimator.batchMean, 2), (.leaveOneOut, 0)] {
      var trainer = try trainer {
        $0.advantages = estimator
        $0.objective.kl = nil
      }
      let metrics = try await trainer.step(
        prompts,
        by: RewardClosure("prompt") { prompt, texts in
          texts.map { _ in prompt == "Say a word" ? 1 : 0 }
        })
      #expect(metrics.groupsWithVariance == expected)
    }
  }

  @Test func aStepThatOverflowsChangesNothing() async throws {
    var trainer = try trainer {
      $0.optimizer.learningRate = 1e40
      $0.optimizer.warmUpSteps = 1
    }
    await #expect(throws: RLError.diverged(step: 1)) { try await trainer.step(prompts, by: length) }
    #expect(trainer.steps == 0)
    await #expect(throws: CoreError.outOfRange("prompts", value: "0", allowed: "at least 1")) {
      try await trainer.step([], by: length)
    }
  }

  /// Before the policy has moved it is as far from its reference as it is, wherever that is charged.
  @Test(arguments: KLPenalty.Place.allCases)
  func theExactDivergenceOfAFreshPolicyIsNothing(place: KLPenalty.Place) async throws {
    var policy = try PolicyStepTests.policy(on: .reference)
    try policy.beginAdapter(LoRAConfiguration(rank: 2, alpha: 4), seed: 1)
    var trainer = try trainer(policy) {
      $0.objective.kl = KLPenalty { ($0.estimator, $0.place) = (.exact, place) }
      $0.optimizer.learningRate = 0.01
    }
    #expect(try await trainer.step(prompts, by: length).divergence == 0)
    #expect(try #require(try await trainer.step(prompts, by: length).divergence) > 0)
  }

  /// A loop of one's own over sample, judge and update is the same step.
  @Test func aStepInPartsIsTheStep() async throws {
    var (whole, parts) = (
      try trainer {
        $0.minibatches = 2
        $0.updatesPerStep = 2
      },
      try trainer {
        $0.minibatches = 2
        $0.updatesPerStep = 2
      }
    )
    for _ in 0..<2 {
      var expected = try await whole.step(prompts, by: length)
      var rollOuts = try parts.sample(prompts)
      #expect(rollOuts.allSatisfy { $0.rewards.allSatisfy { $0 == nil } && !$0.rewards.isEmpty })
      for index in rollOuts.indices { try await rollOuts[index].judge(by: length) }
      var found = try parts.update(from: rollOuts)
      (expected.seconds, found.seconds) = (.init(), .init())
      #expect(found == expected && parts.rollOuts == whole.rollOuts)
    }
    var rollOuts = try parts.sample(prompts)
    rollOuts[1].rewards = [1]
    #expect(throws: RLError.rewardCount(name: "of the roll-out", count: 1, expected: 8)) {
      try parts.update(from: rollOuts)
    }
    #expect(parts.steps == 2)
  }

  @Test func aRunWithoutPromptsIsRefused() {
    #expect(throws: CoreError.outOfRange("prompts", value: "0", allowed: "at least 1")) {
      try PromptOrder([], seed: 1)
    }
  }

  @Test func settingsThatMakeNoSenseAreNamed() throws {
    let policy = try PolicyStepTests.policy(on: .reference)
    #expect(throws: CoreError.outOfRange("groupSize", value: "1", allowed: "from 2 to 16777216")) {
      try PolicyTrainer(policy, RLConfiguration { $0.groupSize = 1 })
    }
    // What is compared with the batch or with values needs no group.
    for estimator in [AdvantageEstimator.batchMean, .generalized(GeneralizedAdvantage())] {
      _ = try PolicyTrainer(policy, RLConfiguration { ($0.groupSize, $0.advantages) = (1, estimator) })
    }
    var broken = GeneralizedAdvantage()
    broken.lambda = 1.5
    #expect(throws: CoreError.outOfRange("advantages.lambda", value: "1.5", allowed: "from 0 to 1")) {
      try PolicyTrainer(policy, RLConfiguration { $0.advantages = .generalized(broken) })
    }
  }
}
