import DMoECore
import DMoEData
import DMoEModel
import Foundation
import _TestSupport

@testable import DMoETrain

/// A small preference set over the tiny llama fixture, and the shortest run through all phases.
enum TinyRun {
  static let models = FixtureFolder(of: "DMoEModelTests", "models")
  static let backbone = models.url("llama/llama.f32.gguf")
  static let options = ComputeOptions(threads: 1)

  static let taxonomy = checked([
    TaskCategory(id: "chat", points: [CapabilityPoint(id: "empathy"), CapabilityPoint(id: "style")]),
    TaskCategory(id: "code", points: [CapabilityPoint(id: "correct"), CapabilityPoint(id: "clear")]),
  ])

  static func checked(_ categories: [TaskCategory]) -> Taxonomy {
    do { return try Taxonomy(categories) } catch { preconditionFailure("\(error)") }
  }

  /// With dropout, so that a run that goes on elsewhere in its random numbers shows.
  static func modelConfiguration(
    _ edit: (inout RewardModel.Configuration) -> Void = { _ in }
  ) -> RewardModel.Configuration {
    var result = RewardModel.Configuration(
      taxonomy: taxonomy, base: LoRAConfiguration(rank: 2, alpha: 4, dropout: 0.1, topLayers: 2),
      expert: LoRAConfiguration(rank: 2, alpha: 4, dropout: 0.1, topLayers: 1), maximumTokens: 128)
    result.aggregatorWidth = 4
    edit(&result)
    return result
  }

  static func model(
    seed: UInt64 = 1, backbone: URL = backbone, _ edit: (inout RewardModel.Configuration) -> Void = { _ in }
  ) throws -> RewardModel {
    try RewardModel(configuration: modelConfiguration(edit), backbone: backbone, seed: seed, options: options)
  }

  static func configuration(_ edit: (inout TrainingConfiguration) -> Void = { _ in }) -> TrainingConfiguration {
    func phase(_ rate: Double, steps: Int) -> PhaseTraining {
      PhaseTraining(learningRate: rate, epochs: 10) {
        $0.batchSize = 4
        $0.validationInterval = 2
        $0.maximumSteps = steps
      }
    }
    var result = TrainingConfiguration()
    result.data.validationFraction = 0.25
    result.data.minimumSamples = 2
    result.start.ridges = [0.1, 10]
    result.router.ridges = [0.01, 0.1, 1]
    result.base = phase(5e-3, steps: 4)
    result.expert = phase(5e-3, steps: 3)
    result.aggregator = phase(1e-3, steps: 4)
    result.checkpointInterval = 1
    edit(&result)
    return result
  }

  static func conversation(_ category: String, _ index: Int) throws -> Conversation {
    try Conversation(prompt: category == "chat" ? "tell \(index)" : "f(\(index))=?")
  }

  /// Prompts of both categories, each with an overall ranking and one for every point: "yes" is better than "no",
  /// and by the points too, now and then told otherwise.
  static func samples(perCategory count: Int = 20, _ taxonomy: Taxonomy = taxonomy) throws -> [RankedResponses] {
    try taxonomy.categories.flatMap { category in
      try (0..<count).flatMap { index in
        let conversation = try conversation(category.id, index)
        return try ([nil] + category.points.map(\.id)).enumerated().map { place, point in
          let isFirst = (index * 7 + place) % 3 != 0
          let chosen = "yes \(index % 5)"
          let rejected = "no \(index % 7)"
          return try RankedResponses(
            id: "\(category.id)-\(index)", conversation: conversation,
            responses: isFirst ? [chosen, rejected] : [rejected, chosen],
            ranks: isFirst != ((index + place) % 9 == 0) ? [1, 2] : [2, 1], category: category.id, capability: point)
        }
      }
    }
  }

  /// Trains a fresh model in a run folder and returns it with its events.
  @discardableResult
  static func train(
    in folder: URL, _ configuration: TrainingConfiguration = configuration(), model: RewardModel? = nil,
    samples: [RankedResponses]? = nil, prompts: [CategorizedPrompt] = [],
    onEvent: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> (model: RewardModel, events: [TrainingEvent]) {
    var model = try model ?? Self.model()
    var events: [TrainingEvent] = []
    try TrainingPipeline(configuration: configuration, runFolder: folder).run(
      &model, samples: try samples ?? Self.samples(), prompts: prompts
    ) { event in
      events.append(event)
      try onEvent(event)
    }
    return (model, events)
  }

  /// The examples of every phase that has some, as a run shares them out.
  static func examples(
    _ configuration: TrainingConfiguration, samples: [RankedResponses]
  ) throws -> [TrainingPhase: PhaseData<RankedExample>] {
    try withTemporaryFolder { folder in
      let start = TrainingRun.Start(model: try model(), samples: samples, prompts: [])
      let run = try TrainingRun(
        of: TrainingPipeline(configuration: configuration, runFolder: folder), start, cache: TrunkCache(limit: 0)
      ) { _ in }
      func examples(_ phase: some Phase) throws -> PhaseData<RankedExample>? {
        try phase.samples(for: start.model, in: run) as? PhaseData<RankedExample>
      }
      var result: [TrainingPhase: PhaseData<RankedExample>] = [:]
      for phase in PhasePlan(taxonomy, configuration).phases { result[phase.name] = try examples(phase) }
      return result
    }
  }

  /// Every file below a folder with its bytes.
  static func files(in folder: URL) throws -> [String: Data] {
    let root = folder.resolvingSymlinksInPath().path + "/"
    guard let walk = FileManager.default.enumerator(atPath: root) else { return [:] }
    var result: [String: Data] = [:]
    for case let path as String in walk {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: root + path, isDirectory: &isFolder), !isFolder.boolValue else {
        continue
      }
      result[path] = try Data(contentsOf: URL(fileURLWithPath: root + path))
    }
    return result
  }

  /// The files of a model's bundle.
  static func bundle(of model: RewardModel) throws -> [String: Data] {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("tiny.dmoerm")
      try model.write(to: url)
      return try files(in: url)
    }
  }
}

extension [TrainingEvent] {
  var steps: [StepMetrics] { compactMap { if case .step(let metrics) = $0 { metrics } else { nil } } }
  var validations: [ValidationMetrics] {
    compactMap { if case .validation(let metrics) = $0 { metrics } else { nil } }
  }
  var starts: [PhaseStart] { compactMap { if case .phaseStarted(let start) = $0 { start } else { nil } } }
  var summaries: [PhaseSummary] { compactMap { if case .phaseFinished(let summary) = $0 { summary } else { nil } } }
  var skipped: [TrainingPhase] { compactMap { if case .phaseSkipped(let phase) = $0 { phase } else { nil } } }
  var leftOut: [TrainingPhase] { compactMap { if case .phaseLeftOut(let phase, _) = $0 { phase } else { nil } } }
}
