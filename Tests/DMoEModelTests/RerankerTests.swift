import DMoECore
import DMoEData
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Qwen3's rerankers, which are language models: read through the text of their card, the reward is yes over no.
@Suite struct RerankerTests {
  private static let name = "tiny-Qwen3-Reranker"

  private static func model(_ url: URL, _ reading: ClassifierOptions = ClassifierOptions()) throws -> RewardModel {
    try RewardModel(classifier: url, reading: reading, options: ModelFixture.options(fastCompute))
  }

  /// The folder under another name, as long as `body` runs.
  private static func withCopy(_ body: (URL) throws -> Void) throws {
    let fixture = try ClassifierFixture(name)
    try withTemporaryFolder { scratch in
      let folder = scratch.appendingPathComponent("renamed")
      try FileManager.default.copyItem(at: fixture.url, to: folder)
      try body(folder)
    }
  }

  /// Ids and logits are what the card's own code makes with transformers; a system message is the instruction.
  @Test func aRerankerNeedsNoTelling() throws {
    let fixture = try ClassifierFixture(Self.name)
    let model = try Self.model(fixture.url)
    #expect(model.imported?.output == "yes over no" && model.configuration.template == .qwen3Reranker)
    for (candidate, text) in zip(try fixture.candidates(), fixture.expected.conversations) {
      let encoded = try model.reader.encode(candidate.conversation, responses: [candidate.response])
      #expect(encoded.prompt + encoded.responses[0] == text.ids)
    }
    try fixture.expectRewards(model, fixture.expected.rewards)
  }

  @Test func aRenamedRerankerIsKnownByItsCardOrByAskingForItsTemplate() throws {
    let fixture = try ClassifierFixture(Self.name)
    try Self.withCopy { folder in
      #expect(throws: ModelError.self) { try Self.model(folder) }
      let named = try #require(ConversationTemplate.named("qwen-3-reranker"))
      try fixture.expectRewards(
        try Self.model(folder, ClassifierOptions(template: named)), fixture.expected.rewards, "named")
      try Data("---\nlicense: apache-2.0\n---\n# Qwen3-Reranker-0.6B\n".utf8).write(
        to: folder.appendingPathComponent("README.md"))
      try fixture.expectRewards(try Self.model(folder), fixture.expected.rewards, "card")
      // The other way round it is another number, and a file of rules in the folder goes before the name.
      let no = try Self.model(folder, ClassifierOptions(output: .difference(of: "no", over: "yes")))
      try fixture.expectRewards(no, fixture.expected.rewards.map { -$0 }, "no over yes")
      try JSONEncoder().encode(ConversationTemplate.chatML).write(
        to: folder.appendingPathComponent(ConversationTemplate.fileName))
      #expect(throws: ModelError.self) { try Self.model(folder) }
    }
  }

  @Test func anEarlierAnswerHasNoPlaceInItsText() throws {
    let model = try Self.model(ClassifierFixture(Self.name).url)
    let turns = [
      Message(role: .user, content: "a"), Message(role: .assistant, content: "b"), Message(role: .user, content: "c"),
    ]
    #expect(throws: TokenizerError.self) { try model.score("d", to: Conversation(turns)) }
  }

  /// llama.cpp's converter writes the same text into files of rerankers: by it they are known again.
  @Test func aRerankerIsWrittenForLlamaCPPAndReadAgain() throws {
    let fixture = try ClassifierFixture(Self.name)
    let model = try Self.model(fixture.url)
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("reranker.gguf")
      try model.export(to: url, format: .gguf())
      let read = try Self.model(url)
      #expect(read.configuration.template == .qwen3Reranker && read.imported?.head == ["cls.output.weight"])
      try fixture.expectRewards(read, fixture.expected.rewards, "written")
    }
  }
}
