import DMoECore
import DMoEData
import DMoEModel
import Foundation
import Synchronization
import Testing
import _TestSupport

@testable import DMoETrain

/// A run of several ranks has to end as one of a single process, byte for byte, however it was interrupted.
@Suite struct RanksTests {
  private static let samples = Result { try TinyRun.samples(perCategory: 14) }

  enum Kind: CaseIterable {
    case sharedHead, sharedBase, routed
    /// Steps that ranks share out, with every part of the loss that looks at more than a pair.
    case shared

    var configuration: TrainingConfiguration {
      TinyRun.configuration {
        $0.router.phase.maximumSteps = 3
        if self == .sharedBase || self == .routed { $0.start.bases = .sharedBase }
        if self == .routed { $0.data.unlabeled = .route(minimumProbability: 0.4) }
        guard self == .shared else { return }
        $0.microBatch = 1
        $0.memory.rowsPerPass = 40
        $0.regularization = Regularization(
          languageModeling: .init(weight: 0.01, tokens: 4), batchSum: 0.01, headDropout: .init(rate: 0.1, masks: 2))
      }
    }

    /// Every third overall ranking has no category where the router is to give it one.
    func samples() throws -> [RankedResponses] {
      let samples = try RanksTests.samples.get()
      guard self == .routed else { return samples }
      return samples.enumerated().map { index, sample in
        sample.capability == nil && index % 3 == 0 ? sample.labeled(category: nil, capability: nil) : sample
      }
    }
  }

  private static func model() throws -> RewardModel {
    try TinyRun.model { $0.router.adapter = LoRAConfiguration(rank: 2, dropout: 0.1, topLayers: 1) }
  }

  /// By this clock nothing takes any time, so that metrics can be compared to the byte.
  private static func pipeline(_ configuration: TrainingConfiguration, _ folder: URL) -> TrainingPipeline {
    var pipeline = TrainingPipeline(configuration: configuration, runFolder: folder)
    pipeline.clock = TrainingClock { .zero }
    return pipeline
  }

  private struct Whole {
    let bundle: [String: Data]
    let metrics: [TrainingEvent]
    let metricsFile: Data
  }

  /// Bundle and metrics of an ordinary run.
  private static func whole(_ kind: Kind) throws -> Whole {
    try withTemporaryFolder { folder in
      var model = try model()
      try pipeline(kind.configuration, folder).run(&model, samples: kind.samples())
      return Whole(
        bundle: try TinyRun.bundle(of: model), metrics: try metricsLines(folder),
        metricsFile: try Data(contentsOf: folder.appendingPathComponent("metrics.jsonl")))
    }
  }

  /// Runs on so many ranks, each with a model and samples of its own.
  ///
  /// - Returns: what came of each: the bundle of its model.
  private static func train(
    in folder: URL, on count: Int, _ kind: Kind = .sharedHead,
    samples: (@Sendable (Int) throws -> [RankedResponses])? = nil,
    configuration: (@Sendable (Int) -> TrainingConfiguration)? = nil,
    onEvent: @escaping @Sendable (TrainingEvent) throws -> Void = { _ in }
  ) -> [Result<[String: Data], any Error>] {
    ThreadRanks.run(count) { ranks in
      var model = try model()
      try pipeline(configuration?(ranks.rank) ?? kind.configuration, folder)
        .run(&model, samples: samples?(ranks.rank) ?? kind.samples(), over: ranks, onEvent: onEvent)
      return ranks.rank == 0 ? try TinyRun.bundle(of: model) : [:]
    }
  }

  /// Every line about a phase, in the order of the phases, without the times.
  private static func story(_ metrics: [TrainingEvent]) -> [String] {
    let phases = Set(metrics.compactMap(\.phase)).sorted { "\($0)" < "\($1)" }
    return phases.flatMap { phase in
      metrics.filter { $0.phase == phase }.map { event in
        switch event {
        case .step(let step): "\(phase) step \(step.step) \(step.loss) \(step.gradientNorm) \(step.meanReward)"
        case .validation(let validation): "\(phase) \(validation)"
        case .phaseFinished(let summary): "\(phase) finished \(summary.steps) \(summary.bestStep) \(summary.tokens)"
        case .phaseStarted: "\(phase) started"
        default: "\(phase) \(event)"
        }
      }
    }
  }

