import DMoEData
import DMoEModel
import Foundation
import Testing
import _TestSupport

@testable import DMoETrain

/// A run that is stopped anywhere and goes on must end as if nothing had happened, byte for byte.
@Suite struct InterruptionTests {
  /// One category is enough for every kind of phase but the router, which the other gives a reason to be.
  private static let samples = Result { try TinyRun.samples(perCategory: 14) }

  private static func train(
    in folder: URL, _ start: TrainingConfiguration.BaseStart = .sharedHead,
    onEvent: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> (model: RewardModel, events: [TrainingEvent]) {
    try TinyRun.train(
      in: folder,
      TinyRun.configuration {
        $0.router.phase.maximumSteps = 3
        $0.start.bases = start
      },
      model: TinyRun.model { $0.router.adapter = LoRAConfiguration(rank: 2, dropout: 0.1, topLayers: 1) },
      samples: samples.get(), onEvent: onEvent)
  }

  /// Bundle and events of an uninterrupted run.
  private struct Whole {
    let bundle: [String: Data]
    let metrics: [TrainingEvent]
    let count: Int

    init(_ start: TrainingConfiguration.BaseStart) throws {
      (bundle, metrics, count) = try withTemporaryFolder { folder in
        let (model, events) = try train(in: folder, start)
        return (try TinyRun.bundle(of: model), try metricsLines(folder), events.count)
      }
    }
  }

  private static let ofSharedHead = Result { try Whole(.sharedHead) }
  private static let ofSharedBase = Result { try Whole(.sharedBase) }

  private static func whole(_ start: TrainingConfiguration.BaseStart) throws -> Whole {
    try (start == .sharedBase ? ofSharedBase : ofSharedHead).get()
  }

  /// Runs until the listener has had `events` events.
  private static func stop(after events: Int, in folder: URL, _ start: TrainingConfiguration.BaseStart) throws {
    var count = 0
    #expect(throws: Stop.self) {
      _ = try train(in: folder, start) { _ in
        count += 1
        if count == events { throw Stop() }
      }
    }
  }

