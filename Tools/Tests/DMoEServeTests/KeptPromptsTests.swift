@_spi(Command) import DMoERM
import Testing

@testable import DMoEServe

@Suite struct KeptPromptsTests {
  private static func key(_ prompt: String, category: String? = nil) throws -> KeptPrompts.Key {
    KeptPrompts.Key(conversation: try Conversation(prompt: prompt), category: category)
  }

  @Test func theLeastRecentlyUsedPromptGoes() throws {
    let model = try ServeFixture.model()
    let prompt = try model.prepare(prompt: "Say a word")
    // Room for two of three, each with its text.
    let kept = KeptPrompts(limit: (prompt.byteCount + 2048) * 2)
    for text in ["a", "b"] { kept.keep(prompt, for: try Self.key(text)) }
    #expect(kept.find(try Self.key("a")) != nil)
    kept.keep(prompt, for: try Self.key("c"))
    #expect(kept.count == 2)
    let found = try ["a", "b", "c"].map { kept.find(try Self.key($0)) != nil }
    #expect(found == [true, false, true])
    #expect(kept.byteCount <= (prompt.byteCount + 2048) * 2)
  }

  @Test func aPromptOfAnotherCategoryIsAnother() throws {
    let model = try ServeFixture.model()
    let kept = KeptPrompts(limit: 1 << 24)
    kept.keep(try model.prepare("Hi", category: "code"), for: try Self.key("Hi", category: "code"))
    let found = try [nil, "chat", "code"].map { kept.find(try Self.key("Hi", category: $0)) != nil }
    #expect(found == [false, false, true])
  }

  /// Swift finds both spellings of é equal; their token ids are not.
  @Test func promptsAreToldApartByTheirBytes() throws {
    let kept = KeptPrompts(limit: 1 << 24)
    kept.keep(try ServeFixture.model().prepare(prompt: "caf\u{E9}"), for: try Self.key("caf\u{E9}"))
    #expect("caf\u{E9}" == "cafe\u{301}")
    let found = try ["caf\u{E9}", "cafe\u{301}"].map { kept.find(try Self.key($0)) != nil }
    #expect(found == [true, false])
  }

  @Test func withoutMemoryNothingIsKept() throws {
    let kept = KeptPrompts(limit: 0)
    kept.keep(try ServeFixture.model().prepare(prompt: "Hi"), for: try Self.key("Hi"))
    #expect(kept.count == 0 && kept.byteCount == 0)
  }
}