  @Test(arguments: [1, 2, 3, 4, 7], Kind.allCases)
  func weightsAndMetricsAreThoseOfOneProcess(ranks: Int, kind: Kind) throws {
    let whole = try Self.whole(kind)
    try withTemporaryFolder { folder in
      let results = Self.train(in: folder, on: ranks, kind)
      for result in results { _ = try result.get() }
      #expect(try results[0].get() == whole.bundle)
      let file = try Data(contentsOf: folder.appendingPathComponent("metrics.jsonl"))
      #expect(file == whole.metricsFile)
      #expect(whole.metrics.summaries.count == 10)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("phases").path)
      #expect(left.allSatisfy { !$0.hasSuffix("under-way") })
    }
  }

  /// Stopped on one number of ranks, gone on with on another: nothing is lost, nothing is told twice.
  @Test(arguments: [(3, 2), (2, 1), (1, 4)], [Kind.sharedHead, .shared])
  func aStoppedRunGoesOnOnAnyNumberOfRanks(_ counts: (before: Int, after: Int), kind: Kind) throws {
    let (before, after) = counts
    let whole = try Self.whole(kind)
    for event in stride(from: 3, through: 60, by: 9) {
      try withTemporaryFolder { folder in
        let count = Atomic<Int>(0)
        let results = Self.train(
          in: folder, on: before, kind,
          onEvent: { _ in if count.add(1, ordering: .relaxed).newValue == event { throw Stop() } })
        #expect(throws: Stop.self, "event \(event)") { try results[0].get() }
        let bundle = try Self.train(in: folder, on: after, kind)[0].get()
        #expect(bundle == whole.bundle, "stopped after event \(event)")
        let again = try metricsLines(folder).filter { if case .phaseStarted = $0 { false } else { true } }
        let once = whole.metrics.filter { if case .phaseStarted = $0 { false } else { true } }
        #expect(Self.story(again) == Self.story(once), "stopped after event \(event)")
      }
    }
  }

  /// What ranks have finished and a process alone has not are one run.
  @Test func aRunOfRanksAndOneOfAProcessTakeTurns() throws {
    let whole = try Self.whole(.sharedHead)
    try withTemporaryFolder { folder in
      var turn = 0
      var isDone = false
      while !isDone, turn < 40 {
        let count = Atomic<Int>(0)
        let limit = 14 + turn
        let stop: @Sendable (TrainingEvent) throws -> Void = { event in
          if case .phaseSkipped = event { return }
          if count.add(1, ordering: .relaxed).newValue == limit { throw Stop() }
        }
        do {
          if turn % 2 == 0 {
            _ = try Self.train(in: folder, on: 2, onEvent: stop)[0].get()
          } else {
            _ = try TinyRun.train(
              in: folder, Kind.sharedHead.configuration, model: Self.model(), samples: Kind.sharedHead.samples(),
              onEvent: stop)
          }
          isDone = true
        } catch is Stop { turn += 1 }
      }
      #expect(isDone && turn > 2)
      let (model, events) = try TinyRun.train(
        in: folder, Kind.sharedHead.configuration, model: Self.model(), samples: Kind.sharedHead.samples())
      #expect(events.steps.isEmpty, "all was done")
      #expect(try TinyRun.bundle(of: model) == whole.bundle)
    }
  }

  @Test func ranksWithOtherDataOrSettingsAreRefusedOnAll() throws {
    try withTemporaryFolder { folder in
      let other = Self.train(
        in: folder, on: 3,
        samples: { rank in
          let samples = try Kind.sharedHead.samples()
          return rank == 2 ? Array(samples.dropLast()) : samples
        })
      for result in other {
        #expect(throws: TrainError.ranksDiffer(rank: 2, reason: "data set")) { try result.get() }
      }
      let settings = Self.train(
        in: folder, on: 2,
        configuration: { rank in
          var configuration = Kind.sharedHead.configuration
          if rank == 1 { configuration.seed = 5 }
          return configuration
        })
      for result in settings {
        #expect {
          try result.get()
        } throws: { error in
          if case TrainError.ranksDiffer(1, let reason) = error { reason.contains("seed") } else { false }
        }
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(files.isEmpty, "nothing was begun")
    }
  }

