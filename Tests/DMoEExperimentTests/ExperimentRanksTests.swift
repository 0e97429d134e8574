import DMoECore
import DMoEData
import DMoEModel
import DMoETrain
import Foundation
import Synchronization
import Testing
import _TestSupport

@testable import DMoEExperiment

/// An experiment on several ranks comes to what one process comes to, wherever it was stopped.
@Suite struct ExperimentRanksTests {
  private typealias Fixture = ExperimentFixture

  private struct Stop: Error {}

  private static let contenders = [
    Fixture.contender(.single, seeds: [1, 2]), Fixture.contender(.mixture), Fixture.contender(.probe),
    Fixture.contender(.length),
  ]

  /// Runs on so many ranks, each with a plan and data of its own, of so many prompts.
  private static func run(
    in folder: URL, on count: Int, contenders: [ExperimentContender] = contenders,
    prompts: [Int] = [],
    onEvent: @escaping @Sendable (ExperimentEvent) throws -> Void = { _ in }
  ) -> [Result<ExperimentResult?, any Error>] {
    ThreadRanks.run(count) { ranks in
      let experiment = try Experiment(contenders: contenders, folder: folder, trunkCacheBytes: 1 << 24)
      let data = try prompts.isEmpty ? Fixture.data() : Fixture.data(prompts[ranks.rank])
      return try experiment.run(
        data, backbone: Fixture.backbone, options: Fixture.options, over: ranks, onEvent: onEvent)
    }
  }

