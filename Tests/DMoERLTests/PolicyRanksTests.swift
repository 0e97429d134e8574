import DMoECore
import DMoEData
import DMoEModel
import DMoEPolicy
import DMoETrain
import Foundation
import Testing
import _TestSupport

@testable import DMoERL

/// A run on several ranks ends as one of a single process, byte for byte, wherever it was broken off.
@Suite struct PolicyRanksTests {
  private static let prompts: [Conversation] = ["Say a word", "And another", "One more", "The last", "Say a word"]
  private static let length = RewardClosure("length") { _, texts in texts.map { Float($0.utf8.count) / 10 } }

  enum Kind: CaseIterable {
    case groups
    /// A value head, several updates of a step, each of some of its prompts.
    case values
    /// The divergence of whole distributions, for which ranks need each other's states.
    case exact
    /// A divergence that is charged on the reward.
    case charged

    func change(_ configuration: inout RLConfiguration) {
      switch self {
      case .groups: break
      case .values:
        configuration.advantages = .generalized(GeneralizedAdvantage())
        configuration.minibatches = 2
      case .exact:
        configuration.objective.kl = KLPenalty { $0.estimator = .exact }
        configuration.minibatches = 2
      case .charged:
        configuration.advantages = .leaveOneOut
        configuration.objective.kl = KLPenalty { ($0.estimator, $0.place, $0.coefficient) = (.k1, .reward, 0.05) }
      }
    }
  }

  private static func configuration(_ kind: Kind, microBatch: Int?) -> RLConfiguration {
    RLConfiguration {
      ($0.steps, $0.promptsPerStep, $0.groupSize, $0.maximumTokens, $0.updatesPerStep) = (3, 4, 3, 5, 2)
      $0.objective.masksTruncated = false
      $0.optimizer.learningRate = 0.01
      $0.limits.divergence = nil
      $0.microBatch = microBatch
      kind.change(&$0)
    }
  }

  private static func run(
    in folder: URL, _ kind: Kind, microBatch: Int? = 1, over ranks: (any Communicator)? = nil,
    _ change: (inout RLConfiguration) -> Void = { _ in }
  ) throws -> PolicyRun {
    var configuration = configuration(kind, microBatch: microBatch)
    change(&configuration)
    let policy = try PolicyStepTests.policy(ComputeOptions(threads: 1))
    if let ranks {
      return try PolicyRun(in: folder, policy, configuration, prompts: prompts, reward: length, over: ranks)
    }
    return try PolicyRun(in: folder, policy, configuration, prompts: prompts, reward: length)
  }

  private struct Outcome: Equatable {
    var adapter: [String: Data] = [:]
    var metrics: [PolicyStepMetrics] = []
  }

  /// What a folder holds, without times.
  private static func outcome(_ folder: URL) throws -> Outcome {
    let adapter = folder.appendingPathComponent("adapter")
    var result = Outcome()
    for name in try FileManager.default.contentsOfDirectory(atPath: adapter.path) {
      result.adapter[name] = try Data(contentsOf: adapter.appendingPathComponent(name))
    }
    result.metrics = try Data(contentsOf: folder.appendingPathComponent("metrics.jsonl")).split(separator: 10).map {
      var step = try JSONDecoder().decode(PolicyStepMetrics.self, from: $0)
      step.seconds = .init()
      return step
    }
    return result
  }

  private static func alone(_ kind: Kind, microBatch: Int? = 1) throws -> Outcome {
    try withTemporaryFolder { folder in
      try onThisThread {
        var run = try Self.run(in: folder, kind, microBatch: microBatch)
        while run.stopReason == nil { try await run.step(by: length) }
        try run.writeAdapter()
      }
      return try outcome(folder)
    }
  }

  /// Takes at most so many steps on some ranks; at the end the adapter is written.
  private static func train(
    in folder: URL, on count: Int, _ kind: Kind, microBatch: Int = 1, steps: Int = .max
  ) -> [Result<Int, any Error>] {
    ThreadRanks.run(count) { ranks in
      try onThisThread {
        var run = try Self.run(in: folder, kind, microBatch: microBatch, over: ranks)
        while run.stopReason == nil, run.trainer.steps < steps { try await run.step(by: length) }
        if run.stopReason == .finished { try run.writeAdapter() }
        return run.resumedSteps
      }
    }
  }

  @Test(arguments: [1, 2, 3, 5], Kind.allCases)
  func adapterAndMetricsAreThoseOfOneProcess(ranks: Int, kind: Kind) throws {
    for microBatch in [1, 3] {
      let whole = try Self.alone(kind, microBatch: microBatch)
      #expect(whole.metrics.count == 3 && !whole.adapter.isEmpty)
      try withTemporaryFolder { folder in
        for result in Self.train(in: folder, on: ranks, kind, microBatch: microBatch) { _ = try result.get() }
        #expect(try Self.outcome(folder) == whole, "micro-batches of \(microBatch)")
      }
    }
  }

  /// Broken off after any step on one number of ranks, gone on with on another.
  @Test(arguments: [(3, 2), (2, 1), (1, 3)])
  func aRunThatWasBrokenOffGoesOnOnAnyNumberOfRanks(_ counts: (before: Int, after: Int)) throws {
    let whole = try Self.alone(.values)
    for steps in 1...2 {
      try withTemporaryFolder { folder in
        for result in Self.train(in: folder, on: counts.before, .values, steps: steps) { _ = try result.get() }
        // As a kill leaves it: a step whose metrics were told and whose checkpoint was not.
        let file = folder.appendingPathComponent("metrics.jsonl")
        let lines = try Data(contentsOf: file)
        try (lines + lines.prefix(40)).write(to: file)
        let results = Self.train(in: folder, on: counts.after, .values)
        #expect(try results.map { try $0.get() } == Array(repeating: steps, count: counts.after))
        #expect(try Self.outcome(folder) == whole, "broken off after \(steps)")
      }
    }
  }

