import DMoECore
import DMoEData
import DMoEPolicy
import Foundation
import Testing
import _TestSupport

@testable import DMoERL

/// A run that is broken off anywhere and goes on ends as if nothing had happened.
@Suite struct PolicyRunTests {
  private static let prompts: [Conversation] = ["Say a word", "And another", "One more"]
  private static let length = RewardClosure("length") { _, texts in texts.map { Float($0.utf8.count) / 10 } }

  private static func run(
    in folder: URL, _ change: (inout RLConfiguration) -> Void = { _ in }, reward: RewardClosure = length
  ) throws -> PolicyRun {
    let configuration = RLConfiguration {
      ($0.steps, $0.promptsPerStep, $0.groupSize, $0.maximumTokens, $0.updatesPerStep) = (4, 2, 4, 6, 2)
      $0.objective.masksTruncated = false
      $0.optimizer.learningRate = 0.01
      $0.limits.divergence = nil
      change(&$0)
    }
    return try PolicyRun(
      in: folder, try PolicyStepTests.policy(on: fastCompute), configuration, prompts: prompts, reward: reward)
  }

  private static func finish(_ run: PolicyRun) async throws -> [String: Data] {
    var run = run
    while run.stopReason == nil { try await run.step(by: length) }
    try run.writeAdapter()
    #expect(run.stopReason == .finished && run.metrics.count == 4)
    return try FileManager.default.contentsOfDirectory(atPath: run.adapter.path).reduce(into: [:]) {
      $0[$1] = try Data(contentsOf: run.adapter.appendingPathComponent($1))
    }
  }

  private static func metrics(_ folder: URL) throws -> [PolicyStepMetrics] {
    try Data(contentsOf: folder.appendingPathComponent("metrics.jsonl")).split(separator: 10).map {
      var step = try JSONDecoder().decode(PolicyStepMetrics.self, from: $0)
      step.seconds = .init()
      return step
    }
  }

  /// Within a step nothing is kept, so that to go on after any step is all there is, with or without what a kill left behind.
  @Test(arguments: [AdvantageEstimator.group(.group), .generalized(GeneralizedAdvantage())])
  func aRunGoesOnWhereItWasBrokenOff(estimator: AdvantageEstimator) async throws {
    func begin(_ folder: URL) throws -> PolicyRun {
      try Self.run(in: folder) { ($0.advantages, $0.minibatches) = (estimator, estimator.usesValues ? 2 : 1) }
    }
    let (whole, told) = try await inTemporaryFolder { folder in
      (try await Self.finish(begin(folder)), try Self.metrics(folder))
    }
    for steps in 1...3 {
      try await inTemporaryFolder { folder in
        do {
          var run = try begin(folder)
          for _ in 0..<steps { try await run.step(by: Self.length) }
        }
        // A step whose metrics were told and whose checkpoint was not: a line and a half.
        let file = folder.appendingPathComponent("metrics.jsonl")
        let lines = try Data(contentsOf: file)
        try (lines + lines.prefix(40)).write(to: file)
        let again = try begin(folder)
        #expect(again.resumedSteps == steps && again.trainer.steps == steps)
        #expect(try await Self.finish(again) == whole)
        #expect(try Self.metrics(folder) == told)
      }
    }
  }

  /// The lock comes first: one that was killed between it and `run.json` goes on like any other.
  @Test func aFolderIsKnownFromItsFirstFile() async throws {
    func isOne(_ files: [String]) async throws -> Bool {
      try await inTemporaryFolder { folder in
        for file in files { try Data().write(to: folder.appendingPathComponent(file)) }
        return PolicyRun.isOne(folder)
      }
    }
    for own in [["lock"], ["lock", ".run.json.13.0"], ["run.json", "lock", "notes"]] {
      #expect(try await isOne(own), "\(own)")
    }
    for other in [[], ["notes"], ["lock", "notes"], ["metrics.jsonl"]] {
      #expect(try await !isOne(other), "\(other)")
    }
    try await inTemporaryFolder { folder in
      for file in ["lock", ".run.json.13.0"] { try Data().write(to: folder.appendingPathComponent(file)) }
      _ = try await Self.finish(Self.run(in: folder))
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(!names.contains { $0.hasPrefix(".") }, "\(names)")
    }
  }

  @Test func aStopThatWasReachedIsReachedAfterANewStartToo() async throws {
    let equal = RewardClosure("length") { _, texts in texts.map { _ in 1 } }
    try await inTemporaryFolder { folder in
      func begin() throws -> PolicyRun {
        try Self.run(in: folder) { ($0.limits.stepsWithoutVariance, $0.objective.kl) = (2, nil) }
      }
      do {
        var run = try begin()
        try await run.step(by: equal)
      }
      do {
        var run = try begin()
        #expect(run.stopReason == nil)
        try await run.step(by: equal)
        #expect(run.stopReason == .noVariance(steps: 2))
      }
      #expect(try begin().stopReason == .noVariance(steps: 2))
    }
  }

  @Test func theFolderOfAnotherRunIsRefusedAndCanBeCleared() async throws {
    try await inTemporaryFolder { folder in
      do {
        var run = try Self.run(in: folder)
        try await run.step(by: Self.length)
        #expect(throws: RLError.runInUse(path: folder.path)) { try Self.run(in: folder) }
      }
      func reason(_ body: () throws -> PolicyRun) -> String? {
        do { _ = try body() } catch RLError.foreignRun(_, let reason) { return reason } catch { return "\(error)" }
        return nil
      }
      #expect(reason { try Self.run(in: folder) { $0.groupSize = 5 } } == "it was begun with another configuration")
      let other = RewardClosure("other") { _, texts in texts.map { _ in nil } }
      #expect(reason { try Self.run(in: folder, reward: other) } == "it was begun with another reward")
      #expect(PolicyRun.isOne(folder))
      try PolicyRun.clear(folder)
      // A run that has not begun: the lock stays, which another process may wait for.
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["lock"])
      #expect(try Self.run(in: folder, reward: other).resumedSteps == 0)
    }
  }

  /// What later versions tell of a step is missing in earlier lines.
  @Test func aLineOfAnEarlierVersionIsRead() throws {
    let line =
      #"{"abstentions":0,"clipped":0.5,"entropy":1.5,"groupDeviation":0.25,"groupsWithVariance":2,"groups":2,"loss":-0.5,"#
      + #""reward":0.75,"seconds":{"rewards":0,"sampling":1,"updates":2},"step":3,"tokens":7,"truncated":0}"#
    let step = try JSONDecoder().decode(PolicyStepMetrics.self, from: Data(line.utf8))
    #expect(step.step == 3 && step.loss == -0.5 && step.seconds.updates == 2)
    #expect(step.updates == nil && step.valueLoss == nil && step.parts == nil && step.disagreement == nil)
  }

  @Test func aFolderThatIsBrokenIsNoRunToGoOnWith() async throws {
    for (name, what) in [("metrics.jsonl", "{}"), ("run.json", "{}"), ("metrics.jsonl", nil)] as [(String, String?)] {
      try await inTemporaryFolder { folder in
        do {
          var run = try Self.run(in: folder)
          try await run.step(by: Self.length)
        }
        let file = folder.appendingPathComponent(name)
        if let what { try Data(what.utf8).write(to: file) } else { try FileManager.default.removeItem(at: file) }
        #expect(throws: RLError.self) { try Self.run(in: folder) }
      }
    }
  }
}
