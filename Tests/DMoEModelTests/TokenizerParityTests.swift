import Testing

@testable import DMoEModel

/// Against the Hugging Face `tokenizers` library: exact equality, so no tolerance.
@Suite struct TokenizerParityTests {
  @Test(arguments: TokenizerFixture.names)
  func idsEqualTheReference(_ name: String) throws {
    let tokenizer = try TokenizerFixture.tokenizer(name)
    let expected = try TokenizerFixture.expected(name)
    let texts = try TokenizerFixture.texts()
    #expect(texts.count == expected.ids.count && texts.count > 600)
    for (index, text) in texts.enumerated() {
      #expect(tokenizer.encode(text) == expected.ids[index], "text \(index): \(escaped(text))")
    }
  }

  @Test(arguments: TokenizerFixture.names)
  func idsOfPlainTextEqualTheReference(_ name: String) throws {
    let tokenizer = try TokenizerFixture.tokenizer(name)
    let expected = try TokenizerFixture.expected(name)
    #expect(expected.idsOfPlainText.count > 20)
    for (index, text) in try TokenizerFixture.texts().enumerated() {
      let ids = expected.idsOfPlainText[String(index)] ?? expected.ids[index]
      #expect(tokenizer.encode(text, parsingSpecialTokens: false) == ids, "text \(index): \(escaped(text))")
    }
  }

  @Test(arguments: TokenizerFixture.names)
  func decodedTextEqualsTheReference(_ name: String) throws {
    let tokenizer = try TokenizerFixture.tokenizer(name)
    let expected = try TokenizerFixture.expected(name)
    #expect(tokenizer.vocabularySize == expected.size)
    for sample in expected.decoded {
      #expect(Array(tokenizer.decode(sample.ids).utf8) == Array(sample.text.utf8), "\(sample.ids)")
    }
  }

  @Test(arguments: ["gpt2", "llama3"])
  func decodingUndoesEncoding(_ name: String) throws {
    let tokenizer = try TokenizerFixture.tokenizer(name)
    for text in try TokenizerFixture.texts() {
      #expect(Array(tokenizer.decode(tokenizer.encode(text)).utf8) == Array(text.utf8), "\(escaped(text))")
    }
  }

  private func escaped(_ text: String) -> String {
    text.unicodeScalars.prefix(60).map { $0.escaped(asASCII: true) }.joined()
  }
}
