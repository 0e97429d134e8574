import DMoECore
import DMoEData
import Foundation
import Testing
import _TestSupport

@_spi(Command) @testable import DMoEModel

/// Models written as GGUF: read again they give the same rewards. `Scripts/checks/export-in-llama-cpp` scores such files with
/// llama.cpp.
@Suite struct GGUFExportTests {
  private static func read(_ url: URL, _ template: ConversationTemplate? = nil) throws -> RewardModel {
    try RewardModel(
      classifier: url, reading: ClassifierOptions(template: template), options: ModelFixture.options(fastCompute))
  }

  @Test(arguments: ["llama", "qwen2", "llama/llama.f32.gguf", "qwen2/qwen2.f32.gguf"])
  func aTrainedModelGivesTheSameRewardsFromItsFile(path: String) throws {
    let model = try ExportedModel.trained(path)
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("reward.gguf")
      let report = try model.export(to: url, format: .gguf())
      #expect(report.losses == [] && report.url == url && report.paddingID == nil)
      let read = try Self.read(url, model.configuration.template)
      expectClose(
        try read.scores(ExportedModel.responses, to: "Say a word"),
        try model.scores(ExportedModel.responses, to: "Say a word"), 1e-5,
        path)
      let file = try GGUFFile(contentsOf: url)
      let architecture = try file.string("general.architecture")
      // llama.cpp opens no file of these families that has a tensor for a head.
      #expect(!file.names.contains { $0.hasPrefix("cls") } && !file.names.contains("output.weight"))
      #expect(try file.integer(architecture + ".pooling_type") == 4 && file.string("general.name") == "reward")
      #expect(try !file.bool("tokenizer.ggml.add_bos_token"))
      for text in ["Is the user in there?", "<|im_start|>user\n1234  12<|im_end|>\n", "你好"] {
        #expect(read.reader.tokenizer.encode(text) == model.reader.tokenizer.encode(text))
      }
    }
  }

  /// What is published is written, in its own template, with what llama-server puts a prompt and a response into.
  @Test(arguments: ClassifierFixture.names)
  func whatWasImportedGivesTheSameRewards(name: String) throws {
    let fixture = try ClassifierFixture(name)
    let model = try RewardModel(classifier: fixture.url, options: ModelFixture.options(fastCompute))
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("reward.gguf")
      let report = try model.export(to: url, format: .gguf())
      let read = try Self.read(url)
      try fixture.expectRewards(read, fixture.expected.rewards, "written")
      #expect(read.configuration.template == model.configuration.template)
      let file = try GGUFFile(contentsOf: url)
      let text = try file.string("tokenizer.chat_template.rerank")
        .replacingOccurrences(of: "{query}", with: "Why?").replacingOccurrences(of: "{document}", with: "So.")
      let encoded = try model.reader.encode(Conversation(prompt: "Why?"), responses: ["So."])
      #expect(read.reader.tokenizer.encode(text) == encoded.prompt + encoded.responses[0])
      // llama.cpp takes a softmax of what Qwen3's head gives, so that it gets two rows.
      #expect(report.losses.contains { $0.contains("ln(p / (1 - p)) is the reward") } == (name == "qwen3"))
      if name == "qwen3" {
        #expect(try file.strings("qwen3.classifier.output_labels") == ["yes", "no"])
        #expect(try file.tensor(named: "cls.output.weight").shape == [2, 16])
      }
    }
  }

  /// A text that ends in the padding token is read before it: llama.cpp, which does not look, is not given it.
  @Test func paddingThatEndsATextIsLeftOut() throws {
    let fixture = try ClassifierFixture("llama")
    try fixture.withFolder(try fixture.variant("pad-is-the-end")) { folder in
      let model = try RewardModel(classifier: folder, options: ModelFixture.options(fastCompute))
      let url = folder.deletingLastPathComponent().appendingPathComponent("reward.gguf")
      let report = try model.export(to: url, format: .gguf())
      // Llama 3's template trims contents besides.
      #expect(report.losses.count == 2 && report.losses[1].contains("<|eot_id|>"), "\(report.losses)")
      #expect(report.losses[0].contains("blanks at their ends"))
      let text = try GGUFFile(contentsOf: url).string("tokenizer.chat_template.rerank")
      #expect(text.hasSuffix("{document}"))
    }
  }

  /// Within what the digits of each leave of a sum over 32 random numbers.
  @Test(arguments: [
    (ExportFormat.Numbers.float16, WeightFormat.f16, 2e-3), (.bfloat16, .bf16, 2e-2), (.eightBits, .q8_0, 5e-2),
  ])
  func numbersMayBeSmaller(numbers: ExportFormat.Numbers, format: WeightFormat, tolerance: Double) throws {
    let model = try ExportedModel.trained("llama")
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("reward.gguf")
      try model.export(to: url, format: .gguf(numbers))
      let file = try GGUFFile(contentsOf: url)
      #expect(file.format(of: "blk.0.attn_q.weight") == format && file.format(of: "output_norm.weight") == .f32)
      let read = try Self.read(url, model.configuration.template)
      expectClose(
        try read.scores(ExportedModel.responses, to: "Say a word"),
        try model.scores(ExportedModel.responses, to: "Say a word"),
        tolerance, numbers.rawValue)
    }
  }

  /// Rows that are no whole blocks are written in f16, as llama.cpp's converter does.
  @Test func rowsThatAreNoBlocksKeepMoreBits() throws {
    let fixture = try ClassifierFixture("qwen2")
    let model = try RewardModel(classifier: fixture.url, options: ModelFixture.options(fastCompute))
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("reward.gguf")
      try model.export(to: url, format: .gguf(.eightBits))
      #expect(try GGUFFile(contentsOf: url).format(of: "blk.0.attn_q.weight") == .f16)
    }
  }

  @Test func depthAndScaleOfRewardsAreWritten() throws {
    var model = try ExportedModel.trained("llama") { $0.depth = 2 }
    model.inner[0].normalization = RewardNormalization(mean: 0.5, deviation: 0.25)
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("reward.gguf")
      let report = try model.export(to: url, format: .gguf())
      #expect(report.losses.count == 1 && report.losses[0].contains("greater by 2.0"))
      let read = try Self.read(url, model.configuration.template)
      #expect(read.backbone.configuration.layerCount == 2)
      expectClose(
        try read.scores(ExportedModel.responses, to: "Say a word").map { $0 - 2 },
        try model.scores(ExportedModel.responses, to: "Say a word"), 1e-5)
    }
  }

  /// llama.cpp can rank by the mean of all states, which no classifier of transformers reads.
  @Test(arguments: ["llama", "qwen2"])
  func aMeanOfAllTokensIsWritten(path: String) throws {
    let model = try ExportedModel.trained(path) { $0.pooling = .mean }
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("reward.gguf")
      #expect(try model.export(to: url, format: .gguf()).losses == [])
      let read = try Self.read(url, model.configuration.template)
      #expect(read.configuration.pooling == .mean)
      expectClose(
        try read.scores(ExportedModel.responses, to: "Say a word"),
        try model.scores(ExportedModel.responses, to: "Say a word"), 1e-5)
      let both = try ExportedModel.trained(path) { $0.pooling = .lastAndMean }
      #expect(throws: ModelError.self) { try both.export(to: url, format: .gguf()) }
    }
  }

  /// Every family that llama.cpp has no head for: the first channel of the state is what the head gives of it, with an adapter on
  /// every layer.
  @Test(arguments: [
    "llama2", "llama-linear-rope", "llama3-rope", "mistral", "phi3", "smollm3", "llama2/llama2.f32.gguf",
    "mistral/mistral.f32.gguf", "phi3/phi3.f32.gguf", "smollm3/smollm3.f32.gguf",
  ])
  func theFirstChannelIsTheRewardInEveryFamily(path: String) throws {
    var backbone = try ModelFixture.backbone(path, fastCompute)
    var numbers = backbone.configuration
    if numbers.architecture == "smollm3" {
      // llama.cpp has no such biases for it; published ones have none.
      for layer in backbone.layers.indices {
        for projection in [Projection.output, .gate, .up, .down] { backbone.layers[layer][projection].bias = nil }
      }
      (numbers.hasOutputBias, numbers.hasFeedForwardBias) = (false, false)
    }
    let adapter = TinyModel.adapter(numbers, seed: 5)
    let head = randomMatrix(1, numbers.hiddenSize, seed: 6)
    let architecture = try GGUFArchitecture(numbers, depth: numbers.layerCount)
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("states.gguf")
      try GGUFWriter.write(
        metadata: [("general.architecture", .string(architecture.name))] + architecture.metadata,
        tensors: GGUFTensors(
          backbone, adapter, depth: numbers.layerCount, architecture: architecture, head: head, numbers: .float32,
          fastCompute
        ).all, to: url)
      let read = try Backbone(contentsOf: url, options: ModelFixture.options(fastCompute))
      // Phi-3's long texts, which the window of this one is too short for.
      for (found, expected) in zip(read.configuration.layers, numbers.layers) {
        #expect(found.rotary?.long?.originalContext == expected.rotary?.long?.originalContext)
        guard let found = found.rotary?.long?.scaling, let rotary = expected.rotary, let expected = rotary.long?.scaling
        else {
          continue
        }
        func frequencies(_ scaling: RotaryScaling) -> [Float] {
          scaling.inverseFrequencies(theta: rotary.theta, size: rotary.size).map { Float($0) }
        }
        expectClose(frequencies(found), frequencies(expected), 1e-6, path)
        #expect(Float(found.magnitude) == Float(expected.magnitude))
      }
      for ids: [Int32] in [
        [3, 1, 4, 1], [2, 7, 1, 8, 2, 8, 1, 8, 2, 8].prefix(read.configuration.contextLength).map { $0 },
      ] {
        let state = try backbone.hiddenState(
          ofLast: ids, adapter: adapter, options: ModelFixture.options(fastCompute))
        let expected = zip(state, head.elements).reduce(Float(0)) { $0 + $1.0 * $1.1 }
        let found = try read.hiddenState(ofLast: ids, options: ModelFixture.options(fastCompute))[0]
        expectClose([found], [expected], 1e-5, relativeTo: 4, path)
      }
    }
  }

  @Test(arguments: [
    ("gemma3", "no head for gemma3"), ("llama-gelu", "no other function than silu"),
    ("llama-yarn", "YaRN without rounding"), ("smollm3-window", "turns queries and keys of other layers"),
    ("smollm3", "no biases of output and feed-forward layers"),
  ])
  func whatLlamaCPPComputesOtherwiseIsRefused(path: String, reason: String) throws {
    let numbers = try ModelFixture.backbone(path, fastCompute).configuration
    #expect {
      try GGUFArchitecture(numbers, depth: numbers.layerCount)
    } throws: { error in
      if case ModelError.inexpressible(let found) = error { found.contains(reason) } else { false }
    }
  }

  @Test func windowsBoundTheContext() throws {
    for path in ["mistral", "qwen2-window"] {
      let numbers = try ModelFixture.backbone(path, fastCompute).configuration
      let window = try #require(numbers.layers.compactMap(\.window).min())
      let architecture = try GGUFArchitecture(numbers, depth: numbers.layerCount)
      #expect(architecture.losses.count == 1 && architecture.losses[0].contains("\(window) tokens"))
      #expect(
        architecture.metadata.contains { $0.key.hasSuffix("context_length") && $0.value == .uint32(UInt32(window)) })
    }
  }

  /// llama.cpp chooses Phi-3's factors by the context that it is asked for, and we by each text.
  @Test func whatBecomesOfLongTextsIsSaid() throws {
    var numbers = try ModelFixture.backbone("phi3", fastCompute).configuration
    let original = try #require(numbers.layers[0].rotary?.long?.originalContext)
    #expect(numbers.contextLength > original)
    for layer in numbers.layers.indices { numbers.layers[layer].window = nil }
    let whole = try GGUFArchitecture(numbers, depth: numbers.layerCount)
    #expect(whole.losses.count == 1 && whole.losses[0].contains("\(original) tokens"), "\(whole.losses)")
    // The window is shorter than the original context, and with it no text is a long one.
    let bounded = try ModelFixture.backbone("phi3", fastCompute).configuration
    let losses = try GGUFArchitecture(bounded, depth: bounded.layerCount).losses
    #expect(losses.count == 1 && losses[0].contains("windows"), "\(losses)")
  }

  /// What a file is said to cut texts by is what readers of that name cut by.
  @Test func theNameOfATokenizersRulesMeansThoseRules() {
    for rules in PreTokenizer.allCases {
      for ignoresMerges in [false, true] {
        guard let name = rules.ggufName(ignoringMerges: ignoresMerges) else { continue }
        let read = PreTokenizer.ggufNames[name]
        #expect(read?.rules == rules && read?.ignoresMerges == ignoresMerges, "\(name)")
      }
    }
  }

  /// A file whose pooling is rank and that has no head: llama.cpp gives the first channel of the last token's state.
  @Test func aFileWithoutAHeadIsReadAsLlamaCPPReadsIt() throws {
    let model = try ExportedModel.trained("llama")
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("reward.gguf")
      try model.export(to: url, format: .gguf())
      let facts = try Backbone(contentsOf: url).facts()
      #expect(facts.reward?.contains("first channel") == true && facts.head == [])
      #expect(throws: ModelError.self) {
        try RewardModel(
          classifier: url,
          reading: ClassifierOptions(template: model.configuration.template, output: .difference(of: "a", over: "b")))
      }
    }
  }
}
