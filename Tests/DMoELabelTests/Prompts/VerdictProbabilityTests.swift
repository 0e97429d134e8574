@_spi(Command) import DMoELabel
import Foundation
import Testing

@Suite struct VerdictProbabilityTests {
  private typealias Token = CompletionReply.TokenLogProbability

  private func token(_ text: String, _ probability: Double, _ others: [(String, Double)] = []) -> Token {
    let all = [(text, probability)] + others
    return Token(
      token: text, logProbability: Float(log(probability)),
      alternatives: others.isEmpty
        ? [] : all.map { Token(token: $0.0, logProbability: Float(log($0.1))) })
  }

  private func probability(
    _ tokens: [Token], text: String? = nil, prompt: ComparisonPrompt = .english
  ) -> Double? {
    VerdictReader(prompt).read(
      CompletionReply(text: text ?? tokens.map(\.token).joined(), tokens: tokens)
    ).firstProbability
  }

  // Log-probabilities are Float: 1e-6 of a probability is all that is left of them.
  private func near(_ value: Double?, _ expected: Double) -> Bool { value.map { abs($0 - expected) < 1e-6 } ?? false }

  @Test func theTokenItselfCountsOnceAndTiesHalf() {
    // 0.6 + 0.1 / 2 over 0.6 + 0.2 + 0.1.
    #expect(near(probability([token("1", 0.6, [("2", 0.2), ("tie", 0.1), ("The", 0.1)])]), 0.65 / 0.9))
    #expect(near(probability([token("2", 0.75, [("1", 0.25)])]), 0.25))
    #expect(near(probability([token("1", 0.8)]), 1), "without alternatives the token stands alone")
  }

  @Test func spacesAndQuotesMergedWithTheVerdictDoNotMatter() {
    let others = [("2", 0.25)]
    #expect(near(probability([token(" 1", 0.75, others)]), 0.75))
    #expect(near(probability([token("\"1", 0.75, others), token("\"", 1)]), 0.75))
    #expect(
      near(
        probability([
          token("{\"", 1), token("verdict", 1), token("\":\"", 1), token("1", 0.75, others), token("\"}", 1),
        ]), 0.75))
    #expect(
      near(probability([token("{\"verdict\"", 1), token(":\"tie", 0.5, [(":\"1", 0.5)]), token("\"}", 1)]), 0.75))
    #expect(
      near(probability([token("{\"verdict", 1), token("\":\"2", 0.5, [("\": \"1", 0.5)]), token("\"}", 1)]), 0.5))
    #expect(near(probability([token("1\"}", 0.75, others)], text: "1"), 0.75))
    #expect(near(probability([token("▁1", 0.75, [("▁2", 0.25)])], text: "1"), 0.75))
  }

  @Test func onlyTheVerdictsTokenIsRead() {
    let tokens = [
      token("{\"reason\":\"", 1), token("2", 0.9, [("1", 0.1)]), token(" is worse\",", 1), token("\"verdict\":\"", 1),
      token("1", 0.75, [("2", 0.25)]), token("\"}", 1),
    ]
    #expect(near(probability(tokens), 0.75))
    let lines = [
      token("2", 0.9, [("1", 0.1)]), token(" is worse.\n", 1), token("Verdict", 1), token(":", 1), token(" ", 1),
      token("1", 0.75, [("2", 0.25)]),
    ]
    #expect(near(probability(lines, prompt: .english(asksForReason: true)), 0.75))
  }

  @Test func openBeginningsAreFollowed() {
    let tokens = [token("Response", 0.8, [("tie", 0.1), ("1", 0.1)]), token(" 2", 0.75, [(" 1", 0.25)])]
    // First: 0.1 + 0.8 · 0.25, second: 0.8 · 0.75, tie: 0.1.
    #expect(near(probability(tokens), 0.35))
  }

  @Test func charactersSplitIntoBytesAreFollowed() {
    let split = [
      token(#"\xe5\xb9"#, 0.5, [("1", 0.4), ("2", 0.1)]), token(#"\xb3"#, 1), token("局", 1),
    ]
    #expect(near(probability(split, text: "平局", prompt: .chinese), 0.65))
    let prefixed = [token(#"bytes:\xe5\xb9"#, 0.5, [("1", 0.4), ("2", 0.1)]), token(#"bytes:\xb3\xe5\xb1\x80"#, 1)]
    #expect(near(probability(prefixed, text: "平局", prompt: .chinese), 0.65))
    // \xe5 begins 平局 and 回复: open, until the next byte tells.
    let open = [token(#"\xe5"#, 0.6, [("1", 0.4)]), token(#"\xb9\xb3"#, 0.5, [(#"\x9b\x9e"#, 0.5)]), token("局", 1)]
    #expect(near(probability(open, text: "平局", prompt: .chinese), (0.4 + 0.15) / 0.7))
    let damaged = [token("\u{FFFD}", 0.5, [("1", 0.4), ("2", 0.1)]), token("\u{FFFD}", 1), token("局", 1)]
    #expect(near(probability(damaged, text: "平局", prompt: .chinese), 0.65))
    let undecidable = [token("\u{FFFD}", 0.9, [("1", 0.1)]), token("\u{FFFD}", 1), token("复1", 1)]
    #expect(probability(undecidable, text: "回复1", prompt: .chinese) == nil, "回 begins both answers")
  }

  /// Thoughts may mention any verdict, in any form, with marks that the service gives or leaves out.
  @Test(arguments: [
    ["<think>", "Answer", ": ", "2", "?", "</think>", "\n\n"], ["{\"verdict\":\"", "2", "\"}", "</think>"],
    ["Verdict", ": ", "2", "\n", "", "\n"],
    ["<|channel|>", "analysis", "<|message|>", "Answer: ", "2", "<|end|>", "<|channel|>", "final", "<|message|>"],
  ]) func thoughtsHaveNoSay(thoughts: [String]) {
    let before = thoughts.map { token($0, 1, $0 == "2" ? [("1", 0.5)] : []) }
    let bare = before + [token("1", 0.75, [("2", 0.25)])]
    #expect(near(probability(bare, text: "1"), 0.75), "the service keeps the thoughts out of the text")
    let object = before + [token("{\"", 1), token("verdict", 1), token("\":\"", 1)]
    #expect(
      near(
        probability(
          object + [token("1", 0.75, [("2", 0.25)]), token("\"}", 1)], text: #"{"verdict":"1"}"#), 0.75))
  }

  @Test func chineseLabelsAreFound() {
    let tokens = [token("结论", 1), token("：", 1), token("平局", 0.5, [("1", 0.5)])]
    #expect(near(probability(tokens, prompt: .chinese), 0.75))
  }

  @Test func tooLittleMassGivesNoProbability() {
    #expect(probability([token("1", 0.3, [("2", 0.1), ("The", 0.6)])]) == nil)
    #expect(probability([token("10", 0.9)], text: "1") == nil)
    #expect(probability([], text: "1") == nil)
    #expect(probability([token("", 1), token(" ", 1)], text: "1") == nil)
  }
}
