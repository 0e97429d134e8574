import DMoECore
import DMoEData
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// What an inner mixture can be, and what it cannot.
@Suite struct MixtureStageTests {
  private static let chat = TinyModel.taxonomy.categories[0]

  private static func expert(_ seed: UInt64) throws -> Expert {
    let numbers = try ModelFixture.backbone("llama").configuration
    return Expert(
      adapter: TinyModel.adapter(numbers, seed: seed), head: ValueHead(randomMatrix(1, numbers.hiddenSize, seed: seed)))
  }

  private static func scaled(_ seed: UInt64, _ scale: RewardNormalization? = .init()) throws -> CapabilityExpert {
    CapabilityExpert(try expert(seed), scale: scale)
  }

  private static func aggregator() throws -> Aggregator {
    Aggregator(inputs: 2 * (try ModelFixture.backbone("llama").configuration.hiddenSize), width: 4, seed: 1)
  }

  @Test func anAggregatorNeedsEveryExpertAndARuleEveryScale() throws {
    func mixture(
      _ experts: [CapabilityExpert?], _ aggregator: Aggregator?, _ rule: RewardCombination? = nil
    ) throws -> InnerMoE {
      try InnerMoE(
        category: Self.chat, base: Self.expert(1), experts: experts, aggregator: aggregator, combination: rule)
    }
    let both = [try Self.scaled(2), try Self.scaled(3)]
    let old = [try Self.scaled(2), try Self.scaled(3, nil)]
    #expect(try mixture(both, Self.aggregator()).isMixing && mixture(both, nil, .mean).isMixing)
    #expect(try !mixture(both, nil).isMixing && !mixture([both[0], nil], nil, .mean).isMixing)
    #expect(throws: ModelError.invalidModel(reason: "chat has an aggregator, but not every expert")) {
      try mixture([both[0], nil], Self.aggregator())
    }
    #expect(throws: ModelError.self) { try mixture(old, nil, .mean) }
    // Without a rule the scales are not missed; that they are not known is.
    let aggregated = try mixture(old, Self.aggregator())
    #expect(aggregated.isMixing && aggregated.expertScales == nil)
  }

  /// As training does: phase by phase, and what is half-way scores by its base.
  @Test func expertsComeOneByOne() throws {
    var model = try TinyModel.untrained()
    #expect(throws: ModelError.self) { try model.install(expert: Self.scaled(2), at: 0, point: 0) }
    #expect(throws: ModelError.self) {
      try model.install(aggregator: Self.aggregator(), normalization: nil, at: 0)
    }
    model.install(base: try Self.expert(1), normalization: .init(mean: 1, deviation: 2), at: 0)
    let base = try model.score("word", to: "Say a word", category: "chat")
    try model.install(expert: Self.scaled(2, .init(mean: 3, deviation: 4)), at: 0, point: 1)
    #expect(throws: ModelError.self) {
      try model.install(aggregator: Self.aggregator(), normalization: nil, at: 0)
    }
    #expect(model.inner[0].expertScales == [.init(), .init(mean: 3, deviation: 4)])
    try model.install(expert: Self.scaled(3), at: 0, point: 0)
    // The experts say their own beside it, and a pass of other rows rounds otherwise.
    let beside = try model.breakdown(of: "word", to: "Say a word", category: "chat")
    expectClose([beside.reward], [base], 1e-5)
    #expect(beside.capabilities.count == 2)
    try model.install(aggregator: Self.aggregator(), normalization: .init(mean: 0.5, deviation: 1), at: 0)
    #expect(model.isComplete(category: "chat") && model.inner[0].normalization.mean == 0.5)
    #expect(try model.breakdown(of: "word", to: "Say a word", category: "chat").capabilities.count == 2)
    #expect(try model.score("word", to: "Say a word", category: "chat") != base)
  }

  @Test func aRuleKeepsTheAggregatorThatItStandsInPlaceOf() throws {
    let model = try TinyModel.model(backbone: ModelFixture.backbone("llama/llama.f32.gguf"))
    let ruled = try model.combiningExperts(by: .mean)
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("ruled.dmoerm")
      try ruled.write(to: url)
      let read = try RewardModel(
        contentsOf: url, backbone: model.backbone, options: ModelFixture.options(fastCompute), goldens: .all)
      let (found, expected) = (try read.combiningExperts(by: nil), model)
      #expect(
        try found.breakdowns(of: ["word", "no"], to: "Say a word", category: "code")
          == expected.breakdowns(of: ["word", "no"], to: "Say a word", category: "code"))
    }
  }

  /// What a bundle has not is drawn as for a new model, so that it can be trained.
  @Test func anUntrainedCategoryOfABundleStartsAsANewOne() throws {
    let model = try TinyModel.model(backbone: ModelFixture.backbone("llama/llama.f32.gguf")).untraining(1)
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("partly.dmoerm")
      try model.write(to: url)
      let read = try RewardModel(
        contentsOf: url, backbone: model.backbone, options: ModelFixture.options(fastCompute))
      let fresh = try TinyModel.untrained(backbone: model.backbone, seed: 0)
      #expect(!read.inner[1].isBaseTrained && read.inner[0].isMixing && read.inner[2].isBaseTrained)
      #expect(read.inner[1].base.parameters == fresh.inner[1].base.parameters)
      try editJSON(url.appendingPathComponent("dmoerm.json")) { fields in
        guard var categories = fields["categories"] as? [[String: Any]] else { return }
        categories[0]["isBaseTrained"] = false
        fields["categories"] = categories
      }
      for name in ["adapter_config.json", "adapter_model.safetensors"] {
        try FileManager.default.removeItem(at: url.appendingPathComponent("chat/base/\(name)"))
      }
      let error = #expect(throws: ModelError.self) {
        try RewardModel(contentsOf: url, backbone: model.backbone, options: ModelFixture.options(fastCompute))
      }
      if case .malformedBundle(_, let reason) = error {
        #expect(reason.contains("chat has experts or an aggregator, but no trained base"))
      } else {
        Issue.record("\(error as Any)")
      }
    }
  }

  /// A value head over the backbone as it is: what a published classifier is.
  @Test func aHeadWithoutAnAdapterIsAModelAndABundle() throws {
    let backbone = try ModelFixture.backbone("llama/llama.f32.gguf")
    let head = randomMatrix(1, backbone.configuration.hiddenSize, seed: 7)
    var model = try TinyModel.untrained(backbone: backbone) { $0.taxonomy = .single }
    let bare = Expert(adapter: LoRAAdapter(layerCount: backbone.configuration.layerCount), head: ValueHead(head))
    model.install(base: bare, normalization: nil, at: 0)
    let responses = ["word", "another word", "no"]
    let expected = try responses.map { response in
      let ids = try model.reader.encode("Say a word", responses: [response])
      let state = try backbone.hiddenState(ofLast: ids.prompt + ids.responses[0])
      return zip(state, head.elements).reduce(Float(0)) { $0 + $1.0 * $1.1 }
    }
    expectClose(try model.scores(responses, to: "Say a word"), expected, 1e-5)
    expectClose(try model.scores(responses, after: model.prepare("Say a word")), expected, 1e-5)
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("bare.dmoerm")
      try model.write(to: url)
      #expect(BundleFolder.files(in: url) == ["dmoerm.json", "general/base/head.safetensors"])
      let read = try RewardModel(
        contentsOf: url, backbone: backbone, options: ModelFixture.options(fastCompute), goldens: .all)
      #expect(try read.scores(responses, to: "Say a word") == model.scores(responses, to: "Say a word"))
      // Several of them are an ensemble, none of whose experts has an adapter.
      var other = model
      let second = randomMatrix(1, backbone.configuration.hiddenSize, seed: 8)
      other.install(base: Expert(adapter: bare.adapter, head: ValueHead(second)), normalization: nil, at: 0)
      let ensemble = try RewardModel(ensemble: [model, other], combination: .mean)
      let together = folder.appendingPathComponent("ensemble.dmoerm")
      try ensemble.write(to: together)
      #expect(BundleFolder.files(in: together).contains("general/member-2/head.safetensors"))
      let found = try RewardModel(
        contentsOf: together, backbone: backbone, options: ModelFixture.options(fastCompute), goldens: .all)
      let each = try [model, other].map { try $0.scores(responses, to: "Say a word") }
      expectClose(
        try found.scores(responses, to: "Say a word"), zip(each[0], each[1]).map { ($0 + $1) / 2 }, 1e-5)
      expectClose(
        try found.scores(responses, after: found.prepare("Say a word")), zip(each[0], each[1]).map { ($0 + $1) / 2 },
        1e-5)
    }
  }
}

extension Expert {
  fileprivate var parameters: [Matrix] {
    var copy = self
    var result: [Matrix] = []
    copy.visitParameters("") { result.append($1.value) }
    return result
  }
}
