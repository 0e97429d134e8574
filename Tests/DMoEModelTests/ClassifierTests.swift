import DMoECore
import DMoEData
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Published reward models against transformers: what is read must give its rewards, to 1e-5 in f32.
@Suite struct ClassifierTests {
  private static func model(
    _ url: URL, _ fixture: ClassifierFixture, _ edit: (inout ClassifierOptions) -> Void = { _ in }
  ) throws -> RewardModel {
    var options = ClassifierOptions()
    edit(&options)
    return try RewardModel(classifier: url, reading: options, options: ModelFixture.options(fastCompute))
  }

  private static func refusal(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch ModelError.unsupportedRewardModel(_, let reason) { return reason } catch {
      return "another error: \(error)"
    }
  }

  @Test(arguments: ClassifierFixture.names)
  func rewardsAreThoseOfTransformers(name: String) throws {
    let fixture = try ClassifierFixture(name)
    let model = try Self.model(fixture.url, fixture)
    try fixture.expectRewards(model, fixture.expected.rewards)
    try Self.expectIDs(model, fixture, fixture.expected.conversations.map(\.ids))
    #expect(model.trainedCategories == ["general"])
  }

  /// The model's ids of every conversation, with one BOS where the template has one, are those of `apply_chat_template`.
  private static func expectIDs(
    _ model: RewardModel, _ fixture: ClassifierFixture, _ ids: [[Int32]],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for (candidate, expected) in zip(try fixture.candidates(), ids) {
      let encoded = try model.reader.encode(candidate.conversation, responses: [candidate.response])
      #expect(encoded.prompt + encoded.responses[0] == expected, sourceLocation: sourceLocation)
    }
  }

  /// Dates in a header, a default system message, an empty think block: what the template says is read.
  @Test(arguments: ["llama", "qwen2", "qwen3"])
  func rewardsThroughPublishedTemplatesAreThoseOfTransformers(name: String) throws {
    let fixture = try ClassifierFixture(name)
    #expect(!fixture.expected.templates.isEmpty)
    for own in fixture.expected.templates {
      let template = try #require(ConversationTemplate.named(own.name))
      let model = try Self.model(fixture.url, fixture) { $0.template = template }
      try Self.expectIDs(model, fixture, own.ids)
      try fixture.expectRewards(model, own.rewards, own.name)
    }
  }

  @Test func aTemplateThatIsNotKnownIsAnError() throws {
    let fixture = try ClassifierFixture("llama")
    try fixture.withFolder { folder in
      let file = folder.appendingPathComponent("tokenizer_config.json")
      let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
      try Data(text.replacingOccurrences(of: "<|eot_id|>' %}", with: "<|eot_id|>?' %}").utf8).write(to: file)
      #expect(throws: TokenizerError.self) { try Self.model(folder, fixture) }
      _ = try Self.model(folder, fixture) { $0.template = .llama3 }
    }
  }

  /// Right-most token that is not padding, whatever it is: transformers' `GenericForSequenceClassification`.
  @Test(arguments: ClassifierFixture.names, ["pad-is-the-end", "pad-is-in-the-text", "pad-is-missing"])
  func theRewardIsReadAtTheLastTokenThatIsNotPadding(name: String, variant: String) throws {
    let fixture = try ClassifierFixture(name)
    let own = try fixture.variant(variant)
    try fixture.withFolder(own) { folder in
      let model = try Self.model(folder, fixture)
      try fixture.expectRewards(model, own.logits.map { $0[0] }, variant)
      // A prepared prompt goes the same way.
      let first = try fixture.candidates()[0]
      let after = try model.score(first.response, after: model.prepare(first.conversation))
      // Held to the greatest reward, as all rewards here are: this one may lie near 0.
      let greatest = own.logits.map { Double(abs($0[0])) }.max() ?? 1
      expectClose([after], [own.logits[0][0]], 1e-5, relativeTo: greatest, "prepared")
    }
  }

  @Test func aBundleKeepsAnImportedModel() throws {
    let fixture = try ClassifierFixture("llama")
    let own = try fixture.variant("pad-is-the-end")
    try fixture.withFolder(own) { folder in
      let model = try Self.model(folder, fixture)
      let bundle = folder.deletingLastPathComponent().appendingPathComponent("my.dmoerm")
      try model.write(to: bundle)
      // No backbone is named: it is found where it was when it was imported, and here beside the bundle.
      let read = try RewardModel(contentsOf: bundle, options: ModelFixture.options(fastCompute), goldens: .all)
      #expect(read.imported == model.imported && read.configuration == model.configuration)
      #expect(try read.scores(of: fixture.candidates()) == model.scores(of: fixture.candidates()))
    }
  }

