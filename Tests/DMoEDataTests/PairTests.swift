@_spi(Command) import DMoEData
import Foundation
import Testing

/// Pairs as TRL's reward trainer reads them: `prompt + chosen` and `prompt + rejected`.
@Suite struct PairTests {
  private let pair = #""chosen":[{"role":"assistant","content":"u"}],"rejected":[{"role":"assistant","content":"v"}]"#
  private let whole =
    #""chosen":[{"role":"user","content":"q"},{"role":"assistant","content":"u"}],"#
    + #""rejected":[{"role":"user","content":"q"},{"role":"assistant","content":"v"}]"#

  private func turns(_ row: String) throws -> [Message] {
    let found = try samples(row)
    #expect(found.map(\.responses) == [["u", "v"]])
    return found.first?.conversation.turns ?? []
  }

  // MARK: Messages

  @Test func messagesGoOnFromThePrompt() throws {
    #expect(
      try turns(#"{"prompt":[{"role":"system","content":"s"}],\#(whole)}"#) == [.system("s"), .user("q")])
    #expect(
      try turns(#"{"prompt":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],\#(whole)}"#)
        == [.user("a"), .assistant("b"), .user("q")])
    #expect(try turns(#"{"prompt":[{"role":"user","content":"a"}],\#(pair)}"#) == [.user("a")])
    #expect(try turns(#"{"prompt":"a",\#(pair)}"#) == [.user("a")])
    #expect(try turns(#"{"messages":[{"role":"user","content":"a"}],\#(pair)}"#) == [.user("a")])
  }

  @Test(arguments: [
    "", #""prompt":"","#, #""prompt":[],"#, #""prompt":"q","#, #""prompt":[{"role":"user","content":"q"}],"#,
    #""prompt":" q\n","#,
    #""messages":[{"role":"user","content":"q"},{"role":"assistant","content":"u"}],"#,
    #""prompt":"q","messages":[{"role":"user","content":"q"}],"#,
  ]) func aPromptMayBeRepeated(prompt: String) throws {
    #expect(try turns("{\(prompt)\(whole)}") == [.user("q")])
  }

  @Test(arguments: [
    #""prompt":"other","#, #""prompt":[{"role":"user","content":"other"}],"#,
    #""messages":[{"role":"user","content":"other"}],"#,
  ]) func twoPromptsAreAnError(prompt: String) {
    #expect(refusal("{\(prompt)\(whole)}")?.contains("say different things") == true)
  }

  @Test func aPromptAndMessagesBeforeTextsMustAgree() throws {
    let texts = #""messages":[{"role":"user","content":"q"}],"chosen":"u","rejected":"v"}"#
    #expect(try turns(#"{"prompt":"q",\#(texts)"#) == [.user("q")])
    #expect(refusal(#"{"prompt":"other",\#(texts)"#)?.contains("say different things") == true)
  }

  @Test func conversationsThatPartBeforeTheLastReplyAreRefused() {
    let row =
      #"{"chosen":[{"role":"user","content":"q"},{"role":"assistant","content":"u"},"#
      + #"{"role":"user","content":"t"},{"role":"assistant","content":"w"}],"#
      + #""rejected":[{"role":"user","content":"q"},{"role":"assistant","content":"v"},"#
      + #"{"role":"user","content":"t"},{"role":"assistant","content":"w"}]}"#
    #expect(refusal(row)?.contains("part before their last replies, at message 2") == true)
    #expect(refusal(row)?.contains("end both with the first reply in which they differ") == true)
  }

  @Test(arguments: [
    (
      #"{"chosen":[{"role":"user","content":"q"}],"rejected":[{"role":"user","content":"q"}]}"#,
      "chosen: the last message is not the assistant's"
    ),
    (
      #"{"prompt":"q","chosen":"u","rejected":[]}"#,
      #""chosen" and "rejected" are not both strings or both lists of messages"#
    ),
    (#"{"prompt":"q","chosen":[],"rejected":[]}"#, "chosen: the last message is not the assistant's"),
    (#"{"prompt":"q","chosen":"u"}"#, #"missing key "rejected""#),
    (#"{"prompt":" ","chosen":"a u","rejected":"a v"}"#, "prompt: empty"),
    (#"{"prompt":"q","chosen":"u","rejected":" \n"}"#, "rejected: the response is empty"),
    (
      #"{"prompt":"q","chosen":[{"role":"assistant","content":" "}],"rejected":[{"role":"assistant","content":"v"}]}"#,
      "chosen[0].content: empty"
    ),
    (
      #"{"question":"q","chosen":"u a","rejected":"u b"}"#,
      #""question" is not read and there is no "prompt": name it "prompt""#
    ),
    (#"{"prompt":"q","chosen":"u","rejected":"v","margin":1e40}"#, "margin: a number beyond 3.4028235e+38"),
    (
      #"{"prompt":"q","chosen":"u","rejected":"v","category":"a","task":"b"}"#,
      #"both "category" and "task", which differ"#
    ),
  ]) func whatCannotBeReadSaysWhy(row: String, reason: String) {
    #expect(refusal(row) == reason)
  }

  // MARK: Turns

  @Test func anEmptySystemTurnIsNone() throws {
    #expect(
      try turns(#"{"prompt":[{"role":"system","content":""},{"role":"user","content":"q"}],\#(pair)}"#) == [.user("q")])
    let row =
      #"{"chosen":[{"role":"system","content":""},{"role":"user","content":"q"},{"role":"assistant","content":"u"}],"#
      + #""rejected":[{"role":"system","content":""},{"role":"user","content":"q"},{"role":"assistant","content":"v"}]}"#
    #expect(try turns(row) == [.user("q")])
  }

  @Test func partsOfTextAreOneText() throws {
    let parts = #"[{"type":"text","text":"q ","image":null},{"type":"text","text":"r"}]"#
    #expect(try turns(#"{"prompt":[{"role":"user","content":\#(parts)}],\#(pair)}"#) == [.user("q r")])
    let image = #"[{"type":"image","image":"SECRET"}]"#
    #expect(
      refusal(#"{"prompt":[{"role":"user","content":\#(image)}],\#(pair)}"#)
        == #"prompt[0].content[0].type: not "text", and only texts are read: leave the row out"#)
  }

  @Test(arguments: [
    ("tool", #"prompt[0].role: "tool" is not read: write what the tool said into a user's turn, or leave the row out"#),
    ("developer", #"prompt[0].role: "developer" is not read: write the turn as "system""#),
    ("human", #"prompt[0].role: "human" is not read: write "user""#),
    ("User", #"prompt[0].role: not "system", "user" or "assistant""#),
  ]) func otherRolesSayWhatToDo(role: String, reason: String) {
    #expect(
      refusal(#"{"prompt":[{"role":"\#(role)","content":"x"},{"role":"user","content":"q"}],\#(pair)}"#) == reason)
  }

  @Test(arguments: ["name", "tool_calls", "thinking", "reasoning_content", "weight"])
  func keysOfMessagesThatTemplatesReadAreRefused(key: String) {
    let row = #"{"prompt":[{"role":"user","content":"q","\#(key)":"SECRET"}],\#(pair)}"#
    #expect(refusal(row)?.contains(#""prompt[0].\#(key)" is no"#) == true)
    #expect(refusal(row)?.contains("SECRET") == false)
  }

  @Test func messagesOfShareGPTAreExplained() {
    let row = #"{"prompt":[{"from":"human","value":"q"}],\#(pair)}"#
    #expect(refusal(row)?.contains(#"name them "role" and "content""#) == true)
  }

  // MARK: Texts

  @Test(arguments: [
    ("The sky is blue.", "The sky is green.", "The sky is", [" blue.", " green."]),
    ("I like Green.", "I like Grey.", "I like", [" Green.", " Grey."]),
    ("He said so. Sure.", "He said so. Sure. Why not?", "He said so.", [" Sure.", " Sure. Why not?"]),
    ("a b", "a b c", "a", [" b", " b c"]), ("one  two", "one  tree", "one ", [" two", " tree"]),
    ("问：天空什么颜色？答：蓝色。", "问：天空什么颜色？答：蓝绿色。", "问：天空什么颜色？答：", ["蓝色。", "蓝绿色。"]),
    ("cafe\u{301} au lait", "cafe\u{301} au riz", "cafe\u{301} au", [" lait", " riz"]),
  ]) func textsPartBetweenWords(chosen: String, rejected: String, prompt: String, responses: [String]) throws {
    let row = try JSONEncoder().encode(["chosen": chosen, "rejected": rejected])
    let found = try samples(String(decoding: row, as: UTF8.self))
    #expect(found.first?.conversation.turns == [.user(prompt)])
    #expect(found.first?.responses == responses)
  }

  @Test(arguments: [("a", "b"), ("ab", "abc"), ("Green", "Grey"), ("ae\u{301}", "ae\u{300}"), (" a", " b")])
  func textsWithoutACommonWordAreRefused(chosen: String, rejected: String) throws {
    let row = try JSONEncoder().encode(["chosen": chosen, "rejected": rejected])
    #expect(refusal(String(decoding: row, as: UTF8.self))?.contains("no common beginning of whole words") == true)
  }

  @Test(arguments: [
    (
      #""chosen":"\n\nHuman: Say hi.\n\nAssistant: Hello there!","rejected":"\n\nHuman: Say hi.\n\nAssistant: Hello!""#,
      [Message.user("Say hi.")], ["Hello there!", "Hello!"]
    ),
    (
      #""chosen":"\n\nHuman: Joke?\n\nAssistant: Sure.","rejected":"\n\nHuman: Joke?\n\nAssistant: Sure. Why?""#,
      [.user("Joke?")], ["Sure.", "Sure. Why?"]
    ),
    (
      #""chosen":"\n\nHuman: A\n\nAssistant: b\n\nHuman: c\n\nAssistant: Green.","#
        + #""rejected":"\n\nHuman: A\n\nAssistant: b\n\nHuman: c\n\nAssistant: Grey.""#,
      [.user("A"), .assistant("b"), .user("c")], ["Green.", "Grey."]
    ),
    (
      #""prompt":"\n\nHuman: A\n\nAssistant: b\n\nHuman: c\n\nAssistant:","chosen":" u","rejected":" v""#,
      [.user("A"), .assistant("b"), .user("c")], ["u", "v"]
    ),
    (
      #""prompt":"\n\nHuman: A","chosen":"\n\nAssistant: u","rejected":"\n\nAssistant: v""#, [.user("A")], ["u", "v"]
    ),
    (
      #""prompt":"\n\nHuman: A\n\nAssistant: b\n\nHuman: c","chosen":"u","rejected":"v""#,
      [.user("A"), .assistant("b"), .user("c")], ["u", "v"]
    ),
    (
      #""prompt":"A","chosen":"\n\nHuman: A\n\nAssistant: u","rejected":"\n\nHuman: A\n\nAssistant: v""#, [.user("A")],
      ["u", "v"]
    ),
    (
      #""chosen":"Human: A\nAssistant: one\nHuman:x","rejected":"q""#, [], []
    ),
    // Markers with a sign stand anywhere.
    (
      ####""chosen":"### Human: A### Assistant: b### Human: c### Assistant: u","####
        + ####""rejected":"### Human: A### Assistant: b### Human: c### Assistant: v""####,
      [.user("A"), .assistant("b"), .user("c")], ["u", "v"]
    ),
    (
      ####""chosen":"### Human: A\n### Assistant:\nu","rejected":"### Human: A\n### Assistant:\nv""####, [.user("A")],
      ["u", "v"]
    ),
    (####""prompt":"### User: A### Assistant:","chosen":" u","rejected":" v""####, [.user("A")], ["u", "v"]),
    (
      ####""prompt":"### Human: A","chosen":"### Assistant: u","rejected":"### Assistant: v""####, [.user("A")],
      ["u", "v"]
    ),
    (#""prompt":"Human: why?","chosen":"u","rejected":"v""#, [.user("Human: why?")], ["u", "v"]),
  ]) func markersOfDialoguesAreTurns(members: String, turns: [Message], responses: [String]) throws {
    guard !turns.isEmpty else {
      #expect(refusal("{\(members)}") != nil)
      return
    }
    let found = try samples("{\(members)}")
    #expect(found.first?.conversation.turns == turns)
    #expect(found.first?.responses == responses)
  }

  @Test(arguments: [
    ("<|im_start|>user\\nA<|im_end|>\\n<|im_start|>assistant\\n", "<|im_start|>"),
    ("<|start_header_id|>user<|end_header_id|>\\n\\nA<|eot_id|>", "<|start_header_id|>"),
    ("<s>[INST] A [/INST] ", "[INST]"), ("<start_of_turn>user\\nA<end_of_turn>\\n", "<start_of_turn>"),
  ]) func renderedTemplatesAreNotCut(prefix: String, token: String) throws {
    let reason = refusal(#"{"chosen":"\#(prefix)u","rejected":"\#(prefix)v"}"#)
    #expect(reason?.contains("(\(token))") == true && reason?.contains("lists of messages") == true)
    // One response may speak of such a token.
    let found = try samples(#"{"chosen":"Name a token. \#(token)","rejected":"Name a token. None."}"#)
    #expect(found.first?.conversation.turns == [.user("Name a token.")])
  }

  @Test func dialoguesOfOtherPromptsAreRefused() {
    let row = #"{"prompt":"B","chosen":"\n\nHuman: A\n\nAssistant: u","rejected":"\n\nHuman: A\n\nAssistant: v"}"#
    #expect(refusal(row)?.contains("say different things") == true)
  }

  // MARK: Identifiers

  @Test(arguments: ["18446744073709551615", "12.50", "-7", "12345678901234567890123", "1e400"])
  func anyNumberIsAnIdentifierAsItIsWritten(digits: String) throws {
    #expect(try samples(#"{"id":\#(digits),"prompt":"q","chosen":"u","rejected":"v"}"#).first?.id == digits)
    #expect(try samples(#"{"id":\#(digits),"prompt":"q","responses":["u","v"],"ranks":[1,2]}"#).first?.id == digits)
  }

  @Test func otherValuesAreNoIdentifiers() {
    #expect(refusal(#"{"id":true,"prompt":"q","chosen":"u","rejected":"v"}"#) == "id: not a string or a number")
  }
}
