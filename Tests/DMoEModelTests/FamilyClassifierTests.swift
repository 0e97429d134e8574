import DMoEData
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Reward models of the other families against transformers: SentencePiece tokenizers, windows, Gemma's norms, fused
/// projections, long texts, layers without positions.
@Suite struct FamilyClassifierTests {
  static let names = ["llama2", "mistral", "gemma3", "phi3", "smollm3"]

  /// What a folder of Fixtures/classifiers says: its tokenizer and texts are those of other fixtures.
  struct Expected: Decodable {
    struct Added: Decodable {
      var content: String
      var rstrip: Bool
    }
    struct Text: Decodable {
      var conversation: Int
      var ids: [Int32]
      var reward: Float
    }
    var tokenizer: String
    var template: String
    var added: [Added]
    var texts: [Text]

    /// The texts with their responses.
    func candidates() throws -> [Candidate] {
      let conversations = try TemplateFixture.read().conversations
      return try texts.map { text in
        let turns = conversations[text.conversation]
        let messages = try turns.dropLast().map {
          Message(role: try #require(Message.Role(rawValue: $0.role)), content: $0.content)
        }
        return Candidate(conversation: try Conversation(messages), response: try #require(turns.last).content)
      }
    }
  }

  /// The model with its tokenizer, as long as `body` runs.
  static func withModel(
    _ name: String, maximumTokens: Int? = nil, _ body: (RewardModel, Expected) throws -> Void
  ) throws {
    try withTemporaryFolder { scratch in
      let folder = scratch.appendingPathComponent(name)
      try FileManager.default.copyItem(at: ClassifierFixture.root.url(name), to: folder)
      let expected = try JSONDecoder().decode(
        Expected.self, from: Data(contentsOf: folder.appendingPathComponent("expected.json")))
      let size = try TokenizerFixture.tokenizer(expected.tokenizer).vocabularySize
      let added = expected.added.enumerated().map { index, token in
        #"{"id":\#(size + index),"content":"\#(token.content)","single_word":false,"lstrip":false,"#
          + #""rstrip":\#(token.rstrip),"normalized":false,"special":true},"#
      }
      let start = #""added_tokens":["#
      // As text: JSONSerialization takes é and e with an accent for one key.
      try String(contentsOf: TokenizerFixture.url(expected.tokenizer), encoding: .utf8)
        .replacingOccurrences(of: start, with: start + added.joined())
        .write(to: folder.appendingPathComponent("tokenizer.json"), atomically: true, encoding: .utf8)
      let template = try #require(ConversationTemplate.named(expected.template))
      let model = try RewardModel(
        classifier: folder, reading: ClassifierOptions(template: template, maximumTokens: maximumTokens),
        options: ModelFixture.options(fastCompute))
      try body(model, expected)
    }
  }

  @Test(arguments: names) func rewardsAreThoseOfTransformers(name: String) throws {
    try Self.withModel(name) { model, expected in
      let candidates = try expected.candidates()
      for (candidate, text) in zip(candidates, expected.texts) {
        let encoded = try model.reader.encode(candidate.conversation, responses: [candidate.response])
        // Padding at the end is not read: Llama 2's end is its padding.
        var ids = text.ids
        while let last = ids.last, last == model.configuration.paddingID { ids.removeLast() }
        #expect(encoded.prompt + encoded.responses[0] == ids, "\(name), conversation \(text.conversation)")
      }
      expectClose(try model.scores(of: candidates), expected.texts.map(\.reward), 1e-5, name)
    }
  }

  @Test(arguments: names) func aBundleKeepsAModelOfEveryFamily(name: String) throws {
    try Self.withModel(name) { model, expected in
      try withTemporaryFolder { folder in
        let bundle = folder.appendingPathComponent("my.dmoerm")
        try model.write(to: bundle)
        let read = try RewardModel(contentsOf: bundle, options: ModelFixture.options(fastCompute), goldens: .all)
        #expect(try read.scores(of: expected.candidates()) == model.scores(of: expected.candidates()))
      }
    }
  }
}