  @Test func otherThreadsOrKernelsAreRefused() throws {
    let identity = try TrainingRun.Start(model: Self.model(), samples: Self.samples.get(), prompts: [])
      .identity(TinyRun.configuration())
    var narrow = identity
    narrow.precision = "bfloat16"
    for (identity, threads, kernels, word) in [
      (identity, 2, "Haswell", "threads"), (identity, 1, "Zen", "DMOERM_OPENBLAS_CORETYPE"),
      (narrow, 1, "Haswell", "bf16"),
    ] {
      let results = ThreadRanks.run(2) { ranks in
        let facts =
          ranks.rank == 0
          ? RankFacts(identity, threads: 1, kernels: "Haswell", halves: "AMX")
          : RankFacts(identity, threads: threads, kernels: kernels, halves: nil)
        try facts.agree(over: ranks)
      }
      for result in results {
        #expect {
          try result.get()
        } throws: { error in
          if case TrainError.ranksDiffer(1, let reason) = error { reason.contains(word) } else { false }
        }
      }
    }
  }

  /// What multiplies bf16 does not matter where nothing is bf16.
  @Test func instructionsForBFloat16DoNotMatterInSinglePrecision() throws {
    let identity = try TrainingRun.Start(model: Self.model(), samples: Self.samples.get(), prompts: [])
      .identity(TinyRun.configuration())
    let results = ThreadRanks.run(2) { ranks in
      try RankFacts(identity, threads: 1, kernels: "Haswell", halves: ranks.rank == 0 ? "AMX" : nil).agree(over: ranks)
    }
    for result in results { #expect(throws: Never.self) { try result.get() } }
  }

  /// Ranks keep trunk outputs in one file: of the same bits, and what one has read is there for all.
  @Test(arguments: [1, 3]) func ranksShareAFileOfTrunkOutputs(count: Int) throws {
    let samples = try Self.samples.get()
    @Sendable func model() throws -> RewardModel {
      try TinyRun.model {
        $0.base.topLayers = 1
        $0.expert.topLayers = 1
      }
    }
    try withTemporaryFolder { folder in
      var alone = try model()
      var pipeline = Self.pipeline(TinyRun.configuration(), folder.appendingPathComponent("alone.run"))
      pipeline.trunkFile = folder.appendingPathComponent("alone")
      try pipeline.run(&alone, samples: samples)
      let (bundle, shared) = (try TinyRun.bundle(of: alone), folder.appendingPathComponent("shared"))
      let results = ThreadRanks.run(count) { ranks in
        var own = try model()
        var pipeline = Self.pipeline(TinyRun.configuration(), folder.appendingPathComponent("ranks.run"))
        pipeline.trunkFile = shared
        try pipeline.run(&own, samples: samples, over: ranks)
        return ranks.rank == 0 ? try TinyRun.bundle(of: own) : [:]
      }
      for result in results { _ = try result.get() }
      #expect(try results[0].get() == bundle)
      let sizes = try ["alone", "shared"].map { try Data(contentsOf: folder.appendingPathComponent($0)).count }
      #expect(sizes[0] == sizes[1] && sizes[0] > 1000)
    }
  }

  /// Ranks all know of another run's folder, so that all can make room for theirs.
  @Test func anotherRunsFolderIsToldOfOnEveryRank() throws {
    try withTemporaryFolder { folder in
      let samples = try Self.samples.get()
      _ = try TinyRun.train(in: folder, model: Self.model(), samples: samples)
      let results = Self.train(
        in: folder, on: 2, samples: { _ in samples },
        configuration: { _ in TinyRun.configuration { $0.start.bases = .sharedBase } })
      for result in results {
        #expect {
          try result.get()
        } throws: { error in
          if case TrainError.foreignRun = error { true } else { false }
        }
      }
    }
  }

  @Test func twoRunsOnOneFolderAreToldApart() throws {
    try withTemporaryFolder { folder in
      let lock = try RunLock(folder, TrainError.self)
      let results = Self.train(in: folder, on: 2)
      #expect(throws: TrainError.runInUse(path: folder.path)) { try results[0].get() }
      #expect {
        try results[1].get()
      } throws: { error in
        if case TrainError.rankFailed(0, _) = error { true } else { false }
      }
      withExtendedLifetime(lock) {}
    }
  }

  @Test(arguments: [Kind.sharedHead, .shared])
  func aPhaseThatFailsStopsAllRanksAndNamesItsOwn(kind: Kind) throws {
    try withTemporaryFolder { folder in
      let results = Self.train(
        in: folder, on: kind == .shared ? 7 : 3,
        configuration: { _ in
          var configuration = kind.configuration
          configuration.expert.learningRate = 1e38
          configuration.expert.clipNorm = nil
          return configuration
        })
      #expect {
        try results[0].get()
      } throws: { error in
        if case TrainError.rankFailed(_, let reason) = error { reason.contains("expert/") } else { false }
      }
      for result in results { #expect(throws: (any Error).self) { try result.get() } }
      let kept = try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent("phases").path)
      #expect(kept.contains { $0.hasPrefix("base.") }, "what was finished is kept")
    }
  }

  /// A rank that cannot even make its folder: rank 0 says which it is, and why.
  @Test func aRankWithoutAFolderOfItsOwnIsNamed() throws {
    let identity = try TrainingRun.Start(model: Self.model(), samples: Self.samples.get(), prompts: [])
      .identity(TinyRun.configuration())
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("file")
      try Data().write(to: file)
      let line = OwnLine()
      #expect(throws: TrainError.self) {
        try PhaseWorker.work(over: line) {
          try PhaseWorker(
            of: TrainingPipeline(configuration: TinyRun.configuration(), runFolder: file.appendingPathComponent("x")),
            TrainingRun.Start(model: Self.model(), samples: Self.samples.get(), prompts: []), identity: identity,
            cache: TrunkCache(limit: 0), line: line, switchboard: RankSwitchboard(SingleRank()))
        }
      }
      let told = try RankParcel(#require(line.heard())).message
      guard case .failed(let reason) = told else { return #expect(Bool(false), "\(told)") }
      #expect(reason.contains("cannot be made"))
    }
  }

  @Test func tooLittleDataLeavesTheSamePhasesOut() throws {
    let samples = try Self.samples.get().filter { $0.category != "code" || $0.capability != "clear" }
    try withTemporaryFolder { folder in
      let (model, events) = try TinyRun.train(
        in: folder.appendingPathComponent("alone"), model: Self.model(), samples: samples)
      // Also when it is asked for again, and again.
      for round in 1...3 {
        let told = Mutex<[TrainingEvent]>([])
        let results = Self.train(
          in: folder.appendingPathComponent("ranks"), on: 2, samples: { _ in samples },
          configuration: { _ in TinyRun.configuration() },
          onEvent: { event in told.withLock { $0.append(event) } })
        #expect(try results[0].get() == TinyRun.bundle(of: model), "\(round)")
        #expect(told.withLock { $0.leftOut } == events.leftOut && !events.leftOut.isEmpty)
      }
      let lines = try metricsLines(folder.appendingPathComponent("ranks"))
      func finished(_ events: [TrainingEvent]) -> Int {
        events.count { if case .phaseFinished = $0 { true } else { false } }
      }
      #expect(finished(lines) == finished(events))
    }
  }

  @Test func aParcelComesOutAsItWentIn() throws {
    let files = ["base/chat//expert/a.bin": Data([1, 2, 3]), "metrics.jsonl": Data()]
    let order = RankOrder.train(
      .router, after: [RankOrder.Settled(phase: .base(category: "chat"), leftOut: "few")], team: [0, 2])
    let bytes = try RankParcel(order, files: files).bytes()
    let parcel = try RankParcel(RankMessage(sender: 1, bytes: bytes))
    #expect(parcel.files == files && parcel.files(of: .base(category: "chat")) == ["expert/a.bin": Data([1, 2, 3])])
    guard case .train(.router, let after, let team) = parcel.message else {
      return #expect(Bool(false), "\(parcel.message)")
    }
    #expect(after.map(\.leftOut) == ["few"] && team == [0, 2])
    for count in 0..<bytes.count {
      #expect(throws: CommunicatorError.self) { try RankParcel(RankMessage(sender: 1, bytes: bytes.prefix(count))) }
    }
  }
}