  /// Goes on to the end and compares the bundle and the metrics with the uninterrupted run's.
  private static func finish(
    in folder: URL, _ what: String, _ start: TrainingConfiguration.BaseStart = .sharedHead
  ) throws {
    let whole = try whole(start)
    let (model, _) = try train(in: folder, start)
    let bundle = try TinyRun.bundle(of: model)
    #expect(bundle.keys.sorted() == whole.bundle.keys.sorted(), "\(what)")
    for (path, bytes) in whole.bundle { #expect(bundle[path] == bytes, "\(what): \(path) differs") }
    let metrics = try metricsLines(folder)
    #expect(identity(of: metrics.steps) == identity(of: whole.metrics.steps), "\(what): steps")
    #expect(metrics.validations == whole.metrics.validations, "\(what): validations")
    #expect(metrics.summaries.map(\.phase) == whole.metrics.summaries.map(\.phase), "\(what): summaries")
    #expect(metrics.summaries.map(\.bestStep) == whole.metrics.summaries.map(\.bestStep), "\(what): best steps")
    #expect(metrics.summaries.map(\.tokens) == whole.metrics.summaries.map(\.tokens), "\(what): tokens")
  }

  /// Everything of a step but its speed.
  private static func identity(of steps: [StepMetrics]) -> [String] {
    steps.map { "\($0.phase) \($0.step) \($0.epoch) \($0.loss) \($0.gradientNorm) \($0.learningRate) \($0.meanReward)" }
  }

  @Test(arguments: [TrainingConfiguration.BaseStart.sharedHead, .sharedBase])
  func anyEventMayBeTheLast(start: TrainingConfiguration.BaseStart) throws {
    let count = try Self.whole(start).count
    #expect(count > 60)
    // Every fifth event falls on every kind: starts, steps, validations, ends.
    for event in stride(from: 1, through: count, by: 5) {
      try withTemporaryFolder { folder in
        try Self.stop(after: event, in: folder, start)
        try Self.finish(in: folder, "stopped after event \(event) of \(count)", start)
      }
    }
  }

  @Test func aRunMayBeStoppedAgainAndAgain() throws {
    try withTemporaryFolder { folder in
      var stops = 0
      var isDone = false
      while !isDone, stops < 200 {
        // Skipped phases count for nothing: what is stopped is what is new.
        var fresh = 0
        do {
          _ = try Self.train(in: folder) { event in
            if case .phaseSkipped = event { return }
            fresh += 1
            if fresh == 9 { throw Stop() }
          }
          isDone = true
        } catch is Stop {
          stops += 1
        }
      }
      #expect(isDone && stops > 5)
      try Self.finish(in: folder, "stopped \(stops) times")
    }
  }

  @Test func leftoversOfAKillDoNoHarm() throws {
    try withTemporaryFolder { folder in
      var steps = 0
      #expect(throws: Stop.self) {
        _ = try Self.train(in: folder) { event in
          if case .step(let metrics) = event, metrics.phase == .base(category: "chat") { steps += 1 }
          if steps == 3 { throw Stop() }
        }
      }
      let checkpoint = folder.appendingPathComponent("checkpoint.safetensors")
      let phases = folder.appendingPathComponent("phases")
      // A checkpoint whose writer was killed, a phase's result half written, a metrics line half written.
      try Data(contentsOf: checkpoint).prefix(100).write(
        to: folder.appendingPathComponent(".checkpoint.safetensors.1.0"))
      for phase in ["base.chat", "aggregator.code"] {
        let fresh = phases.appendingPathComponent("\(phase).new/expert")
        try FileManager.default.createDirectory(at: fresh, withIntermediateDirectories: true)
        try Data("half".utf8).write(to: fresh.appendingPathComponent("adapter_model.safetensors"))
      }
      let metrics = try FileHandle(forWritingTo: folder.appendingPathComponent("metrics.jsonl"))
      try metrics.seekToEnd()
      try metrics.write(contentsOf: Data(#"{"step":{"_0":{"accur"#.utf8))
      try metrics.close()
      try Self.finish(in: folder, "with leftovers")
    }
  }

  /// Reading texts before the first step may take minutes: it is told, stops, and is no part of the metrics.
  @Test func readingTextsIsToldAndMayBeStopped() throws {
    let samples = try TinyRun.samples(perCategory: 40)
    let configuration = TinyRun.configuration { $0.start.bases = .sharedBase }
    try withTemporaryFolder { folder in
      var told: [TrainingPhase: [Int]] = [:]
      for phase in [TrainingPhase.router, .sharedBase] {
        #expect(throws: Stop.self) {
          _ = try TinyRun.train(in: folder, configuration, samples: samples) { event in
            guard case .textsRead(let own, let done, let total) = event else { return }
            #expect(done > 0 && done < total)
            told[own, default: []].append(done)
            if own == phase { throw Stop() }
          }
        }
      }
      #expect(told[.router]?.first == 16 && told[.sharedBase] == [16])
      let model = try TinyRun.train(in: folder, configuration, samples: samples).model
      try withTemporaryFolder { other in
        let whole = try TinyRun.train(in: other, configuration, samples: samples)
        #expect(try TinyRun.bundle(of: model) == TinyRun.bundle(of: whole.model))
        #expect(whole.events.contains { if case .textsRead = $0 { true } else { false } })
      }
      let metrics = try String(contentsOf: folder.appendingPathComponent("metrics.jsonl"), encoding: .utf8)
      #expect(!metrics.contains("textsRead") && metrics.contains("phaseStarted"))
    }
  }

  /// A kill between the end of a phase and the removal of its checkpoint leaves one of a phase that is done.
  @Test func theCheckpointOfADonePhaseIsPassedOver() throws {
    try withTemporaryFolder { folder in
      let checkpoint = folder.appendingPathComponent("checkpoint.safetensors")
      var kept: Data?
      #expect(throws: Stop.self) {
        _ = try Self.train(in: folder) { event in
          switch event {
          case .phaseFinished(let summary) where summary.phase == .base(category: "chat"):
            kept = try Data(contentsOf: checkpoint)
          case .phaseStarted(let start) where start.phase == .expert(category: "chat", point: "empathy"): throw Stop()
          default: break
          }
        }
      }
      #expect(!FileManager.default.fileExists(atPath: checkpoint.path))
      try #require(kept).write(to: checkpoint)
      try Self.finish(in: folder, "with a stale checkpoint")
    }
  }

  /// Without validation the last state is kept: what a resumed step does differently shows.
  @Test func theCheckpointIntervalDoesNotChangeTheResult() throws {
    let seldom = try withTemporaryFolder { folder in
      let configuration = TinyRun.configuration {
        $0.checkpointInterval = 3
        $0.data.validationFraction = 0
      }
      #expect(throws: Stop.self) {
        try TinyRun.train(in: folder, configuration, samples: Self.samples.get()) { event in
          if case .step(let metrics) = event, metrics.step == 4 { throw Stop() }
        }
      }
      return try TinyRun.bundle(of: TinyRun.train(in: folder, configuration, samples: Self.samples.get()).model)
    }
    let always = try withTemporaryFolder { folder in
      let configuration = TinyRun.configuration { $0.data.validationFraction = 0 }
      return try TinyRun.bundle(of: TinyRun.train(in: folder, configuration, samples: Self.samples.get()).model)
    }
    #expect(seldom == always)
  }
}
