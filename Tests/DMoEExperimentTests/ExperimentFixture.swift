import DMoECore
import DMoEData
import DMoEEvaluate
import DMoETrain
import Foundation
import _TestSupport

@testable import DMoEExperiment
@testable import DMoEModel

/// Small experiments on a tiny random backbone.
enum ExperimentFixture {
  static let test = SetID.test("test")
  static let backbone = FixtureFolder(of: "DMoEModelTests", "models").url("llama/llama.f32.gguf")
  static let options = ComputeOptions(threads: 1)

  /// "yes" is better than "no", overall and by every point; both categories have a point of one name.
  static func samples(_ range: Range<Int>) throws -> [RankedResponses] {
    try ["chat", "code"].flatMap { category in
      try range.flatMap { index in
        try ([nil] + (category == "chat" ? ["empathy", "style"] : ["style"])).map { point in
          let responses = ["yes \(index % 5)", "no, \(index % 7) and so on"]
          return try RankedResponses(
            id: "\(category)-\(index)", source: index % 2 == 0 ? "even" : "odd",
            conversation: Conversation(prompt: category == "chat" ? "tell \(index)" : "f(\(index))=?"),
            responses: index % 3 == 0 ? responses : responses.reversed(), ranks: index % 3 == 0 ? [1, 2] : [2, 1],
            category: category, capability: point)
        }
      }
    }
  }

  static func data(_ count: Int = 16) throws -> ExperimentData {
    let training = try samples(0..<count)
    return ExperimentData(
      training: training, validation: try samples(40..<46),
      tests: [.init(name: "test", samples: try samples(50..<58))],
      routerTest: try samples(50..<54).filter { $0.capability == nil }.map { CategorizedPrompt($0) },
      bestOfN: try (60..<64).map { index in
        try BestOfNPrompt(
          // The last prompt is longer than the models read; length alone could judge it.
          conversation: Conversation(
            prompt: "tell \(index)" + (index == 63 ? String(repeating: " more", count: 90) : "")),
          responses: ["yes 1", "no 2", "yes 3", "maybe"],
          gold: [1, 0, 1, 0.5])
      },
      taxonomy: try Taxonomy.inferred(from: training))
  }

  static func contender(
    _ structure: ExperimentContender.Structure, id: ContenderID? = nil, seeds: [UInt64] = [1], noise: LabelNoise? = nil
  ) -> ExperimentContender {
    func phase(_ steps: Int) -> PhaseTraining {
      PhaseTraining(learningRate: 2e-3, epochs: 10) {
        $0.batchSize = 4
        $0.maximumSteps = steps
      }
    }
    let adapter = LoRAConfiguration(rank: 2, alpha: 4, dropout: 0, topLayers: 1)
    return ExperimentContender(
      id: id ?? structure.id, structure: structure,
      model: RewardModel.Configuration {
        ($0.base, $0.expert) = (adapter, adapter)
        $0.aggregatorWidth = 4
        $0.maximumTokens = 64
      },
      training: TrainingConfiguration {
        $0.data.validationFraction = 0.25
        $0.data.minimumSamples = 2
        $0.start.ridges = [1]
        ($0.base, $0.expert, $0.aggregator) = (phase(3), phase(2), phase(2))
      }, seeds: seeds, noise: noise)
  }

  static func run(
    _ contenders: [ExperimentContender], in folder: URL, data: ExperimentData? = nil, membersAtOnce: Int = 1,
    onEvent: (ExperimentEvent) throws -> Void = { _ in }
  ) throws -> ExperimentResult {
    try Experiment(contenders: contenders, folder: folder, trunkCacheBytes: 1 << 24, membersAtOnce: membersAtOnce)
      .run(
        try data ?? Self.data(), backbone: backbone, options: options, onEvent: onEvent)
  }
}

extension ExperimentContender.Structure {
  /// The contender that is called after its structure.
  var id: ContenderID { ContenderID(stringLiteral: rawValue) }
}

extension ExperimentResult {
  /// The row of a contender's members, each alone.
  func row(_ contender: ContenderID) -> Row? {
    rows.first { $0.contender == contender && $0.reading.isPlain }
  }
}
