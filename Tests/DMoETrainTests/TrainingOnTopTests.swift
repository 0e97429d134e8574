import DMoECore
import DMoEData
import DMoEModel
import Foundation
import Testing
import _TestSupport

@testable import DMoETrain

/// Capability experts on top of a published reward model: its head stays, experts and aggregator are trained.
@Suite struct TrainingOnTopTests {
  private static let published = FixtureFolder(of: "DMoEModelTests", "classifiers").url("llama")

  @Test func expertsAreTrainedOnTopOfAnImportedModel() throws {
    let base = try RewardModel(classifier: Self.published, options: TinyRun.options)
    let untrained = try RewardModel(
      base: base, taxonomy: TinyRun.taxonomy, expert: LoRAConfiguration(rank: 2, dropout: 0, topLayers: 1), seed: 1)
    let phases = TrainingPipeline.phases(of: untrained)
    #expect(!phases.contains(.base(category: "chat")) && phases.contains(.expert(category: "chat", point: "empathy")))
    try withTemporaryFolder { folder in
      var model = untrained
      try TrainingPipeline(configuration: TinyRun.configuration(), runFolder: folder.appendingPathComponent("run"))
        .run(&model, samples: TinyRun.samples())
      #expect(model.isComplete(category: "chat") && model.isComplete(category: "code"))
      // The base is as it was; the experts are not.
      let candidate = try Candidate(prompt: "tell 1", response: "yes")
      #expect(
        try model.usingBasesOnly().scores(of: [candidate], category: "chat")
          == untrained.scores(
            of: [candidate], category: "chat"))
      #expect(
        try model.scores(of: [candidate], category: "chat") != untrained.scores(of: [candidate], category: "chat"))
      let bundle = folder.appendingPathComponent("on-top.dmoerm")
      try model.write(to: bundle)
      let read = try RewardModel(contentsOf: bundle, options: TinyRun.options, goldens: .all)
      #expect(read.imported == base.imported)
      #expect(try read.scores(of: [candidate], category: "chat") == model.scores(of: [candidate], category: "chat"))
    }
  }
}
