import Foundation
import Testing

@testable import DMoEModel

@Suite struct TokenizerTests {
  /// a, b, c, d and merges in this order; ids are places in the list.
  private func small(_ merges: [String], ignoresMerges: Bool = false) throws -> Tokenizer {
    try Tokenizer(
      vocabulary: ["a", "b", "c", "d", "ab", "bc", "abc", "cd", "aa", "aaaa", "bcd"], merges: merges,
      preTokenizer: .gpt2,
      ignoresMerges: ignoresMerges)
  }

  @Test func theEarlierMergeComesFirst() throws {
    #expect(try small(["a b", "b c", "ab c"]).encode("abcd") == [6, 3])
    #expect(try small(["b c", "a b", "ab c"]).encode("abcd") == [0, 5, 3])
    #expect(try small(["c d", "a b"]).encode("abcd") == [4, 7])
  }

  @Test func equalMergesRunFromTheLeft() throws {
    #expect(try small(["a a", "aa aa"]).encode("aaaaa") == [9, 0])
    #expect(try small(["a a"]).encode("aaa") == [8, 0])
  }

  // In the second list "a b" waits when "b c" takes its b away, and must not let "a bc" go before "bc d".
  @Test(arguments: [["a a", "b c", "a b", "aa aa", "ab c", "c d"], ["b c", "a b", "bc d", "a bc", "a a"]])
  func longWordsMergeLikeShortOnes(_ merges: [String]) throws {
    // 41 symbols and more go through the heap; the letters come without spaces, so each text is one word.
    let tokenizer = try small(merges)
    for length in [2, 39, 40, 41, 42, 64, 65, 300] {
      let parts = ["a", "aab", "abcd", "bc", "abc", "d", "aaaa"]
      let text = String((0..<length).map { parts[($0 * $0 + $0 / 7 + length) % 7] }.joined().prefix(length))
      #expect(tokenizer.encode(text) == naive(text, tokenizer, merges), "\(text)")
    }
  }

  /// The definition: again and again, join the leftmost pair of the least rank.
  private func naive(_ text: String, _ tokenizer: Tokenizer, _ merges: [String]) -> [Int32] {
    var symbols = text.map { String($0) }
    while let merge = merges.first(where: { merge in
      symbols.indices.dropLast().contains { "\(symbols[$0]) \(symbols[$0 + 1])" == merge }
    }) {
      guard let place = symbols.indices.dropLast().first(where: { "\(symbols[$0]) \(symbols[$0 + 1])" == merge })
      else { break }
      symbols[place] += symbols.remove(at: place + 1)
    }
    return symbols.compactMap { tokenizer.tokenID(of: $0) }
  }

  @Test func wordsOfTheVocabularyStayWholeWhereMergesAreIgnored() throws {
    #expect(try small([], ignoresMerges: true).encode("abc") == [6])
    #expect(try small([]).encode("abc") == [0, 1, 2])
  }