  @Test func ofSeveralOutputsItMustBeSaidWhich() throws {
    let fixture = try ClassifierFixture("llama")
    let own = try fixture.variant("three-labels")
    try fixture.withFolder(own) { folder in
      let reason = Self.refusal { _ = try Self.model(folder, fixture) }
      #expect(reason?.contains("3 outputs (helpful, harmless, honest)") == true, "\(reason ?? "none")")
      for (place, label) in ["helpful", "harmless", "honest"].enumerated() {
        let model = try Self.model(folder, fixture) { $0.output = .label(label) }
        try fixture.expectRewards(model, own.logits.map { $0[place] }, label)
        #expect(model.imported?.output == label)
      }
      let difference = try Self.model(folder, fixture) { $0.output = .difference(of: "helpful", over: "honest") }
      try fixture.expectRewards(difference, own.logits.map { $0[0] - $0[2] }, "difference")
      // Numbers are those of rows, in a difference as alone.
      let numbered = try Self.model(folder, fixture) { $0.output = .difference(of: "0", over: "honest") }
      try fixture.expectRewards(numbered, own.logits.map { $0[0] - $0[2] }, "numbered")
      #expect(numbered.imported?.output == "helpful over honest")
      for output in [
        ClassifierOptions.Output.label("kind"), .label("3"), .index(3), .difference(of: "2", over: "honest"),
      ] {
        #expect(Self.refusal { _ = try Self.model(folder, fixture) { $0.output = output } } != nil, "\(output)")
      }
    }
  }

  /// config.json's labels, `num_labels` alone, and neither, which transformers takes for two outputs.
  @Test(arguments: ClassifierFixture.names)
  func theNumberOfOutputsMayBeSaidInThreeWays(name: String) throws {
    let fixture = try ClassifierFixture(name)
    for variant in ["one-label-by-name", "number-of-labels-alone"] {
      let own = try fixture.variant(variant)
      try fixture.withFolder(own) { folder in
        try fixture.expectRewards(try Self.model(folder, fixture), own.logits.map { $0[0] }, variant)
      }
    }
    let missing = try fixture.variant("labels-are-missing")
    try fixture.withFolder(missing) { folder in
      let reason = Self.refusal { _ = try Self.model(folder, fixture) }
      #expect(reason?.contains("2 outputs (LABEL_0, LABEL_1)") == true, "\(reason ?? "none")")
      let second = try Self.model(folder, fixture) { $0.output = .index(1) }
      try fixture.expectRewards(second, missing.logits.map { $0[1] }, "second")
    }
    // A head of one row is one output, though nothing says so.
    try fixture.withFolder(config: #"{"id2label": null, "label2id": null}"#) { folder in
      try fixture.expectRewards(try Self.model(folder, fixture), fixture.expected.rewards, "one row")
    }
  }

  /// The tokenizer's padding, as TRL and RewardBench put it in config.json's place, and any other token.
  @Test func thePaddingMayBeAnotherThanTheConfigurationSays() throws {
    let fixture = try ClassifierFixture("llama")
    let own = try fixture.variant("pad-is-the-end")
    let end = try Self.model(fixture.url, fixture) { $0.padding = .token("<|eot_id|>") }
    try fixture.expectRewards(end, own.logits.map { $0[0] }, "token")
    #expect(end.imported?.padding.contains("<|eot_id|>") == true)
    try fixture.withFolder(own) { folder in
      let tokenizer = try Self.model(folder, fixture) { $0.padding = .tokenizer }
      try fixture.expectRewards(tokenizer, fixture.expected.rewards, "tokenizer")
      let none = try Self.model(folder, fixture) { $0.padding = .none }
      try fixture.expectRewards(none, fixture.expected.rewards, "none")
    }
  }

  @Test func headsOfOpenRLHFAreReadAtTheLastToken() throws {
    let fixture = try ClassifierFixture("llama")
    let own = try fixture.variant("openrlhf")
    try fixture.withFolder(own) { folder in
      let model = try Self.model(folder, fixture)
      try fixture.expectRewards(model, own.logits.map { $0[0] }, "raw")
      #expect(model.imported?.statistics == RewardNormalization(mean: -2.58, deviation: 3.02))
      let normal = try Self.model(folder, fixture) { $0.normalizesRewards = true }
      try fixture.expectRewards(normal, own.logits.map { ($0[0] + 2.58) / 3.02 }, "normalized")
    }
    // Under another name, which config.json says.
    let head = try #require(own.heads["value_head.weight"])
    let config =
      #"{"architectures": ["RewardModel"], "value_head_prefix": "critic", "id2label": null, "pad_token_id": null}"#
    try fixture.withFolder(config: config, heads: ["critic.weight": head]) { folder in
      try fixture.expectRewards(try Self.model(folder, fixture), own.logits.map { $0[0] }, "named")
    }
  }

