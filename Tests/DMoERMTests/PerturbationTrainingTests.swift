import DMoELabel
import DMoERM
import Foundation
import Testing
import _TestSupport

/// Labels by damage are ordinary preferences: written, read and trained on.
@Suite struct PerturbationTrainingTests {
  private func samples() throws -> [RankedResponses] {
    try (0..<24).map { index in
      try RankedResponses(
        id: "\(index)", conversation: try Conversation(prompt: "mix \(index)?"),
        responses: ["It takes \(index + 20) g.", "No."], ranks: [1, 2], category: "qa")
    }
  }

  @Test func anExpertIsTrainedOnLabelsOfAFile() async throws {
    let taxonomy = try Taxonomy([TaskCategory(id: "qa", points: [CapabilityPoint(id: "correctness")])])
    let samples = try samples()
    let labels = try await PerturbationLabeler(
      taxonomy: taxonomy, rules: PerturbationLabeler.rules(named: ["numbers-changed"]), weight: 0.5, seed: 3
    ).result(of: samples).labels
    #expect(labels.count == samples.count)
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("labels.jsonl")
      try PreferenceWriter.write(samples + labels, to: file)
      let read = try PreferenceReader.readAll(contentsOf: file, options: ReadingOptions(taxonomy: taxonomy)).samples
      var configuration = TrainingConfiguration()
      configuration.data.validationFraction = 0.25
      configuration.data.minimumSamples = 2
      configuration.base.maximumSteps = 1
      configuration.expert.maximumSteps = 1
      configuration.aggregator.maximumSteps = 1
      var model = try RewardModel(
        configuration: RewardModel.Configuration(
          taxonomy: taxonomy, base: LoRAConfiguration(rank: 2, alpha: 4, topLayers: 1),
          expert: LoRAConfiguration(rank: 2, alpha: 4, topLayers: 1), maximumTokens: 128),
        backbone: FixtureFolder(of: "DMoEModelTests", "models").url("llama/llama.f32.gguf"), seed: 1,
        options: ComputeOptions(threads: 1))
      var finished: [PhaseSummary] = []
      try TrainingPipeline(configuration: configuration, runFolder: folder.appendingPathComponent("run")).run(
        &model, samples: read, prompts: []
      ) { event in
        if case .phaseFinished(let summary) = event { finished.append(summary) }
      }
      let expert = finished.first { $0.phase == .expert(category: "qa", point: "correctness") }
      #expect(expert?.steps == 1 && (expert?.trainingSamples ?? 0) >= 6)
    }
  }
}
