import Foundation
import Testing
import _TestSupport

@testable import DMoETrain

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
    #expect(first == [.router, .base(category: "chat"), .base(category: "code")])
    list.end(.base(category: "code"))
    #expect(list.take()?.category == "code" && list.take()?.category == "code" && list.take() == nil)
  }

  /// The base of code is small, but its experts are the longest way to the end.
  @Test func whatMostWorkWaitsForComesFirst() {
    var list = Self.list(costs: [
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
