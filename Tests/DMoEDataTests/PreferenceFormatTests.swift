@_spi(Command) import DMoEData
import Foundation
import Testing

@Suite struct PreferenceFormatTests {
  // MARK: native

  @Test func nativeRowsAreReadInFull() throws {
    let found = try samples(
      #"""
      {"id":"a","source":"s","language":"en","category":"chat","capability":"empathy","conversation":\#
      [{"role":"system","content":"x"},{"role":"user","content":"q"}],"responses":["u","v"],\#
      "ranks":[2,1.0],"margin":0.5,"weight":2,"probability":0.25,"annotator":"h","metadata":{"k":[1]}}
      """#)
    let expected = try RankedResponses(
      id: "a", source: "s", language: "en", conversation: Conversation(prompt: "q", system: "x"),
      responses: ["u", "v"], ranks: [2, 1], category: "chat", capability: "empathy", margin: 0.5, weight: 2,
      probability: 0.25, annotator: "h")
    #expect(found == [expected])
  }

  @Test func compactRowsExpandToOverallAndCapabilities() throws {
    let found = try samples(
      #"{"id":"a","category":"chat","prompt":"q","responses":["u","v"],"ranks":[1,2],"margin":3,"#
        + #""capabilities":{"x":[1,1],"logic":[2,1],"empathy":[1,2]}}"#)
    #expect(found.map(\.capability) == [nil, "empathy", "logic", "x"])
    #expect(found.map(\.ranks) == [[1, 2], [1, 2], [2, 1], [1, 1]])
    #expect(found.map(\.margin) == [3, nil, nil, nil])
    #expect(Set(found.map(\.id)) == ["a"])
  }

  @Test func compactRowsWithoutRanksHaveNoOverallSample() throws {
    let found = try samples(#"{"prompt":"q","responses":["u","v"],"capabilities":{"x":[1,2]}}"#)
    #expect(found.map(\.capability) == ["x"])
  }

  @Test func aProbabilityStandsInForRanks() throws {
    for (probability, ranks) in [("0.9", [1, 2]), ("0.1", [2, 1]), ("0.5", [1, 1])] {
      let found = try samples(#"{"prompt":"q","responses":["u","v"],"probability":\#(probability)}"#)
      #expect(found.first?.ranks == ranks)
    }
  }

  @Test func rowsWithoutIdentifierAreNamedByFileAndLine() throws {
    let found = try samples("\n" + #"{"prompt":"q","responses":["u","v"],"ranks":[1,2]}"#)
    #expect(found.first?.id == "rows.jsonl:2")
  }

  @Test func overallIsNoCapability() throws {
    let found = try samples(#"{"id":7,"prompt":"q","responses":["u","v"],"ranks":[1,2],"capability":"overall"}"#)
    #expect(found.first?.capability == nil)
    #expect(found.first?.id == "7")
  }

  @Test(arguments: [
    (#"{"prompt":"SECRET","responses":["u","v"],"ranks":[1,2],"capabilty":"x"}"#, #"unknown key "capabilty""#),
    (#"{"prompt":"q","responses":["u","v"],"ranks":[1,2],"SECRET text":1}"#, "unknown key of 11 bytes"),
    (#"{"prompt":"SECRET","responses":["u","v"]}"#, #"missing key "ranks""#),
    (#"{"responses":["u","v"],"ranks":[1,2]}"#, #"missing key "conversation" or "prompt""#),
    (
      #"{"prompt":"q","messages":[],"responses":["u","v"],"ranks":[1,2]}"#,
      #"more than one of "conversation", "messages", "prompt""#
    ),
    (#"{"prompt":"q","responses":["SECRET",null],"ranks":[1,2]}"#, "responses[1]: null instead of a string"),
    (#"{"prompt":"q","responses":["SECRET",2],"ranks":[1,2]}"#, "responses[1]: not a string"),
    (#"{"prompt":"q","responses":["u","v"],"ranks":[1,1.5]}"#, "ranks[1]: not a whole number below 2^53"),
    (
      #"{"prompt":"q","responses":["u","v"],"ranks":[-9223372036854775808,1]}"#,
      "ranks[0]: not a whole number below 2^53"
    ),
    (#"{"prompt":"q","responses":["u","v"],"ranks":[1,"2"]}"#, "ranks[1]: not a number"),
    (#"{"prompt":"q","responses":["u","v"],"ranks":[1,true]}"#, "ranks[1]: not a number"),
    (#"{"prompt":"q","responses":["u","v"],"ranks":"12"}"#, "ranks: not a list"),
    (#"{"prompt":3,"responses":["u","v"],"ranks":[1,2]}"#, "prompt: not a string or a list of messages"),
    (
      #"{"messages":[{"role":"SECRET","content":"q"}],"responses":["u","v"],"ranks":[1,2]}"#,
      #"messages[0].role: not "system", "user" or "assistant""#
    ),
    (#"{"messages":[{"role":"user"}],"responses":["u","v"],"ranks":[1,2]}"#, #"missing key "messages[0].content""#),
    (#"{"prompt":"q","responses":["SECRET"],"ranks":[1]}"#, "1 responses, at least 2 are needed"),
    (
      #"{"prompt":"q","responses":["u","v"],"ranks":[1,2],"capability":"x","capabilities":{"y":[1,2]}}"#,
      #"both "capability" and "capabilities""#
    ),
    (
      #"{"prompt":"q","responses":["u","v"],"capabilities":{"overall":[1,2]}}"#,
      #"capabilities.overall: the overall preference belongs in "ranks""#
    ),
    (#"{"prompt":"SECRET","respon"#, "not valid JSON: it ends too early, column 27"),
    (#"["SECRET"]"#, "not a JSON object"),
    (#"{"text":"SECRET"}"#, "the keys are those of no known format"),
  ])
  func badRowsAreRefusedWithAReasonThatHasNoText(row: String, reason: String) {
    let found = refusal(row)
    #expect(found == reason)
    #expect(found?.contains("SECRET") == false)
  }

  // MARK: TRL, see also PairTests

  @Test func explicitStringsAreRead() throws {
    let found = try samples(#"{"prompt":"q","chosen":"u","rejected":"v","margin":1.5}"#)
    #expect(found.map(\.responses) == [["u", "v"]])
    #expect(found.first?.ranks == [1, 2])
    #expect(found.first?.conversation == "q")
    #expect(found.first?.margin == 1.5)
  }

  @Test func explicitMessagesAreRead() throws {
    let found = try samples(
      #"{"prompt":[{"role":"system","content":"s"},{"role":"user","content":"q"}],"#
        + #""chosen":[{"role":"assistant","content":"u"}],"rejected":[{"role":"assistant","content":"v"}]}"#)
    #expect(found.first?.conversation.turns == [.system("s"), .user("q")])
    #expect(found.first?.responses == ["u", "v"])
  }

  // MARK: the other forms

  @Test func messagePairsAreRead() throws {
    let found = try samples(
      #"""
      {"id":"a","source":"s","lang":"zh","task":null,"task_src":"x","capability":"overall",\#
      "annotator":"h","human":true,"messages":[{"role":"user","content":"q"}],"chosen":"u","rejected":"v","margin":null}
      {"id":"b","source":"s","lang":"zh","task":"chat","task_src":null,"capability":"logic",\#
      "annotator":"h","human":true,"messages":[{"role":"user","content":"q"}],"chosen":"u","rejected":"v","margin":2}
      """#)
    #expect(found.map(\.category) == [nil, "chat"])
    #expect(found.map(\.capability) == [nil, "logic"])
    #expect(found.map(\.margin) == [nil, 2])
    #expect(found.map(\.language) == ["zh", "zh"])
    #expect(found.map(\.annotator) == ["h", "h"])
  }

  @Test func mtmcRowsInterleaveTurnsAndRankFromTheSmallest() throws {
    let row = #"{"label":"角色扮演","src":["a","b"],"tgt":["x"],"response":["u","v","w"],"rank":[2,1.0,2]}"#
    let found = try samples(row, options: ReadingOptions(taxonomy: .paper))
    #expect(found.first?.conversation.turns == [.user("a"), .assistant("x"), .user("b")])
    #expect(found.first?.category == "roleplay")
    #expect(found.first?.pairs.map(\.chosen) == [1, 1])
    #expect(try samples(row).first?.category == "角色扮演")
    #expect(
      refusal(#"{"label":"闲聊","src":["a"],"tgt":["x"],"response":["u","v"],"rank":[1,2]}"#)
        == #""src" has 1 turns and "tgt" 1; "tgt" must have one less"#)
  }

  @Test func promptRowsAreForTheRouterOnly() throws {
    let rows = #"{"prompt":"a","task":"chat"}"# + "\n" + #"{"prompt":"b","task":null,"lang":"en"}"#
    let found = try PromptReader.readAll(lines(rows))
    #expect(found.prompts.map(\.category) == ["chat", nil])
    #expect(found.prompts.map(\.conversation) == ["a", "b"])
    #expect(found.report.format == .prompts)
    #expect(refusal(rows)?.hasPrefix("a prompt without ") == true)
  }

  /// Whichever comes first.
  @Test func aPromptNeedsNoCategory() throws {
    let rows = [#"{"prompt": "a"}"#, #"{"prompt": "b", "task": "chat"}"#]
    for order in [rows, rows.reversed()] {
      let found = try PromptReader.readAll(lines(order.joined(separator: "\n")))
      #expect(Set(found.prompts.map(\.category)) == ["chat", nil] && found.report.format == .prompts)
    }
  }

  @Test func preferenceRowsGiveOnePromptEach() throws {
    let row =
      #"{"category":"chat","prompt":"q","responses":["u","v"],"ranks":[1,2],"capabilities":{"x":[1,1],"y":[2,1]}}"#
    let found = try PromptReader.readAll(lines(row))
    #expect(found.prompts.map(\.conversation) == ["q"])
    #expect(found.prompts.map(\.category) == ["chat"])
  }
}

@Suite struct UnrankedRowTests {
  private let row = #"{"id":"a","prompt":"q","responses":["u","v"],"category":"chat"}"#

  private func read(_ options: ReadingOptions) throws -> [RankedResponses] {
    try PreferenceReader.readAll(JSONLines(data: Data(row.utf8), name: "rows.jsonl"), options: options).samples
  }

  @Test func areAnErrorUnlessAskedFor() throws {
    #expect(throws: DataError.self) { try read(ReadingOptions()) }
  }

  @Test func areTiesOfWeightZeroIfAskedFor() throws {
    let found = try read(ReadingOptions(keepsUnrankedRows: true))
    #expect(found.map(\.ranks) == [[1, 1]])
    #expect(found.map(\.weight) == [0])
  }

  @Test func doNotChangeRankedOnes() throws {
    let line = #"{"id":"a","prompt":"q","responses":["u","v"],"ranks":[1,1]}"#
    let found = try PreferenceReader.readAll(
      JSONLines(data: Data(line.utf8), name: "x"), options: ReadingOptions(keepsUnrankedRows: true)
    ).samples
    #expect(found.map(\.weight) == [1])
  }
}
