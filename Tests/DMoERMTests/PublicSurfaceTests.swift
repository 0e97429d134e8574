import DMoERM
import Foundation
import Testing

/// What an embedder writes, with a plain import.
@Suite struct PublicSurfaceTests {
  /// The tiny llama of the model tests, with its tokenizer.
  private static let backbone = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("DMoEModelTests/Fixtures/models/llama/llama.f32.gguf")

  private static func withFolder<R>(_ body: (URL) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("dmoerm-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  private static func configuration() throws -> RewardModel.Configuration {
    let taxonomy = try Taxonomy([
      TaskCategory(id: "chat", points: [CapabilityPoint(id: "empathy"), CapabilityPoint(id: "style")]),
      TaskCategory(id: "code", points: [CapabilityPoint(id: "correct")]),
    ])
    return RewardModel.Configuration {
      $0.taxonomy = taxonomy
      $0.base = LoRAConfiguration(rank: 2, topLayers: 2)
      $0.expert = LoRAConfiguration(rank: 2, topLayers: 1)
      $0.aggregatorWidth = 4
      $0.maximumTokens = 128
    }
  }

  private static func samples() throws -> [RankedResponses] {
    let points: [(category: String, points: [String?])] = [
      ("chat", [nil, "empathy", "style"]), ("code", [nil, "correct"]),
    ]
    return try points.flatMap { category, points in
      try (0..<24).flatMap { index in
        try points.map { point in
          try RankedResponses(
            id: "\(category)-\(index)", conversation: Conversation(prompt: "\(category) \(index)"),
            responses: ["no \(index % 3)", "yes \(index % 4)"], ranks: [2, 1], category: category, capability: point)
        }
      }
    }
  }

  @Test func trainWriteReadAndScore() async throws {
    let model = try Self.withFolder { folder in
      var model = try RewardModel(
        configuration: Self.configuration(), backbone: Self.backbone, seed: 0, options: ComputeOptions(threads: 1))
      let short = PhaseTraining(learningRate: 2e-3, epochs: 1) { $0.maximumSteps = 3 }
      var training = TrainingConfiguration()
      (training.base, training.expert, training.aggregator) = (short, short, short)
      let pipeline = TrainingPipeline(
        configuration: training,
        runFolder: folder.appendingPathComponent("tiny.run"))
      var phases: [TrainingPhase] = []
      try pipeline.run(&model, samples: try Self.samples()) { event in
        if case .phaseFinished(let summary) = event { phases.append(summary.phase) }
      }
      #expect(phases == TrainingPipeline.phases(of: model.configuration.taxonomy))
      let bundle = folder.appendingPathComponent("tiny.dmoerm")
      try model.write(to: bundle)
      return try Self.score(bundle, model)
    }
    try await Self.scoreFromManyTasks(model)
  }

  /// The six lines of the design, on a bundle.
  private static func score(_ bundle: URL, _ trained: RewardModel) throws -> RewardModel {
    let model = try RewardModel(contentsOf: bundle, backbone: backbone, options: ComputeOptions(threads: 1))
    let reward = try model.score(prompt: "chat 99", response: "yes 1")
    let rewards = try model.scores(prompt: "chat 99", responses: ["yes 1", "no 1"])
    let reasons = try model.breakdown(of: "yes 1", to: Conversation(prompt: "chat 99"))
    #expect(reward == reasons.reward && abs(reward - rewards[0]) < 1e-4)
    #expect(rewards[0] > rewards[1])
    #expect(reasons.category == "chat" && reasons.capabilities.map(\.point) == ["empathy", "style"])
    #expect(reasons.tokenCount > 0 && !reasons.isTruncated && !reasons.isMixture)
    #expect(try trained.score(prompt: "chat 99", response: "yes 1") == reward)
    #expect(throws: ModelError.emptyInput("the response")) { try model.score(prompt: "chat 99", response: "") }
    #expect(throws: DataError.self) { try model.score(prompt: "", response: "yes") }
    #expect(throws: ModelError.unknownCategory("maths")) {
      try model.score("yes", to: Conversation(prompt: "1+1"), category: "maths")
    }
    return model
  }

  private static func scoreFromManyTasks(_ model: RewardModel) async throws {
    let candidates = try (0..<12).map { try Candidate(prompt: "chat \($0)", response: "yes \($0)") }
    let alone = try candidates.map { try model.score($0.response, to: $0.conversation) }
    let all = try await withThrowingTaskGroup(of: (Int, Float).self) { group in
      for (index, candidate) in candidates.enumerated() {
        group.addTask { (index, try model.score(candidate.response, to: candidate.conversation)) }
      }
      return try await group.reduce(into: [Int: Float]()) { $0[$1.0] = $1.1 }
    }
    #expect(all == Dictionary(uniqueKeysWithValues: alone.enumerated().map { ($0, $1) }))
  }

  @Test func typesOfEveryModuleComeWithOneImport() throws {
    let options = ComputeOptions(backend: .reference, threads: 1)
    #expect(options.backend == .reference && options.threads == 1)
    #expect(Taxonomy.paper.pointCount == 27)
    #expect(TrainingConfiguration.paper.fineTuning == .full)
    #expect(try RankedResponses(id: "a", conversation: "Q", responses: ["x", "y"], ranks: [1, 2]).pairs.count == 1)
    #expect(TemperatureScaling(differences: []).kept == 1)
    #expect(Projection(name: "q_proj") == .query)
    #expect(throws: ModelError.self) {
      try Backbone(contentsOf: URL(fileURLWithPath: "/nowhere.gguf"), options: options)
    }
  }
}
