import DMoECore
@_spi(Command) import DMoEModel
import Foundation
import Synchronization
import Testing
import _TestSupport

@_spi(Command) @testable import DMoETrain

@Suite struct WorkListTests {
  private static let plan = PhasePlan(TinyRun.taxonomy, TinyRun.configuration())

  private static func list(_ plan: PhasePlan = plan, costs: [TrainingPhase: Double] = [:]) -> WorkList {
    WorkList(plan.names, needs: { plan.needs(of: $0) }, costs: { costs[$0] ?? 0 })
  }

  @Test func aPhaseBeginsWhenWhatItNeedsIsOver() {
    var list = Self.list()
    var order: [TrainingPhase] = []
    var over: Set<TrainingPhase> = []
    while let phase = list.take() {
      #expect(over.isSuperset(of: Self.plan.needs(of: phase)), "\(phase) begins too early")
      order.append(phase)
      over.insert(phase)
      list.end(phase)
    }
    #expect(list.isOver && Set(order) == Set(Self.plan.names) && order.count == Self.plan.names.count)
  }

  @Test func independentPhasesAreThereAtOnce() {
    var list = Self.list()
    var first: Set<TrainingPhase> = []
    while let phase = list.take() { first.insert(phase) }
    #expect(first == [.router, .sharedHead])
    list.end(.sharedHead)
    #expect(list.take() == .base(category: "chat") && list.take() == .base(category: "code") && list.take() == nil)
    list.end(.base(category: "code"))
    #expect(list.take()?.category == "code" && list.take()?.category == "code" && list.take() == nil)
  }

  /// The base of code is small, but its experts are the longest way to the end.
  @Test func whatMostWorkWaitsForComesFirst() {
    let own = TinyRun.configuration { $0.start.bases = .own }
    var list = Self.list(
      PhasePlan(TinyRun.taxonomy, own),
      costs: [
        .base(category: "chat"): 5, .base(category: "code"): 1, .expert(category: "code", point: "clear"): 10,
        .router: 20,
      ])
    #expect([list.take(), list.take(), list.take()] == [.router, .base(category: "code"), .base(category: "chat")])
  }

  @Test func whatDecidesTheSamplesOfOthersComesBeforeThem() {
    let routed = PhasePlan(
      TinyRun.taxonomy,
      TinyRun.configuration {
        $0.data.unlabeled = .route(minimumProbability: 0.5)
        $0.start.bases = .sharedBase
      })
    var list = Self.list(routed)
    #expect(list.take() == .router && list.take() == nil)
    list.end(.router)
    #expect(list.take() == .sharedBase && list.take() == nil)
    list.end(.sharedBase)
    #expect(list.take() == .base(category: "chat") && list.take() == .base(category: "code") && list.take() == nil)
  }
}

@Suite struct RankForecastTests {
  /// A run folder whose phases took so long; results of 100 bytes beside their summaries.
  private static func run(_ seconds: [TrainingPhase: Double], in folder: URL) throws {
    let identity = try TrainingRun.Start(model: TinyRun.model(), samples: [], prompts: [])
      .identity(TinyRun.configuration())
    try JSONEncoder().encode(identity).write(to: folder.appendingPathComponent("run.json"))
    for (phase, seconds) in seconds {
      let place = RunFolder.folder(of: phase, in: folder)
      try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
      let summary = PhaseSummary(
        phase: phase, steps: 1, bestStep: 1, stoppedEarly: false, trainingSamples: 1, firstValidation: nil,
        bestValidation: nil, tokens: 1, seconds: seconds, extractionError: nil)
      try JSONEncoder().encode(RunFolder.Finished(summary: summary, metricsBytes: 0))
        .write(to: place.appendingPathComponent("summary.json"))
    }
  }

  /// Has the phases of a run taken as long as `seconds` says, whatever they took.
  private static func setSeconds(of run: URL) throws {
    for (phase, seconds) in seconds {
      let file = RunFolder.folder(of: phase, in: run).appendingPathComponent("summary.json")
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      let text = try String(contentsOf: file, encoding: .utf8)
      let timed = text.replacing(/"seconds"\s*:\s*[0-9.e+-]+/, with: "\"seconds\":\(seconds)")
      try #require(timed.contains("\"seconds\":\(seconds)"))
      try Data(timed.utf8).write(to: file)
    }
  }

  private static let seconds: [TrainingPhase: Double] = [
    .router: 1, .base(category: "chat"): 4, .expert(category: "chat", point: "empathy"): 6,
    .expert(category: "chat", point: "style"): 2, .aggregator(category: "chat"): 1, .base(category: "code"): 3,
    .expert(category: "code", point: "correct"): 2, .expert(category: "code", point: "clear"): 2,
    .aggregator(category: "code"): 1,
  ]

