import DMoEData
import Foundation
import Testing

@testable @_spi(Command) import DMoEModel

/// Texts that templates wrote, read back into turns.
@Suite struct TemplatedTextTests {
  private static let user = "Why is the sky blue?\n\nBriefly."
  private static let answer = "Air scatters light: 1 < 2 [INST] not."

  /// A conversation as a template writes it; with a response, or with what asks for one.
  private static func text(
    _ template: ConversationTemplate, system: String? = nil, response: String?
  ) throws -> String {
    var turns: [(role: String, content: String)] = [("user", "Hi"), ("assistant", "Hello!"), ("user", user)]
    if let system { turns.insert(("system", system), at: 0) }
    var text = try template.promptText(turns: turns)
    if let response {
      text.append(try template.responseText(response))
    } else {
      text.append(markup: try template.responseFrame().prefix)
    }
    return text.text
  }

  private static let own = ConversationTemplate.chatML

  @Test(arguments: PublishedTemplate.allCases.map(\.rawValue)) func publishedTextsAreReadBack(name: String) throws {
    let template = try #require(ConversationTemplate.named(name))
    let plain = name.hasPrefix("qwen-3") ? "An answer." : "An answer without marks."
    let read = try Self.own.turns(of: try Self.text(template, response: plain))
    #expect(
      read.turns.dropLast().filter { $0.role != .system } == [.user("Hi"), .assistant("Hello!"), .user(Self.user)],
      "\(name)")
    #expect(read.turns.last?.role == .assistant && read.turns.last?.content.hasSuffix(plain) == true, "\(read)")
    #expect(!read.turns.contains { $0.role == .system }, "\(read.turns)")
    let asking = try Self.own.turns(of: try Self.text(template, response: nil))
    #expect(asking.asksForResponse && asking.turns.last == .user(Self.user), "\(name): \(asking)")
  }

  @Test(arguments: ["chatml", "llama-3", "zephyr", "llama-2", "qwen-2.5"]) func systemMessagesAreReadBack(name: String)
    throws
  {
    let template = try #require(ConversationTemplate.named(name))
    let read = try Self.own.turns(of: try Self.text(template, system: "Be kind.", response: "Yes."))
    #expect(read.turns.first == .system("Be kind.") && read.turns.count == 5, "\(name): \(read)")
  }

  @Test func whatTheOwnTemplateReadsIsTheSameConversation() throws {
    let tokenizer = try #require(try ModelFixture.backbone("llama").tokenizer)
    let turns: [Message] = [.system("Be kind."), .user("Hello"), .assistant("Hi."), .user(Self.user)]
    let roles = turns.map { (role: $0.role.rawValue, content: $0.content) }
    let ids = try Self.own.promptIDs(turns: roles, tokenizer: tokenizer)
    let read = try Self.own.turns(of: tokenizer.decode(ids))
    #expect(read.turns == turns && read.asksForResponse && read.template == Self.own.name && read.sequenceStarts == 0)
  }

  /// What one family's template says by itself is somebody's message in another's.
  @Test func aSystemMessageThatAnotherFamilyWritesByItselfIsKept() throws {
    let llama = try #require(ConversationTemplate.named("llama-3"))
    let system = "You are a helpful assistant."
    let read = try Self.own.turns(of: try Self.text(llama, system: system, response: "Yes."))
    #expect(read.turns.first == .system(system) && read.turns.count == 5, "\(read)")
  }

  @Test func wordsInTheMidstOfALineOpenNoTurn() throws {
    let plain = ConversationTemplate.plain(endToken: "<|endoftext|>")
    #expect(throws: TemplatedText.Refusal.noTurns) { try plain.turns(of: "What does a User: field mean?") }
    let turns: [(role: String, content: String)] = [
      ("system", "Be kind."), ("user", "What is User: for?"), ("assistant", "For names."), ("user", "Why?"),
    ]
    let read = try plain.turns(of: try plain.promptText(turns: turns).text)
    #expect(read.turns.map(\.content) == turns.map(\.content) && read.asksForResponse, "\(read)")
    // A name that begins like a role is another one.
    #expect(throws: TemplatedText.Refusal.unknownRole("user_proxy")) {
      try Self.own.turns(of: "<|im_start|>user_proxy\nHi<|im_end|>")
    }
  }

  @Test(arguments: [
    ("chatml", "tool"), ("llama-3", "ipython"), ("zephyr", "tool"), ("phi-3", "function_result"), ("qwen-2.5", "tool"),
  ])
  func turnsOfToolsAreRefusedByTheirRole(name: String, role: String) throws {
    let template = try #require(ConversationTemplate.named(name))
    let frame = try #require(template.roles["user"])
    let turn = frame.prefix.replacingOccurrences(of: "user", with: role) + "12:00" + frame.suffix
    let text = try Self.text(template, response: nil)
    let end = try #require(template.roles["assistant"]?.prefix)
    let called = String(text.dropLast(end.count)) + turn + end + "Noon."
    #expect(throws: TemplatedText.Refusal.unknownRole(role), "\(called)") { try Self.own.turns(of: called) }
  }

  @Test func startsAndMissingEndsAreToldAndRead() throws {
    let text = "<s><s><|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\ncut off in the mid"
    let read = try Self.own.turns(of: text)
    #expect(
      read.sequenceStarts == 2 && read.turns == [.user("Hi"), .assistant("cut off in the mid")] && !read.asksForResponse
    )
  }

  @Test func paddingOnEitherSideIsPassedOver() throws {
    let pads = "<|endoftext|><|endoftext|>"
    let text = pads + "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nYes.<|im_end|>\n" + pads
    let read = try Self.own.turns(of: text)
    #expect(read.turns == [.user("Hi"), .assistant("Yes.")] && read.sequenceStarts == 0)
  }

  @Test func whatIsNoKnownTemplateIsRefused() {
    #expect(throws: TemplatedText.Refusal.noTurns) { try Self.own.turns(of: "Just a text with <|im_end|> in it.") }
    #expect(throws: TemplatedText.Refusal.noTurns) { try Self.own.turns(of: "") }
    #expect(throws: TemplatedText.Refusal.unknownMarkers) { try Self.own.turns(of: "<|speaker|>Hi<|stop|>") }
    #expect(throws: TemplatedText.Refusal.unfinishedTurn(template: "chatml")) {
      try Self.own.turns(of: "<|im_start|>user\nHi<|im_start|>assistant\nYes<|im_end|>")
    }
  }

  @Test func endsAreTakenFromResponsesAlone() {
    #expect(Self.own.withoutEnd("Yes.<|im_end|>\n") == "Yes.")
    #expect(Self.own.withoutEnd("Yes.</s> <pad>\n<pad>") == "Yes.")
    #expect(Self.own.withoutEnd("Yes. ") == "Yes. ")
    #expect(Self.own.withoutEnd("Say <|im_end|> aloud.\n") == "Say <|im_end|> aloud.\n")
  }

  @Test func datesOfLlamaAreNoSystemMessage() throws {
    let text =
      "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\n"
      + "Today Date: 01 Jan 2031\n\n<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
      + "<|start_header_id|>assistant<|end_header_id|>\n\n"
    #expect(try Self.own.turns(of: text).turns == [.user("Hi")])
  }
}
