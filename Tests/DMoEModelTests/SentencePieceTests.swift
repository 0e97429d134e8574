import Foundation
import Testing

@testable import DMoEModel

/// Vocabularies of characters with scores, as GGUF files hold those of SentencePiece.
@Suite struct SentencePieceTests {
  private struct Description: Decodable {
    var tokens: [String]
    var scores: [Float]
    var types: [Int32]
  }

  private struct Expected: Decodable {
    var ids: [[Int32]?]
  }

  private func fixture<Value: Decodable>(_ name: String) throws -> Value {
    let url = try TokenizerFixture.folder().appendingPathComponent("scores/\(name).json")
    return try JSONDecoder().decode(Value.self, from: Data(contentsOf: url))
  }

  private func tokenizer(addsSpacePrefix: Bool = true) throws -> Tokenizer {
    let file: Description = try fixture("scores")
    return try Tokenizer(
      ggufTokens: file.tokens, scores: file.scores, tokenTypes: file.types, addsSpacePrefix: addsSpacePrefix)
  }

  @Test func mergesByScoreEqualSentencePiece() throws {
    let tokenizer = try tokenizer()
    let expected: Expected = try fixture("expected")
    let texts = try TokenizerFixture.texts()
    #expect(texts.count == expected.ids.count && expected.ids.compactMap { $0 }.count > 500)
    for (text, ids) in zip(texts, expected.ids) {
      guard let ids else { continue }
      #expect(tokenizer.encode(text, parsingSpecialTokens: false) == ids, "\(text.prefix(60).debugDescription)")
    }
  }

  /// As llama.cpp does: every stretch of text after a token that is found as a whole begins anew.
  @Test func everyStretchGetsABlankBeforeIt() throws {
    let tokenizer = try tokenizer()
    let end = try #require(tokenizer.tokenID(of: "<|im_end|>"))
    let think = try #require(tokenizer.tokenID(of: "<think>"))
    let ids = tokenizer.encode("the<|im_end|>the<think> the")
    let (one, two) = (tokenizer.encode("the"), tokenizer.encode(" the"))
    #expect(one != two)
    #expect(ids == one + [end] + one + [think] + two)
    let plain = try self.tokenizer(addsSpacePrefix: false)
    #expect(plain.encode(" the") == one)
    #expect(plain.decode(plain.encode(" the")) == " the" && tokenizer.decode(one) == "the")
  }

  @Test func neighborsNeverMergeIntoAControlToken() throws {
    // The control token has the highest score, and all that leads to it is there.
    let tokens = ["<unk>", "</s>", "<0x0A>", "<", "/", "s", ">", "</", "</s"]
    let tokenizer = try Tokenizer(
      ggufTokens: tokens, scores: [0, 0, 0, -4, -4, -4, -4, -1, -1], tokenTypes: [2, 3, 6, 1, 1, 1, 1, 1, 1],
      addsSpacePrefix: false)
    #expect(tokenizer.encode("</s>", parsingSpecialTokens: false) == [8, 6])
    #expect(tokenizer.encode("</s>") == [1])
    // Each of the four characters in between is unknown by itself.
    #expect(tokenizer.encode("<0x0A>\n", parsingSpecialTokens: false) == [3, 0, 0, 0, 0, 6, 2])
  }

  /// Characters of tokens that are none themselves: "b" is known within "ab" alone.
  @Test func aCharacterMayMergeThatIsNoTokenItself() throws {
    let bytes = (UInt8.min...UInt8.max).map { CharacterSymbols.token(ofByte: $0) }
    let tokenizer = try Tokenizer(
      ggufTokens: ["a", "ab"] + bytes, scores: [-2, -1] + bytes.map { _ in 0 },
      tokenTypes: [1, 1] + bytes.map { _ in 6 }, addsSpacePrefix: false)
    #expect(tokenizer.encode("ab") == [1])
    #expect(tokenizer.encode("b") == [2 + 0x62])
    #expect(tokenizer.encode("aabb") == [0, 1, 2 + 0x62])
  }

  /// One score: the leftmost pair merges first, whatever its token.
  @Test func equalScoresMergeFromTheLeft() throws {
    let tokenizer = try Tokenizer(
      ggufTokens: ["a", "b", "ba", "ab"], scores: [-5, -5, -1, -1], tokenTypes: [1, 1, 1, 1], addsSpacePrefix: false)
    #expect(tokenizer.encode("aba") == [3, 0] && tokenizer.encode("bab") == [2, 1])
  }

  @Test func listsThatDisagreeAreRefused() {
    #expect {
      try Tokenizer(ggufTokens: ["a"], scores: [], tokenTypes: [1], addsSpacePrefix: true)
    } throws: { "\($0)".contains("1 tokens have 0 scores") }
    #expect {
      try Tokenizer(ggufTokens: ["a"], scores: [.nan], tokenTypes: [1], addsSpacePrefix: true)
    } throws: { "\($0)".contains("a score is no number") }
    #expect {
      try Tokenizer(ggufTokens: ["a"], scores: [0], tokenTypes: [7], addsSpacePrefix: true)
    } throws: { "\($0)".contains("7 of a") }
  }

  /// Where nothing is cut, a text of many thousand characters is one word: the work for it must not grow with its square.
  @Test func aLongTextThatIsOneWordMergesInProportionToItsLength() throws {
    let tokenizer = try TokenizerFixture.tokenizer("llama2")
    let sentence = "the▁response▁is▁good.▁"
    var counts: [Int] = []
    for repetitions in [500, 4000] {
      var text = String(repeating: sentence, count: repetitions)
      let length = text.unicodeScalars.count
      text.withUTF8 { bytes in
        var encoder = WordEncoder(tokenizer.parts.model, bytes)
        var ids: [Int32] = []
        encoder.encode(0..<bytes.count, into: &ids)
        counts.append(encoder.candidateCount)
        #expect(ids.count > repetitions && ids.count < length)
      }
      #expect(counts[counts.count - 1] <= 3 * length)
    }
    #expect(counts[0] > 500)
  }
}