  @Test func aGateWeighsObjectivesByThePrompt() throws {
    let fixture = try ClassifierFixture("llama")
    let own = try fixture.variant("gated")
    let objectives = try #require(own.objectives)
    try fixture.withFolder(own) { folder in
      let model = try Self.model(folder, fixture)
      try fixture.expectRewards(model, own.logits.map { $0[0] }, "gated")
      for (candidate, expected) in zip(try fixture.candidates(), objectives) {
        let found = try model.breakdown(of: candidate.response, to: candidate.conversation)
        expectClose(found.capabilities.map(\.reward), expected, 1e-5, "objectives")
        #expect(found.capabilities.map(\.point) == (1...5).map { "objective-\($0)" })
        // A prepared prompt goes the same way, and so do many responses to one prompt.
        let prepared = try model.prepare(candidate.conversation)
        expectClose([try model.score(candidate.response, after: prepared)], [found.reward], 1e-5, "prepared")
      }
      let bundle = folder.deletingLastPathComponent().appendingPathComponent("gated.dmoerm")
      try model.write(to: bundle)
      let read = try RewardModel(contentsOf: bundle, options: ModelFixture.options(fastCompute), goldens: .all)
      #expect(try read.scores(of: fixture.candidates()) == model.scores(of: fixture.candidates()))
      // What the gate gives where every objective counts alike.
      let scale = try #require(own.heads["gating.logit_scale"]).values[0]
      let transform = try #require(own.heads["reward_transform_matrix"]).values
      let mean = objectives.map { rewards in
        (0..<25).reduce(Float(0)) { $0 + scale / 5 * rewards[$1 / 5] * transform[$1] }
      }
      try fixture.expectRewards(model.usingBasesOnly(), mean, "alike")
    }
  }

  /// A reranker: one token's logit less another's, where the head is the embedding.
  @Test func aLanguageModelsRewardIsADifferenceOfLogits() throws {
    let fixture = try ClassifierFixture("qwen3")
    let own = try fixture.variant("language-model")
    try fixture.withFolder(own) { folder in
      let model = try Self.model(folder, fixture) { $0.output = .difference(of: "y", over: "n") }
      try fixture.expectRewards(model, own.logits.map { $0[0] }, "logits")
      #expect(model.imported?.output == "y over n")
    }
    // Converted to a classifier of two labels, it needs no telling.
    let three = try fixture.variant("three-labels")
    let rows = try #require(three.heads["score.weight"])
    let two = ClassifierFixture.Expected.Tensor(shape: [2, 16], values: Array(rows.values.prefix(32)))
    try fixture.withFolder(config: #"{"id2label": {"0": "no", "1": "yes"}}"#, heads: ["score.weight": two]) { folder in
      try fixture.expectRewards(try Self.model(folder, fixture), three.logits.map { $0[1] - $0[0] }, "yes over no")
    }
  }

  /// llama.cpp's rank models: one output, or a reranker's yes over its no.
  @Test func headsInGGUFAreRead() throws {
    let llama = try ClassifierFixture("llama")
    let one = try Self.model(llama.url.appendingPathComponent("rank.gguf"), llama)
    try llama.expectRewards(one, llama.expected.rewards, "one output")
    #expect(one.imported?.head == ["cls.output.weight"] && one.configuration.paddingID == nil)
    let qwen3 = try ClassifierFixture("qwen3")
    let three = try qwen3.variant("three-labels")
    let reranker = try Self.model(qwen3.url.appendingPathComponent("rank.gguf"), qwen3)
    try qwen3.expectRewards(reranker, three.logits.map { $0[0] - $0[1] }, "yes over no")
    #expect(reranker.imported?.output == "yes over no")
  }

  // MARK: On top

  @Test func importedModelsOverOneBackboneMakeAnEnsemble() throws {
    let fixture = try ClassifierFixture("llama")
    let own = try fixture.variant("three-labels")
    try fixture.withFolder(own) { folder in
      let members = try ["helpful", "harmless", "honest"].map { label in
        try Self.model(folder, fixture) { $0.output = .label(label) }
      }
      let ensemble = try RewardModel(ensemble: members, combination: .worstCase)
      try fixture.expectRewards(ensemble, own.logits.map { $0.min() ?? 0 }, "least")
      let bundle = folder.deletingLastPathComponent().appendingPathComponent("three.dmoerm")
      try ensemble.write(to: bundle)
      let read = try RewardModel(contentsOf: bundle, options: ModelFixture.options(fastCompute), goldens: .all)
      #expect(try read.scores(of: fixture.candidates()) == ensemble.scores(of: fixture.candidates()))
    }
  }

  @Test func anImportedModelIsTheBaseOfEveryCategory() throws {
    let fixture = try ClassifierFixture("llama")
    let base = try Self.model(fixture.url, fixture)
    let taxonomy = Taxonomy.checked([
      TaskCategory(id: "chat", points: [CapabilityPoint(id: "empathy")]), TaskCategory(id: "code"),
    ])
    let model = try RewardModel(base: base, taxonomy: taxonomy, expert: LoRAConfiguration(rank: 2), seed: 1)
    #expect(model.keepsBases && model.trainedCategories == ["chat", "code"] && model.imported == base.imported)
    for category in ["chat", "code"] {
      expectClose(try model.scores(of: fixture.candidates(), category: category), fixture.expected.rewards, 1e-5)
    }
    #expect(throws: ModelError.self) {
      try RewardModel(base: model, taxonomy: taxonomy, expert: LoRAConfiguration(rank: 2), seed: 1)
    }
  }
}
