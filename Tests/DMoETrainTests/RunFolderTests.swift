import DMoECore
import DMoEData
import DMoEModel
import Foundation
import Testing
import _TestSupport

@testable import DMoETrain

/// What stops a run, and whose a run folder is.
@Suite struct RunFolderTests {
  @Test func aDivergingPhaseStopsAtItsLastGoodState() throws {
    try withTemporaryFolder { folder in
      let wild = TinyRun.configuration {
        $0.base.learningRate = 1e30
        $0.base.weightDecay = 0
        $0.base.warmUp = 0
        $0.base.maximumSteps = 10
        $0.base.validationInterval = 100
      }
      for _ in 0..<2 {
        do {
          try TinyRun.train(in: folder, wild)
          Issue.record("it did not diverge")
        } catch TrainError.diverged(let phase, let step) {
          #expect(phase == "base/chat" && step > 1)
          let file = CheckpointFile(
            url: folder.appendingPathComponent("checkpoint.safetensors"), owner: "base/chat")
          let state = try #require(try file.read())
          #expect(state.step == step - 1)
          #expect(state.best?.values.allSatisfy(\.isFinite) == true)
        }
      }
      let result = folder.appendingPathComponent("phases/base.chat")
      #expect(!FileManager.default.fileExists(atPath: result.path))
    }
  }

  @Test func aRunOfAnotherKindIsNamed() throws {
    try withTemporaryFolder { folder in
      try TinyRun.train(in: folder)
      func expectForeign(_ what: String, _ body: () throws -> Void) {
        do {
          try body()
          Issue.record("\(what): accepted")
        } catch TrainError.foreignRun(let path, let reason) {
          #expect(path == folder.path && reason.contains(what))
        } catch {
          Issue.record("\(what): \(error)")
        }
      }
      let before = try TinyRun.files(in: folder)
      expectForeign("training configuration") {
        try TinyRun.train(in: folder, TinyRun.configuration { $0.seed = 9 })
      }
      expectForeign("training configuration (base.learningRate was 0.005, is 0.01)") {
        try TinyRun.train(in: folder, TinyRun.configuration { $0.base.learningRate *= 2 })
      }
      expectForeign(
        "(loss.centering was 0, is 0.5; regularization.batchSum was not set, is 1; router.balancesCategories"
      ) {
        try TinyRun.train(
          in: folder,
          TinyRun.configuration {
            $0.loss.centering = 0.5
            $0.regularization = Regularization(batchSum: 1)
            $0.router.balancesCategories = true
            $0.seed = 9
          })
      }
      expectForeign("model configuration (expert.alpha was 4, is 5)") {
        try TinyRun.train(in: folder, model: TinyRun.model { $0.expert.alpha = 5 })
      }
      expectForeign("backbone") {
        try TinyRun.train(in: folder, model: TinyRun.model(backbone: TinyRun.models.url("llama/llama.q8_0.gguf")))
      }
      expectForeign("data set") { try TinyRun.train(in: folder, samples: TinyRun.samples().dropLast()) }
      expectForeign("model seed") { try TinyRun.train(in: folder, model: TinyRun.model(seed: 2)) }
      #expect(try TinyRun.files(in: folder) == before, "a refused run changes nothing")
    }
  }

  /// As an earlier version wrote them: every setting beside the others.
  @Test func aRunWithSettingsOfTheFlatFormSaysTheirNewPlace() throws {
    try withTemporaryFolder { folder in
      try TinyRun.train(in: folder)
      let file = folder.appendingPathComponent("run.json")
      var run = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: file))
      let settings = try #require(run["configuration"])
      #expect(settings.contains(#""data":{"baseFraction":0.6"#))
      run["configuration"] = settings.replacingOccurrences(of: #""data":{"#, with: #""skipsOverLength":true,"data":{"#)
      try JSONEncoder().encode(run).write(to: file)
      let error = #expect(throws: TrainError.self) { try TinyRun.train(in: folder) }
      let place = "training configuration of an earlier version (skipsOverLength is now data.skipsOverLength)"
      #expect(error?.description.contains(place) == true, "\(String(describing: error))")
    }
  }

  @Test func twoRunsInOneFolderAreRefused() throws {
    try withTemporaryFolder { folder in
      var refused = false
      try TinyRun.train(in: folder) { event in
        guard case .runStarted = event else { return }
        #expect(throws: TrainError.runInUse(path: folder.path)) { try TinyRun.train(in: folder) }
        refused = true
      }
      #expect(refused)
      #expect(try TinyRun.train(in: folder).events.starts.isEmpty, "the lock is gone with its run")
    }
  }

  @Test func brokenFilesOfARunAreNamed() throws {
    let files = [("run.json", "{}"), ("phases/router/summary.json", "no"), ("checkpoint.safetensors", "no")]
    for (file, content) in files {
      try withTemporaryFolder { folder in
        var steps = 0
        #expect(throws: Stop.self) {
          try TinyRun.train(in: folder) { event in
            if case .step = event { steps += 1 }
            if steps == 2 { throw Stop() }
          }
        }
        try Data(content.utf8).write(to: folder.appendingPathComponent(file))
        do {
          try TinyRun.train(in: folder)
          Issue.record("\(file): accepted")
        } catch {
          #expect("\(error)".contains(file.contains("run.json") ? folder.lastPathComponent : file), "\(error)")
        }
      }
    }
  }
}

/// What a test's listener throws to stop a run.
struct Stop: Error {}

/// The lines of a run's metrics, each of which must be an event.
func metricsLines(_ run: URL) throws -> [TrainingEvent] {
  let data = try Data(contentsOf: run.appendingPathComponent("metrics.jsonl"))
  #expect(data.last == UInt8(ascii: "\n"))
  return try data.split(separator: UInt8(ascii: "\n")).map {
    try JSONDecoder().decode(TrainingEvent.self, from: $0)
  }
}