  /// Rewards, posteriors and bundles by path, which have no times in them, and the result without its times.
  private static func outcome(_ result: ExperimentResult, _ folder: URL) throws -> [String: Data] {
    let members = folder.appendingPathComponent("members")
    var files: [String: Data] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: members.path) {
      let isTold =
        ["/scores-", "/model.dmoerm/"].contains(where: path.contains) || path.hasSuffix("posterior.safetensors")
      guard isTold else { continue }
      files[path] = FileManager.default.contents(atPath: members.appendingPathComponent(path).path)
    }
    func timeless(_ value: Any) -> Any {
      if let object = value as? [String: Any] { return object.filter { $0.key != "seconds" }.mapValues(timeless) }
      return (value as? [Any])?.map(timeless) ?? value
    }
    let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(result))
    files["result"] = try JSONSerialization.data(withJSONObject: timeless(json), options: .sortedKeys)
    return files
  }

  private static func alone(_ contenders: [ExperimentContender] = contenders) throws -> [String: Data] {
    try withTemporaryFolder { folder in
      let own = folder.appendingPathComponent("experiment")
      return try outcome(try Fixture.run(contenders, in: own), own)
    }
  }

  private static func leftovers(_ folder: URL) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".under-way") }
  }

  @Test(arguments: [1, 2, 3, 7])
  func rewardsAndResultAreThoseOfOneProcess(ranks: Int) throws {
    let whole = try Self.alone()
    #expect(whole.keys.contains { $0.hasPrefix("mixture/1/model.dmoerm/") })
    try withTemporaryFolder { folder in
      let own = folder.appendingPathComponent("experiment")
      let told = Mutex<[String]>([])
      let results = Self.run(in: own, on: ranks) { event in
        switch event {
        case .memberStarted(let id, _, let count): told.withLock { $0.append("+\(id) of \(count)") }
        case .memberFinished(let id, _): told.withLock { $0.append("-\(id)") }
        case .scored(let set): told.withLock { $0.append("\(set)") }
        default: break
        }
      }
      for result in results.dropFirst() { #expect(try result.get() == nil) }
      let result = try #require(try results[0].get())
      let outcome = try Self.outcome(result, own)
      #expect(Set(outcome.keys) == Set(whole.keys))
      for (path, content) in whole { #expect(outcome[path] == content, "\(path)") }
      #expect(try Self.leftovers(own).isEmpty)
      let events = told.withLock { $0 }
      // The mixture has most phases, and the probe none but a fit.
      #expect(events.first == "+mixture 1 of 4" && events.suffix(3) == ["validation", "test", "best-of-n"])
      #expect(events.count { $0.hasPrefix("+") } == 4 && events.count { $0.hasPrefix("-") } == 4)
      // All is done, for ranks and for a process alone.
      let again = Self.run(in: own, on: ranks) { event in
        if case .memberStarted = event { Issue.record("\(event)") }
      }
      #expect(try again[0].get() == result)
      let once = try Fixture.run(Self.contenders, in: own) { event in
        if case .training(_, .step) = event { Issue.record("\(event)") }
        if case .scoring = event { Issue.record("\(event)") }
      }
      #expect(once == result)
    }
  }

  /// Stopped over and over, each time on another number of ranks; the last start is one of ranks or of a process alone.
  @Test(arguments: [false, true])
  func aStoppedRunGoesOnOnAnyNumberOfRanks(endsAlone: Bool) throws {
    let whole = try Self.alone()
    try withTemporaryFolder { folder in
      let own = folder.appendingPathComponent("experiment")
      for (ranks, limit) in [(2, 5), (3, 16), (1, 12), (2, 24)] {
        let count = Atomic<Int>(0)
        let results = Self.run(in: own, on: ranks) { _ in
          if count.add(1, ordering: .relaxed).newValue > limit { throw Stop() }
        }
        #expect(throws: Stop.self, "\(ranks) ranks") { try results[0].get() }
        for result in results.dropFirst() { #expect(throws: (any Error).self) { try result.get() } }
      }
      let result: ExperimentResult
      if endsAlone {
        result = try Fixture.run(Self.contenders, in: own)
      } else {
        result = try #require(try Self.run(in: own, on: 3)[0].get())
      }
      let outcome = try Self.outcome(result, own)
      for (path, content) in whole { #expect(outcome[path] == content, "\(path)") }
      #expect(try Self.leftovers(own).isEmpty)
    }
  }

  /// A member that was under way when the run was stopped does not begin anew: its finished phases are not trained again.
  @Test func whatAMemberHasFinishedIsKept() throws {
    try withTemporaryFolder { folder in
      let own = folder.appendingPathComponent("experiment")
      let mixture = [Fixture.contender(.mixture)]
      let finished = Mutex<[TrainingPhase]>([])
      let stopped = Self.run(in: own, on: 2, contenders: mixture) { event in
        guard case .training(_, let event) = event else { return }
        if case .phaseFinished(let summary) = event { finished.withLock { $0.append(summary.phase) } }
        // The event behind the one that tells of the end: by then the result has come.
        if case .step = event, finished.withLock({ $0.count }) > 1 { throw Stop() }
      }
      #expect(throws: Stop.self) { try stopped[0].get() }
      #expect(try Self.leftovers(own) == ["members/mixture/1.under-way"])
      let first = try #require(finished.withLock { $0.first })
      let skipped = Mutex<[TrainingPhase]>([])
      let results = Self.run(in: own, on: 1, contenders: mixture) { event in
        if case .training(_, .phaseSkipped(let phase)) = event { skipped.withLock { $0.append(phase) } }
      }
      _ = try results[0].get()
      #expect(skipped.withLock { $0.contains(first) })
    }
  }

  @Test func aMemberThatCannotBeTrainedDoesNotStopTheOthers() throws {
    var few = Fixture.contender(.single, id: "few")
    few.training.data.minimumSamples = 1000
    let contenders = [few, Fixture.contender(.single, seeds: [1, 2])]
    try withTemporaryFolder { folder in
      for _ in 1...2 {
        let failed = Mutex<[MemberID]>([])
        let results = Self.run(in: folder, on: 2, contenders: contenders) { event in
          if case .memberFailed(let id, _) = event { failed.withLock { $0.append(id) } }
        }
        #expect(
          throws: ExperimentError.failedMembers([
            FailedMember(.init(contender: "few", seed: 1), reason: "no category had enough samples to train")
          ])
        ) { try results[0].get() }
        #expect(failed.withLock { $0 } == [.init(contender: "few", seed: 1)])
      }
      let store = try ExperimentStore(folder, data: Fixture.data())
      for seed: UInt64 in [1, 2] {
        #expect(try store.scores(of: .init(contender: "single", seed: seed), on: Fixture.test) != nil)
      }
    }
  }

  @Test func ranksWithOtherDataAreRefusedOnAll() throws {
    try withTemporaryFolder { folder in
      let results = Self.run(in: folder, on: 3, prompts: [16, 16, 15])
      for result in results {
        #expect(throws: TrainError.ranksDiffer(rank: 2, reason: "data set")) { try result.get() }
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(files.isEmpty, "nothing was begun")
    }
  }

  @Test func twoJobsOnOneFolderAreToldApart() throws {
    try withTemporaryFolder { folder in
      let lock = try ExperimentStore(folder, data: Fixture.data()).lock()
      let results = Self.run(in: folder, on: 2)
      #expect(throws: TrainError.runInUse(path: folder.path)) { try results[0].get() }
      #expect(throws: CommunicatorError.self) { try results[1].get() }
      #expect(throws: TrainError.runInUse(path: folder.path)) { try Fixture.run(Self.contenders, in: folder) }
      withExtendedLifetime(lock) {}
    }
  }

  /// What another experiment has left under a member's name is told of by the place where it is.
  @Test func aChangedContenderIsNamedWithItsPlace() throws {
    try withTemporaryFolder { folder in
      _ = try Self.run(in: folder, on: 1, contenders: [Fixture.contender(.single)])[0].get()
      var other = Fixture.contender(.single)
      other.training.base.learningRate = 1
      try FileManager.default.removeItem(at: folder.appendingPathComponent("members/single/1/scores-test.json"))
      let results = Self.run(in: folder, on: 2, contenders: [other])
      #expect {
        try results[0].get()
      } throws: { error in
        guard case ExperimentError.changedContender("single", let path, let reason) = error else { return false }
        return path == folder.appendingPathComponent("members/single/1").path && reason.contains("learningRate")
      }
    }
  }

  @Test func filesComeOutAsTheyWentIn() throws {
    try withTemporaryFolder { folder in
      let (from, to) = (folder.appendingPathComponent("from"), folder.appendingPathComponent("to"))
      func write(_ text: String, _ path: String, in folder: URL) throws {
        let file = folder.appendingPathComponent(path)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
      }
      try write("a", "run/metrics.jsonl", in: from)
      try write("b", "run/phases/base.all/summary.json", in: from)
      try write("c", "run/lock", in: from)
      try write("d", "model.dmoerm/dmoerm.json", in: from)
      try write("old", "run/checkpoint.safetensors", in: to)
      try write("old", "run/phases/router/summary.json", in: to)
      try write("kept", "model.dmoerm/dmoerm.json", in: to)
      var seen = MemberFolder(from)
      let (outline, files) = try seen.news()
      #expect(outline.paths == ["run/metrics.jsonl", "run/phases/base.all/summary.json"])
      #expect(files.keys.sorted() == outline.paths && !seen.hasProgressed())
      try write("more", "run/metrics.jsonl", in: from)
      try write("e", "run/checkpoint.safetensors", in: from)
      #expect(seen.hasProgressed())
      let (next, changed) = try seen.news()
      #expect(changed.keys.sorted() == ["run/checkpoint.safetensors", "run/metrics.jsonl"])
      var all = MemberFiles(contents: files)
      try all.change(to: next, changed, from: 1)
      #expect(try all == MemberFolder(from).files())
      try all.write(to: to)
      #expect(try MemberFolder(to).files() == all)
      let left = try FileManager.default.subpathsOfDirectory(atPath: to.path)
      #expect(!left.contains("run/phases/router") && left.contains("model.dmoerm/dmoerm.json"))
      #expect(throws: CommunicatorError.self) {
        try all.change(to: .init(paths: ["run/other"]), [:], from: 1)
      }
    }
  }

  /// Ranks share out what a judge reads, and come to the same data.
  @Test(arguments: [1, 2, 3])
  func aJudgeSaysTheSameOnAnyNumberOfRanks(count: Int) throws {
    try withTemporaryFolder { folder in
      let judge = try OverOptimizationFixture.gold(in: folder)
      @Sendable func judged(_ name: String, over ranks: any Communicator) throws -> ExperimentData {
        var judging = try Judging(
          judge, folder: folder.appendingPathComponent(name), options: Fixture.options, over: ranks)
        return try judging.judged(try Fixture.data()) { _ in }
      }
      let alone = try judged("alone", over: SingleRank())
      let results = ThreadRanks.run(count) { ranks in try judged("ranks", over: ranks) }
      for result in results {
        let data = try result.get()
        #expect(data.training == alone.training && data.validation == alone.validation)
      }
      let kept = try ["alone", "ranks"].map { name in
        let place = folder.appendingPathComponent("\(name)/judge")
        return try FileManager.default.contentsOfDirectory(atPath: place.path).sorted().map { file in
          (file, try Data(contentsOf: place.appendingPathComponent(file)))
        }
      }
      #expect(kept[0].map(\.0) == kept[1].map(\.0))
      for (one, other) in zip(kept[0], kept[1]) { #expect(one.1 == other.1, "\(one.0)") }
      let again = ThreadRanks.run(count) { ranks in try judged("ranks", over: ranks) }
      for result in again { #expect(try result.get().training == alone.training) }
    }
  }
}
