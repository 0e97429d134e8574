import DMoEFoundation
@_spi(Command) import DMoELabel
import Testing

@Suite struct VerdictReaderTests {
  private let english = VerdictReader(.english)
  private let chinese = VerdictReader(.chinese)
  private let reasoned = VerdictReader(.english(asksForReason: true))
  private let reasonedChinese = VerdictReader(.chinese(asksForReason: true))

  private func read(
    _ text: String, by reader: VerdictReader, finish: CompletionReply.FinishReason = .stop
  ) -> ReplyReading { reader.read(CompletionReply(text: text, finishReason: finish)) }

  @Test(
    arguments: [
      ("1", .first), (" 2\n", .second), ("tie", .tie), ("Tie.", .tie), ("\"1\"", .first), ("**2**", .second),
      ("(1)", .first), ("[[2]]", .second), ("Response 1", .first), ("response  2.", .second), ("Answer: 2", .second),
      ("Verdict: tie", .tie), ("**Verdict:** 1", .first), ("**Verdict**: 1", .first), ("Final verdict：2", .second),
      ("`1`", .first), ("Response 1 is better.", .first), ("```\n2\n```", .second), ("“tie”", .tie),
      ("1\r\n", .first), ("<think>2 looks better, but no</think>\n\n1", .first),
      (#"{"verdict":"1"}"#, .first), (#"{ "verdict" : "tie" }"#, .tie), (#"{"verdict": 2}"#, .second),
      ("```json\n{\"verdict\": \"2\"}\n```", .second), (#"{"reason":"2 is worse","verdict":"1"}"#, .first),
      (#"{"verdict":"1","reason":"a \"verdict\": \"2\" {}"}"#, .first),
      (#"{"verdict":"Response 2","confidence":0.9}"#, .second),
      (#"{"verdict":"\u0031"}"#, .first), (#"{"verdict":"response_1"}"#, .first), ("Response_2", .second),
      (#"{"verdict":"Response-2"}"#, .second), ("final_verdict: RESPONSE-1", .first),
    ] as [(String, Verdict)]) func wholeVerdictsAreRead(text: String, verdict: Verdict)
  {
    #expect(read(text, by: english) == ReplyReading(verdict))
    #expect(read(text, by: reasoned) == ReplyReading(verdict), "a reason is not required")
  }

  @Test(
    arguments: [
      ("1", .first), ("１", .first), ("回复1", .first), ("回复 2。", .second), ("平局", .tie), ("“平局”。", .tie),
      ("结论：2", .second),
      ("**结论**：平局", .tie), ("【回复2】", .second), (#"{"verdict":"平局"}"#, .tie), ("第一个", .first), ("tie", .tie),
    ] as [(String, Verdict)]) func chineseVerdictsAreRead(text: String, verdict: Verdict)
  {
    #expect(read(text, by: chinese) == ReplyReading(verdict))
  }

  static let noVerdicts = [
    "1 is worse than 2", "2 is better than 1", "In 2023, response 2 was released.", "1 or 2", "1\n2", "1, 2", "1/2",
    "12", "response_12", "response_1_or_2", "1-2", "1_2", "response_-1",
    "-1", "1?", "not 1", "Neither 1 nor 2", "I think it is 1", "Response 3", "1️⃣", "Response 1 is better. No, 2.",
    "1 (because it is kinder)", "Verdict: 1 or 2", "Verdict:", "verdict 1", "Verdict: 1\nVerdict: 2", "Verdict", "*",
    "...",
    "回复1不如回复2", "1不如2", "回复12", "不是平局", "回复1和回复2平局",
    #"{"verdict":"1","verdict":"2"}"#, #"{"verdict":"1","Verdict":"1"}"#, #"{"verdict":"3"}"#, #"{"verdict":null}"#,
    #"{"verdict":["1"]}"#, #"{"verdict":"1","winner":"2"}"#, #"{"verdict":"1"} {"verdict":"2"}"#, #"[{"verdict":"1"}]"#,
    #"{"verdict":"1""#, #"{"verdict":"1"} because"#, #"{"answer":"1"}"#, "{1}", #"{"verdict":1.0}"#,
    #"{"verdict":"1",}"#,
    #"{"a":{"verdict":"1"},"verdict":"2"}"#, #"{"reason":"\"verdict\":\"1\""}"#, #"{"verdict":"\ud800"}"#, "{", "```",
    "```json",
    "<think>1</think>2 or 1",
  ]

  @Test(arguments: noVerdicts) func mentionsAreNoVerdicts(text: String) {
    for reader in [english, chinese, reasoned, reasonedChinese] {
      #expect(read(text, by: reader) == ReplyReading(problem: .unreadable))
      #expect(read(text, by: reader, finish: .length) == ReplyReading(problem: .cutOff))
    }
  }

  @Test func aReasonEndsWithALabelledVerdict() {
    #expect(read("2 is longer. 1 is kinder.\n\nVerdict: 1", by: reasoned).verdict == .first)
    #expect(read("Both equal 4.\n**Verdict: tie**\n\n", by: reasoned).verdict == .tie)
    #expect(read("Verdict: 2\nIndeed.\nVerdict: 2", by: reasoned).verdict == .second)
    #expect(read("回复2更有共情。\n结论：2", by: reasonedChinese).verdict == .second)
    #expect(read("两者相当。\n**结论：平局**", by: reasonedChinese).verdict == .tie)
  }

  @Test(arguments: [
    "It is kinder.\n1", "Verdict: 1\nOr perhaps not.", "Verdict: 2\nWait.\nVerdict: 1", "My verdict: 1 wins\nthe end",
    "Reasons.\nVerdict: unclear", "Reasons. Verdict: 1", "Reasons.\n\"verdict\": \"1\"", "Kinder.\n{\"verdict\":\"1\"}",
  ]) func otherEndsOfAReasonAreNoVerdicts(text: String) {
    #expect(read(text, by: reasoned) == ReplyReading(problem: .unreadable))
  }

  @Test func aReasonIsReadOnlyWhereOneWasAsked() {
    #expect(read("1 is kinder.\nVerdict: 1", by: english).problem == .unreadable)
  }

  @Test func failuresAreToldApart() {
    #expect(read("", by: english) == ReplyReading(problem: .empty))
    #expect(read(" \n", by: english) == ReplyReading(problem: .empty))
    #expect(read("", by: english, finish: .length) == ReplyReading(problem: .cutOff))
    #expect(read("<think>1", by: english, finish: .length) == ReplyReading(problem: .cutOff))
    #expect(read("1", by: english, finish: .contentFilter) == ReplyReading(problem: .refused))
    #expect(english.read(CompletionReply(text: "1", refusal: "I cannot")) == ReplyReading(problem: .refused))
    #expect(english.read(CompletionReply(text: "1", refusal: "")).verdict == .first)
    #expect(read("I cannot judge this.", by: english) == ReplyReading(problem: .unreadable))
  }

  @Test func aCutReplyCountsOnlyIfItsVerdictIsWhole() {
    #expect(read("1", by: english, finish: .length).verdict == .first)
    #expect(read(#"{"verdict":"1"}"#, by: english, finish: .length).verdict == .first)
    #expect(read("```json\n{\"verdict\":\"1\"}", by: english, finish: .length).verdict == .first)
    #expect(read("It is kinder.\nVerdict: 1", by: reasoned, finish: .length).problem == .cutOff)
  }

  @Test func noTextMakesTheReaderTrap() {
    let pieces = [
      "1", "2", "tie", "Verdict", ":", "：", "{", "}", "\"", "\"verdict\"", ",", "\\", "\\u", "\\ud83d", "```", "json",
      "\n", "\r\n",
      " ", "*", "<think>", "</think>", "平", "局", "结论", "\u{301}", "\u{0}", "👩‍👩‍👧", "Response", "\\xe5", "bytes:",
      "\u{FFFD}",
      "x",
    ]
    var random = RandomSource(seed: 7)
    for _ in 0..<3_000 {
      let parts = (0..<Int.random(in: 0...10, using: &random)).map { _ in
        pieces[Int.random(in: 0..<pieces.count, using: &random)]
      }
      let tokens = parts.map { part in
        CompletionReply.TokenLogProbability(
          token: part, logProbability: [-0.1, -.infinity, .nan, .infinity, 3].randomElement(using: &random) ?? 0,
          alternatives: [.init(token: pieces.randomElement(using: &random) ?? "", logProbability: -1)])
      }
      for reader in [english, chinese, reasoned, reasonedChinese] {
        let reply = CompletionReply(text: parts.joined(), tokens: tokens)
        let reading = reader.read(reply)
        #expect((reading.verdict == .unparsable) == (reading.problem != nil))
        if let probability = reading.firstProbability { #expect((0...1).contains(probability)) }
      }
    }
  }
}
