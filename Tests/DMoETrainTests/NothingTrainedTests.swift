import DMoECore
@_spi(Command) import DMoEData
import DMoEModel
import Foundation
import Testing
import _TestSupport

@_spi(Command) @testable import DMoETrain

/// What becomes of data that a model cannot be trained on.
@Suite struct NothingTrainedTests {
  @Test func aRunThatTrainsNothingIsAnErrorThatSaysWhy() throws {
    try withTemporaryFolder { folder in
      for samples in try [[], TinyRun.samples(perCategory: 1), TinyRun.samples().map(Self.unlabelled)] {
        var model = try TinyRun.model()
        let error = #expect(throws: TrainError.self) {
          try TrainingPipeline(
            configuration: TinyRun.configuration { $0.data.minimumSamples = 4 },
            runFolder: folder.appendingPathComponent("\(samples.count)")
          ).run(&model, samples: samples)
        }
        guard case .nothingTrained(let reasons) = error else {
          Issue.record("\(error as Any)")
          continue
        }
        // The router and the shared head, and of each category its base, two experts and the aggregator.
        #expect(reasons.count == 10 && reasons.contains { $0.hasPrefix("base/chat: ") })
        #expect(model.trainedCategories.isEmpty)
      }
    }
  }

  private static func unlabelled(_ sample: RankedResponses) throws -> RankedResponses {
    try RankedResponses(
      id: sample.id, conversation: sample.conversation, responses: sample.responses, ranks: sample.ranks)
  }

  /// As `--taxonomy single` of the command: every overall preference, whatever its category.
  @Test func theSingleTaxonomyTakesSamplesOfEveryCategoryAndOfNone() throws {
    try withTemporaryFolder { folder in
      let labelled = try TinyRun.samples()
      let overall = labelled.filter { $0.capability == nil }
      let ready = overall.map { $0.labeled(category: "general", capability: nil) }
      func train(_ name: String, _ samples: [RankedResponses]) throws -> [String: Data] {
        let (model, events) = try TinyRun.train(
          in: folder.appendingPathComponent(name), model: TinyRun.model { $0.taxonomy = .single }, samples: samples)
        let start = try #require(events.starts.first)
        #expect(start.trainingSamples + start.validationSamples == 40)
        return try TinyRun.bundle(of: model)
      }
      let expected = try train("ready", ready)
      #expect(try train("labelled", labelled) == expected)
      // What unlabelled samples are to be does not matter either.
      var model = try TinyRun.model { $0.taxonomy = .single }
      let other = TinyRun.configuration { $0.data.unlabeled = .category(id: "elsewhere") }
      try TrainingPipeline(configuration: other, runFolder: folder.appendingPathComponent("other"))
        .run(&model, samples: overall.map(Self.unlabelled))
      #expect(model.trainedCategories == ["general"])
      #expect(try train("unlabelled", overall.map(Self.unlabelled)) == expected)
    }
  }

  @Test func theSingleTaxonomyReadsRowsOfEveryCategory() throws {
    let rows = """
      {"prompt": "p", "responses": ["a", "b"], "ranks": [1, 2], "category": "chat"}
      {"prompt": "q", "responses": ["a", "b"], "ranks": [2, 1]}
      """
    let read = try PreferenceReader.readAll(
      JSONLines(data: Data(rows.utf8), name: "rows.jsonl"), options: ReadingOptions(taxonomy: .single))
    #expect(read.samples.map(\.category) == ["chat", nil])
  }

  /// A router that was left out for too few prompts would put them all into the first category.
  @Test func samplesWithoutACategoryAreNotRoutedByAnUntrainedRouter() throws {
    try withTemporaryFolder { folder in
      let samples = try TinyRun.samples().map(Self.unlabelled)
      #expect(throws: TrainError.self) {
        try TinyRun.train(
          in: folder, TinyRun.configuration { $0.data.unlabeled = .route(minimumProbability: 0) }, samples: samples)
      }
    }
  }

  /// A start that is random is no result: with neither warm start nor step there is nothing to run.
  @Test(arguments: [\TrainingConfiguration.base, \TrainingConfiguration.aggregator])
  func neitherStepNorWarmStartIsRefused(
    phase: any WritableKeyPath<TrainingConfiguration, PhaseTraining> & Sendable
  ) throws {
    for stop in ["epochs", "maximumSteps"] {
      var configuration = TinyRun.configuration { $0.start.warmsHeads = false }
      switch stop {
      case "epochs": configuration[keyPath: phase].epochs = 0
      default: configuration[keyPath: phase].maximumSteps = 0
      }
      #expect(throws: TrainError.self, "\(stop)") { try configuration.validate() }
      configuration.start.warmsHeads = true
      try configuration.validate()
    }
  }

  @Test func aRunThatKeptNothingMakesRoomForAnother() throws {
    try withTemporaryFolder { folder in
      var model = try TinyRun.model()
      #expect(throws: TrainError.self) {
        try TrainingPipeline(configuration: TinyRun.configuration(), runFolder: folder).run(&model, samples: [])
      }
      let (first, _) = try TinyRun.train(in: folder)
      #expect(!first.trainedCategories.isEmpty)
      let metrics = try String(contentsOf: folder.appendingPathComponent("metrics.jsonl"), encoding: .utf8)
      #expect(!metrics.contains("phaseLeftOut"), "nothing of the run before is left")
    }
  }
}