  /// By hand. One rank: 22. Two: chat's base, empathy and aggregator are 11 on the first; beside them code's base (3), its experts (2, 2)
  /// and aggregator (1) or style (2), and the router (1): 11 together. Three or more: 11, the longest chain.
  @Test func timesAreThoseOfTheScheduleByHand() throws {
    try withTemporaryFolder { folder in
      try Self.run(Self.seconds, in: folder)
      let forecasts = try RankForecast.of(run: folder, ranks: [1, 2, 3, 256])
      #expect(forecasts.map(\.seconds) == [22, 11, 11, 11] && forecasts.allSatisfy { $0.work == 22 })
      #expect(forecasts[1].efficiency == 1 && forecasts[1].speedup == 2)
      #expect(forecasts[0].bytes == 0 && forecasts[1].bytes > 0)
      let crowded = try RankForecast.of(run: folder, ranks: [1, 2], network: RankNetwork(crowding: 2))
      #expect(crowded.map(\.seconds) == [22, 22])
    }
  }

  /// A single base of 8 micro-batches a step: 10 s, of which 8 are steps.
  private static let shared = MeasuredRun.Phase(
    seconds: 10, stepSeconds: 8, steps: 100, parameters: 250_000, leaves: 8, limit: 8, bytes: 0)

  /// By hand. Two ranks: 4 of the 8, 5 - 4 = 1 of the 2, and 100 sums of three rounds and of a megabyte.
  @Test func stepsThatAreSharedOutTakeTheirLargestShareAndTheirSums() {
    let none = RankNetwork(latency: 0, bytesPerSecond: 1e18)
    func seconds(_ ranks: Int, _ network: RankNetwork = none) -> Double {
      (Self.shared.seconds(on: ranks, network) * 1000).rounded() / 1000
    }
    let free = [1, 2, 4, 8].map { seconds($0) }
    #expect(free == [10, 5, 2.5, 1.25])
    // Three of eight on some rank.
    #expect(seconds(3) == 3.667)
    let slow = RankNetwork(latency: 0.01, bytesPerSecond: 1e6)
    #expect(Self.shared.bytesPerStep(on: 2) == 1e6 && Self.shared.bytesPerStep(on: 1) == 0)
    #expect(seconds(2, slow) == 108.0)
    for ranks in 1...64 { #expect(Self.shared.bytesPerStep(on: ranks) <= 2e6) }
    // Beside others all that is computed takes longer, and what is sent does not.
    let crowded = RankNetwork(latency: 0.01, bytesPerSecond: 1e6, crowding: 1.5)
    #expect(seconds(1, crowded) == 10 && seconds(2, crowded) == 110.5)
    #expect(Self.shared.seconds(on: 1, crowded, beside: 2) == 15)
  }

  /// By hand. Beside 8 s of steps 2 s are for 12 texts: 6 before the first step, 3 measured twice, four at a time. Two ranks read 3 of
  /// the 6; whoever measures the 3 is alone.
  @Test func whatIsOnlyReadTakesItsLargestShare() {
    var phase = Self.shared
    phase.readings = [(texts: 6, part: 1), (texts: 3, part: 4), (texts: 3, part: 4)]
    let none = RankNetwork(latency: 0, bytesPerSecond: 1e18)
    #expect(abs(phase.seconds(on: 2, none) - (4 + 2 * 9.0 / 12)) < 1e-6)
    #expect(phase.seconds(on: 1, none) == 10)
    var read = MeasuredRun.Phase(seconds: 6)
    read.readings = [(texts: 6, part: 1)]
    #expect(read.seconds(on: 3, none) == 6, "one text after the other, unless it may be shared out")
    read.limit = 6
    #expect([2, 3, 4, 6, 7].map { read.seconds(on: $0, none) } == [3, 2, 2, 1, 1] && read.bytesPerStep(on: 3) == 0)
  }

  /// What metrics and summaries of a real run tell is what forecasts are made of.
  @Test func aRunSaysWhatItsStepsTookAndHowManyRanksPay() throws {
    try withTemporaryFolder { folder in
      let time = Mutex(Duration.zero)
      var pipeline = TrainingPipeline(configuration: TinyRun.configuration { $0.microBatch = 1 }, runFolder: folder)
      // Every look at the clock takes a second: a step is one, and so is a phase beside its steps.
      pipeline.clock = TrainingClock {
        time.withLock { time in
          time += .seconds(1)
          return time
        }
      }
      var model = try TinyRun.model()
      try pipeline.run(&model, samples: TinyRun.samples())
      let run = try MeasuredRun(folder)
      let base = try #require(run.phases[.base(category: "chat")])
      #expect(base.leaves == 4 && base.steps == 4 && base.parameters > 0 && base.stepSeconds > 0)
      #expect(base.stepSeconds <= base.seconds)
      let none = RankNetwork(latency: 0, bytesPerSecond: 1e18)
      let phases = try PhaseForecast.of(run: folder, upTo: 64, network: none)
      #expect(phases.first { $0.phase == .base(category: "chat") }?.ranks == 4)
      // Idle time of the schedule is what the plan says of it: with a free network, no more than phases alone would take.
      let forecasts = try RankForecast.of(run: folder, ranks: Array(1...256), network: none)
      #expect(zip(forecasts, forecasts.dropFirst(255)).allSatisfy { $0.seconds >= $1.seconds })
      #expect(forecasts.allSatisfy { $0.efficiency <= 1.000_001 && $0.seconds > 0 })
    }
  }

  /// What ranks are timed by is a pass of the run over its own backbone, as the first rank tells the others of it.
  @Test func aPassOfARunCanBeTaken() throws {
    try withTemporaryFolder { folder in
      var model = try TinyRun.model()
      try TrainingPipeline(configuration: TinyRun.configuration(), runFolder: folder).run(
        &model, samples: TinyRun.samples())
      let pass = try RankPass(of: folder)
      let told = try JSONDecoder().decode(RankPass.self, from: JSONEncoder().encode(pass))
      #expect(told == pass)
      let ranks = ThreadRanks.run(2) { ranks in
        try RankNetwork.measured(over: ranks, taking: ranks.rank == 0 ? told.work(over: TinyRun.backbone) : nil)
      }
      for rank in ranks { #expect(try rank.get().crowding >= 1) }
      try told.work(over: TinyRun.backbone)()
      #expect(throws: TrainError.self) { try told.work(over: TinyRun.models.url("llama/llama.q8_0.gguf")) }
    }
  }

  private static func memory(
    ranks: Int, model: RewardModel? = nil, _ edit: (inout TrainingConfiguration) -> Void = { _ in }
  ) throws -> RankMemory {
    try withTemporaryFolder { folder in
      var model = try model ?? TinyRun.model()
      try TrainingPipeline(configuration: TinyRun.configuration(edit), runFolder: folder)
        .run(&model, samples: TinyRun.samples())
      try Self.setSeconds(of: folder)
      let forecasts = try RankForecast.of(run: folder, ranks: [ranks], backbone: model.backbone)
      #expect(try RankForecast.of(run: folder, ranks: [ranks])[0].memory == nil)
      return try #require(forecasts[0].memory)
    }
  }

  /// By hand: the base of the tiny run changes two layers, by rank 2 beside queries and values, with dropout.
  @Test func memoryIsWhatARankHolds() throws {
    let model = try TinyRun.model()
    let shape = model.backbone.configuration
    let (hidden, inner) = (shape.hiddenSize, shape.feedForwardSize)
    let (queries, keys) = (shape.heads * shape.headSize, shape.keyValueHeads * shape.headSize)
    // Of two layers each: inputs of norms and of both products after dropout, queries, keys, values, what attention gives, gate, up.
    let layer = 4 * hidden + 2 * queries + 2 * keys + 2 * inner
    let one = try Self.memory(ranks: 1)
    let rows = Double(one.activations / 4) / Double(2 * layer + 4 * hidden + 3 * inner)
    #expect(rows == rows.rounded() && rows > 4, "\(rows) rows of four samples")
    #expect(one.backbone == 0, "the file has aligned floats, which are mapped")
    let base = 2 * (2 * hidden + 2 * queries + 2 * hidden + 2 * keys) + hidden
    #expect(one.optimizer == 16 * base, "\(one.optimizer)")
    #expect(one.trunk > 0 && one.total == one.backbone + one.adapters + one.optimizer + one.activations + one.trunk)
    #expect(try Self.memory(ranks: 2).trunk < one.trunk, "a rank reads the texts of its phases")
    let recomputed = try Self.memory(ranks: 1) { $0.memory.checkpointsActivations = true }
    #expect(recomputed.activations < one.activations)
    let small = try Self.memory(ranks: 1) { $0.memory.trunkCacheBytes = 1000 }
    #expect(small.trunk == 1000)
    let shared = try Self.memory(ranks: 4) { $0.microBatch = 1 }
    #expect(shared.activations < one.activations && shared.optimizer > one.optimizer)
  }

  @Test func weightsThatAreMadeOfAFileAreARanksOwn() throws {
    let model = try RewardModel(
      configuration: TinyRun.modelConfiguration(), backbone: TinyRun.backbone, seed: 1,
      options: ComputeOptions(threads: 1, precision: .bfloat16))
    let footprint = try model.backbone.facts().memory.first { $0.precision == .bfloat16 }
    #expect(try Self.memory(ranks: 1, model: model).backbone == footprint?.bytes)
  }

  @Test func theMemoryOfAnotherBackboneIsNotTold() throws {
    try withTemporaryFolder { folder in
      try Self.run(Self.seconds, in: folder)
      let other = try Backbone(contentsOf: TinyRun.models.url("qwen3"))
      #expect(throws: TrainError.unusableRun(path: folder.path, reason: "it was begun with another backbone")) {
        try RankForecast.of(run: folder, ranks: [1], backbone: other)
      }
    }
  }

  @Test func aFolderWithoutAFinishedPhaseIsToldOf() throws {
    try withTemporaryFolder { folder in
      #expect(throws: TrainError.self) { try RankForecast.of(run: folder, ranks: [1]) }
      try Self.run([:], in: folder)
      #expect(throws: TrainError.unusableRun(path: folder.path, reason: "no phase is finished")) {
        try RankForecast.of(run: folder, ranks: [1])
      }
    }
  }
}