  @Test func oneMicroBatchOfAllPromptsIsAStepAsAWhole() throws {
    #expect(try Self.alone(.groups, microBatch: 4) == Self.alone(.groups, microBatch: nil))
    #expect(try Self.alone(.groups, microBatch: 9) == Self.alone(.groups, microBatch: nil))
  }

  @Test func severalRanksNeedMicroBatches() throws {
    try withTemporaryFolder { folder in
      let results = ThreadRanks.run(2) { ranks in
        try PolicyTrainer(
          PolicyStepTests.policy(ComputeOptions(threads: 1)), Self.configuration(.groups, microBatch: nil), over: ranks)
      }
      for result in results {
        #expect {
          try result.get()
        } throws: { error in
          if case CoreError.outOfRange("microBatch", _, _) = error { true } else { false }
        }
      }
      #expect(throws: CoreError.self) { try Self.run(in: folder, .groups, microBatch: 0) }
    }
  }

  @Test func ranksWithOtherSettingsAreRefusedOnAll() throws {
    try withTemporaryFolder { folder in
      let results = ThreadRanks.run(3) { ranks in
        try Self.run(in: folder, .groups, over: ranks) { if ranks.rank == 2 { $0.seed = 5 } }
      }
      for result in results {
        #expect(throws: TrainError.ranksDiffer(rank: 2, reason: "configuration")) { _ = try result.get() }
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(files.isEmpty, "nothing was begun")
    }
  }

  @Test func anotherRunsFolderAndOneInUseAreToldOfOnEveryRank() throws {
    try withTemporaryFolder { folder in
      do {
        let run = try Self.run(in: folder, .groups)
        let results = ThreadRanks.run(2) { ranks in try Self.run(in: folder, .groups, over: ranks) }
        #expect(throws: RLError.runInUse(path: folder.path)) { _ = try results[0].get() }
        #expect {
          try results[1].get()
        } throws: { error in
          if case TrainError.rankFailed(0, _) = error { true } else { false }
        }
        withExtendedLifetime(run) {}
      }
      for result in ThreadRanks.run(2, { ranks in try Self.run(in: folder, .charged, over: ranks) }) {
        #expect {
          try result.get()
        } throws: { error in
          if case RLError.foreignRun = error { true } else { false }
        }
      }
    }
  }

  /// A judge that fails on one rank ends the step on all, and what was kept is there.
  @Test func aRewardThatFailsOnOneRankEndsTheStepOnAll() throws {
    struct Silent: Error, CustomStringConvertible { let description = "the judge says nothing" }
    try withTemporaryFolder { folder in
      let results = ThreadRanks.run(3) { ranks in
        try onThisThread {
          var run = try Self.run(in: folder, .groups, over: ranks)
          try await run.step(by: Self.length)
          let failing = RewardClosure("length") { prompt, texts in
            if ranks.rank == 1 { throw Silent() }
            return texts.map { _ in 1 }
          }
          do { try await run.step(by: failing) } catch {
            return (run.trainer.steps, "\(error)")
          }
          return (run.trainer.steps, "")
        }
      }
      let outcomes = try results.map { try $0.get() }
      #expect(outcomes.map(\.0) == [1, 1, 1])
      #expect(outcomes[1].1 == "the judge says nothing")
      #expect(outcomes[0].1.contains("rank 1: the judge says nothing") && outcomes[2].1 == outcomes[0].1)
      for result in Self.train(in: folder, on: 2, .groups) { #expect(try result.get() == 1) }
      #expect(try Self.outcome(folder) == Self.alone(.groups))
    }
  }

  /// A loss that is no number is found on all ranks alike.
  @Test func aRunThatDivergesEndsOnAllRanks() throws {
    try withTemporaryFolder { folder in
      let results = ThreadRanks.run(2) { ranks in
        try onThisThread {
          var run = try Self.run(in: folder, .groups, over: ranks) {
            $0.optimizer.learningRate = 1e30
            $0.optimizer.clipNorm = nil
            $0.limits = RunLimits()
            ($0.limits.divergence, $0.limits.entropy) = (nil, nil)
          }
          while run.stopReason == nil { try await run.step(by: Self.length) }
        }
      }
      for result in results { #expect(throws: (any Error).self) { try result.get() } }
    }
  }

  @Test(arguments: [1, 2, 3])
  func anEvaluationIsThatOfOneProcess(count: Int) throws {
    @Sendable func evaluate(_ run: PolicyRun) async throws -> PolicyEvaluation {
      let policy = run.trainer.policy
      // Of 40 samples a prompt one prompt is written at a time.
      return try await run.evaluate(.before, policy, on: Array(Self.prompts.prefix(4)), by: [Self.length], samples: 40)
    }
    let alone = try withTemporaryFolder { folder in
      try onThisThread { try await evaluate(Self.run(in: folder, .groups)) }
    }
    try withTemporaryFolder { folder in
      for round in 0...1 {
        let results = ThreadRanks.run(count) { ranks in
          try onThisThread { try await evaluate(Self.run(in: folder, .groups, over: ranks)) }
        }
        for result in results {
          let own = try result.get()
          #expect(own == alone, "\(round)")
        }
      }
    }
  }
}