  @Test func plainTextCannotWriteAControlTokenThroughTheVocabulary() throws {
    let tokenizer = try Tokenizer(
      vocabulary: ["E", "N", "D", "END"], merges: [], addedTokens: [AddedToken(content: "END", id: 3)],
      preTokenizer: .llama3, ignoresMerges: true)
    #expect(tokenizer.encode("END") == [3])
    #expect(tokenizer.encode("END", parsingSpecialTokens: false) == [0, 1, 2])
    #expect(throws: TokenizerError.writableControlToken("END")) {
      try Tokenizer(
        vocabulary: ["E", "N", "D", "ND", "END"], merges: ["N D", "E ND"],
        addedTokens: [AddedToken(content: "END", id: 4)], preTokenizer: .gpt2)
    }
  }

  @Test func aByteWithoutATokenIsDroppedOrUnknown() throws {
    func ids(_ unknown: Int32?, fused: Bool) throws -> [Int32] {
      try Tokenizer(
        vocabulary: ["a", "b", "ab", "?"], merges: ["a b"], preTokenizer: .llama3, unknownID: unknown,
        fusesUnknown: fused
      ).encode("axxb")
    }
    #expect(try ids(nil, fused: false) == [2])
    #expect(try ids(3, fused: false) == [0, 3, 3, 1])
    #expect(try ids(3, fused: true) == [0, 3, 1])
  }

  @Test func theLongestControlTokenWins() throws {
    let tokenizer = try Tokenizer(
      vocabulary: ["<"], merges: [],
      addedTokens: [
        AddedToken(content: "<a", id: 1), AddedToken(content: "<ab>", id: 2), AddedToken(content: "b>", id: 3),
      ], preTokenizer: .gpt2)
    #expect(tokenizer.encode("<ab><ab<a<b><") == [2, 1, 1, 0, 3, 0])
  }

  @Test func canonicallyEquivalentTokensAreDifferentTokens() throws {
    let tokenizer = try Tokenizer(
      vocabulary: ["x"], merges: [],
      addedTokens: [AddedToken(content: "\u{E9}", id: 1), AddedToken(content: "e\u{301}", id: 2)], preTokenizer: .gpt2)
    #expect(tokenizer.encode("\u{E9}e\u{301}x") == [1, 2, 0])
    #expect(tokenizer.tokenID(of: "e\u{301}") == 2)
    #expect(Array(tokenizer.decode([1, 2]).utf8) == Array("\u{E9}e\u{301}".utf8))
  }

  @Test func strayIDsDecodeToNothing() throws {
    #expect(try small([]).decode([-1, 0, 11, 4, .max, .min]) == "aab")
  }

  @Test func textsOfManyWordsDoNotMixUpTheirWords() throws {
    // Thousands of words share the few places where words are remembered; line by line they are encoded afresh.
    let tokenizer = try TokenizerFixture.tokenizer("gpt2")
    let lines = (0..<3000).map { "w\($0 % 700)x \($0 * 7 % 1013)\n" }
    #expect(tokenizer.encode(lines.joined()) == lines.flatMap { tokenizer.encode($0) })
  }

  @Test func contradictoryPartsAreRefused() throws {
    func build(_ vocabulary: [String], _ merges: [String], _ added: [AddedToken] = [], bos: Int32? = nil) throws {
      _ = try Tokenizer(vocabulary: vocabulary, merges: merges, addedTokens: added, preTokenizer: .gpt2, bosID: bos)
    }
    func reason(_ error: (any Error)?) -> String { error.map { "\($0)" } ?? "no error" }
    var error: (any Error)? = #expect(throws: TokenizerError.self) { try build(["a", "b"], ["a b"]) }
    #expect(reason(error).contains("merge 0 names a token outside the vocabulary"))
    error = #expect(throws: TokenizerError.self) { try build(["a", "b", "ab"], ["ab"]) }
    #expect(reason(error).contains("merge 0 is not two tokens"))
    error = #expect(throws: TokenizerError.self) { try build(["a"], [], [AddedToken(content: "b", id: 0)]) }
    #expect(reason(error).contains("id 0 is both a and b"))
    error = #expect(throws: TokenizerError.self) { try build(["a"], [], [AddedToken(content: "b", id: .max)]) }
    #expect(reason(error).contains("has id 2147483647"))
    error = #expect(throws: TokenizerError.self) { try build(["a"], [], bos: 1) }
    #expect(reason(error).contains("id 1 lies outside the vocabulary of 1"))
  }

  @Test func fingerprintsTellTokenizersApart() throws {
    let base = try small(["a b", "b c"])
    #expect(try base.fingerprint == small(["a b", "b c"]).fingerprint)
    #expect(base.fingerprint.count == 16)
    var others = [
      try small(["b c", "a b"]).fingerprint, try small(["a b"]).fingerprint,
      try small(["a b", "b c"], ignoresMerges: true).fingerprint,
    ]
    for name in TokenizerFixture.names { others.append(try TokenizerFixture.tokenizer(name).fingerprint) }
    #expect(Set(others + [base.fingerprint]).count == others.count + 1)
  }

  @Test func ggufMetadataGivesTheSameTokenizerAsTheJSONFile() throws {
    let json = try TokenizerFixture.tokenizer("smollm")
    struct File: Decodable {
      struct Model: Decodable {
        var vocab: [String: Int]
        var merges: [[String]]
      }
      var model: Model
    }
    let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: TokenizerFixture.url("smollm")))
    let tokens = file.model.vocab.sorted { $0.value < $1.value }.map(\.key)
    let types = tokens.map { $0.hasPrefix("<|") && $0.count > 2 ? Int32(3) : 1 }
    let gguf = try Tokenizer(
      ggufTokens: tokens, merges: file.model.merges.map { $0.joined(separator: " ") }, tokenTypes: types,
      preTokenizerName: "smollm", bosID: 1, eosID: 2)
    #expect(gguf.fingerprint == json.fingerprint)
    #expect(gguf.bosID == json.bosID && gguf.eosID == json.eosID && gguf.padID == nil && json.padID == nil)
    #expect(json.bosID == 1 && json.eosID == 2)
    #expect(gguf.isSpecial(1) && !gguf.isSpecial(5))
  }

  @Test func ggufNamesMapToPreTokenizers() throws {
    #expect(try PreTokenizer(ggufName: "gpt-2") == .gpt2)
    #expect(try PreTokenizer(ggufName: "smollm") == .smolLM)
    #expect(try PreTokenizer(ggufName: "llama-bpe") == .llama3)
    #expect(try PreTokenizer(ggufName: "qwen2") == .qwen2)
    #expect(throws: TokenizerError.unsupported(component: "pre-tokenizer", found: "deepseek-llm")) {
      try PreTokenizer(ggufName: "deepseek-llm")
    }
    #expect(throws: TokenizerError.unsupported(component: "token type", found: "6 of <0x0A>")) {
      try Tokenizer(ggufTokens: ["<0x0A>"], merges: [], tokenTypes: [6], preTokenizerName: "gpt-2")
    }
  }
}
