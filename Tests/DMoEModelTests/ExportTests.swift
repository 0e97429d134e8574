import DMoECore
import DMoEData
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Models written as transformers' classifiers: read again they give the same rewards.
/// `Scripts/fixtures/check_exported_classifier.py` opens such folders with transformers.
@Suite struct ExportTests {
  private static func expectSame(_ model: RewardModel, read folder: URL, shift: Float = 0) throws {
    let read = try RewardModel(
      classifier: folder, reading: ClassifierOptions(template: model.configuration.template),
      options: ModelFixture.options(fastCompute))
    expectClose(
      try read.scores(ExportedModel.responses, to: "Say a word").map { $0 - shift },
      try model.scores(ExportedModel.responses, to: "Say a word"), 1e-5, folder.lastPathComponent)
  }

  /// Llama 3.2's template asks for today's date where none is set: the rewards of an exported model would change daily.
  @Test func aTemplateThatAsksForTheDateIsWrittenWithOne() throws {
    let asking = "{{- bos_token }}{%- if not date_string is defined %}{{- strftime_now('%d %b %Y') }}{%- endif %}"
    let frozen = FrozenDate.jinja(asking)
    #expect(frozen == #"{%- set date_string = "26 Jul 2024" -%}"# + asking)
    #expect(FrozenDate.jinja(frozen) == frozen && FrozenDate.published(frozen) == asking)
    #expect(FrozenDate.jinja("{{ bos_token }}") == "{{ bos_token }}")
    let list = FrozenDate.template([["name": "default", "template": asking], ["name": "rag", "template": "x"]])
    #expect((list as? [[String: String]])?.map(\.["template"]) == [frozen, "x"])
  }

  @Test(arguments: ["llama", "qwen2", "llama/llama.f32.gguf", "qwen2/qwen2.f32.gguf"])
  func aTrainedModelIsAClassifierWithTheSameRewards(path: String) throws {
    let model = try ExportedModel.trained(path)
    try withTemporaryFolder { scratch in
      let folder = scratch.appendingPathComponent("classifier")
      let report = try model.export(to: folder)
      #expect(report.losses == [] && report.paddingID == model.reader.tokenizer.padID)
      try Self.expectSame(model, read: folder)
      let fields = try #require(
        JSONSerialization.jsonObject(with: Data(contentsOf: folder.appendingPathComponent("config.json")))
          as? [String: Any])
      #expect((fields["architectures"] as? [String])?.first?.hasSuffix("ForSequenceClassification") == true)
      #expect(fields["num_labels"] as? Int == 1 && fields["problem_type"] as? String == "regression")
      // The tokenizer that was written gives the same ids.
      let tokenizer = try Tokenizer(tokenizerJSON: folder.appendingPathComponent("tokenizer.json"))
      for text in ["Is the user in there?", "<|im_start|>user\n1234  12<|im_end|>\n", "你好"] {
        #expect(tokenizer.encode(text) == model.reader.tokenizer.encode(text))
      }
      // `tokenizers` gives an added token that the vocabulary lacks another id than the file says.
      let file = try Data(contentsOf: folder.appendingPathComponent("tokenizer.json"))
      let members = try #require(JSONSerialization.jsonObject(with: file) as? [String: Any])
      let vocabulary = try #require((members["model"] as? [String: Any])?["vocab"] as? [String: Int])
      for token in ["<|im_start|>", "<|im_end|>", "<|endoftext|>"] {
        #expect(vocabulary[token] == model.reader.tokenizer.tokenID(of: token).map { Int($0) })
      }
    }
  }

  /// A folder that is half written would look like a model, and stand in the way of the same command.
  @Test func whatCannotBeWrittenWholeIsNotThere() throws {
    try withTemporaryFolder { scratch in
      let source = scratch.appendingPathComponent("source")
      try FileManager.default.copyItem(at: ModelFixture.folder.url("llama"), to: source)
      let model = try RewardModel.randomized(
        configuration: TinyModel.configuration { $0.taxonomy = .single },
        backbone: Backbone(contentsOf: source, options: ModelFixture.options(fastCompute)), seed: 3,
        options: ModelFixture.options(fastCompute))
      // Read after the first files are written.
      try Data("{".utf8).write(to: source.appendingPathComponent("tokenizer_config.json"))
      #expect(throws: (any Error).self) { try model.export(to: scratch.appendingPathComponent("classifier")) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["source"])
    }
  }

  @Test func depthAndScaleOfRewardsAreWritten() throws {
    var model = try ExportedModel.trained("llama") { $0.depth = 2 }
    model.inner[0].normalization = RewardNormalization(mean: 0.5, deviation: 0.25)
    try withTemporaryFolder { scratch in
      let folder = scratch.appendingPathComponent("classifier")
      let report = try model.export(to: folder)
      #expect(report.losses.count == 1 && report.losses[0].contains("greater by 2.0"))
      try Self.expectSame(model, read: folder, shift: 2)
    }
  }

  @Test func whatAClassifierCannotHoldIsRefusedByName() throws {
    func reason(_ model: RewardModel, category: String? = nil) -> String {
      do {
        try withTemporaryFolder { try model.export(to: $0.appendingPathComponent("out"), category: category) }
        return "written"
      } catch ModelError.inexpressible(let reason) { return reason } catch { return "\(error)" }
    }
    let whole = try TinyModel.model()
    #expect(reason(whole).contains("3 categories and a router"))
    #expect(reason(whole, category: "chat").contains("2 experts ("))
    #expect(reason(whole.usingBasesOnly(), category: "chat") == "written")
    #expect(reason(try ExportedModel.trained("llama") { $0.pooling = .mean }).contains("mean of all tokens"))
    #expect(reason(try ExportedModel.trained("llama") { $0.lowerDepths = [1] }).contains("after layers 1"))
  }

  @Test(arguments: ClassifierFixture.names)
  func whatWasImportedIsWrittenAsItWas(name: String) throws {
    let fixture = try ClassifierFixture(name)
    let model = try RewardModel(classifier: fixture.url, options: ModelFixture.options(fastCompute))
    try withTemporaryFolder { scratch in
      let folder = scratch.appendingPathComponent("classifier")
      let report = try model.export(to: folder)
      #expect(report.losses == [] && report.paddingID == model.configuration.paddingID)
      let read = try RewardModel(classifier: folder, options: ModelFixture.options(fastCompute))
      #expect(read.configuration == model.configuration)
      try fixture.expectRewards(read, fixture.expected.rewards, "written")
    }
  }

  @Test func aFolderThatHoldsSomethingIsNotWrittenInto() throws {
    let model = try ExportedModel.trained("llama")
    try withTemporaryFolder { folder in
      try Data().write(to: folder.appendingPathComponent("mine.txt"))
      #expect(throws: CoreError.self) { try model.export(to: folder) }
    }
  }
}
