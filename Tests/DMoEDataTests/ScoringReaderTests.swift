@_spi(Command) import DMoEData
import Foundation
import Testing

@Suite struct ScoringReaderTests {
  private func read(_ text: String) throws -> [ScoringReader.Line] {
    var reader = ScoringReader(lines(text))
    var found: [ScoringReader.Line] = []
    while let line = try reader.next() { found.append(line) }
    return found
  }

  private func row(_ text: String) throws -> ScoringRow? { try read(text).first?.row.get() }

  private func reason(_ text: String) throws -> String? {
    guard case .failure(let error)? = try read(text).first?.row else { return nil }
    return error.description
  }

  @Test func rowsAreReadInFull() throws {
    let found = try row(
      #"{"system":"Be rude.","messages":[{"role":"user","content":"q"}],"responses":["a","b"],"task":"chat"}"#)
    #expect(found?.conversation.turns == [.system("Be rude."), .user("q")])
    #expect(found?.responses == ["a", "b"] && found?.isList == true && found?.category == "chat")
    let one = try row(#"{"prompt":"q","response":"a","messages":null,"responses":null,"system":""}"#)
    #expect(one?.conversation == "q" && one?.responses == ["a"] && one?.isList == false && one?.category == nil)
  }

  @Test(arguments: ["12345678901234567890123", "12.50", "-0.0", "1E5", #""a\/b""#, "[1,{\"x\":2.0}]", "true"])
  func identifiersKeepTheirDigits(id: String) throws {
    let expected = id == #""a\/b""# ? #""a/b""# : id
    #expect(try read(#"{"id":\#(id),"prompt":"q","response":"a"}"#).first?.id == expected)
    // A line that cannot be scored is known by its identifier, too.
    #expect(try read(#"{"id":\#(id),"prompt":"q","response":""}"#).first?.id == expected)
  }

  @Test(arguments: [
    (#"{"prompt":"q"}"#, #"missing key "response" or "responses""#),
    (#"{"response":"SECRET"}"#, #"missing key "conversation" or "prompt""#),
    (#"{"prompt":" \n","response":"a"}"#, "prompt: empty"),
    (#"{"messages":[{"role":"user","content":"\t"}],"response":"a"}"#, "messages[0].content: empty"),
    (#"{"prompt":"q","response":"   "}"#, "response: the response is empty"),
    (#"{"prompt":"q","responses":["a","SECRET","\n"]}"#, "responses[2]: the response is empty"),
    (#"{"prompt":"q","responses":[]}"#, "responses: no response"),
    (#"{"prompt":"q","responses":["a",null]}"#, "responses[1]: null instead of a string"),
    (#"{"prompt":"q","response":["a"]}"#, "response: not a string"),
    (#"{"prompt":"q","response":"a","responses":["b"]}"#, #"both "response" and "responses": leave one out"#),
    (
      #"{"messages":[{"role":"user","content":"q"},{"role":"tool","content":"x"}],"response":"a"}"#,
      #"messages[1].role: "tool" is not read: write what the tool said into a user's turn, or leave the row out"#
    ),
    (
      #"{"system":"a","messages":[{"role":"system","content":"b"},{"role":"user","content":"q"}],"response":"a"}"#,
      #"both "system" and a system turn in "messages": leave one out"#
    ),
    (#"{"prompt":"q","messages":[],"response":"a"}"#, #"more than one of "conversation", "messages", "prompt""#),
    (#"{"prompt":"q","response":"a",}"#, "not valid JSON: a comma before a closing bracket, column 30"),
    ("[]", "not a JSON object"),
  ]) func linesThatAreNoRowsSayWhy(line: String, expected: String) throws {
    #expect(try reason(line) == expected)
  }

  @Test func readingGoesOnAfterALineThatIsNoRow() throws {
    let found = try read("{\n\n" + #"{"prompt":"q","response":"a"}"#)
    #expect(found.map(\.number) == [1, 3])
    #expect(throws: DataError.self) { try found[0].row.get() }
    #expect(throws: Never.self) { try found[1].row.get() }
  }

  @Test func keysThatNothingIsKnownOfAreTold() throws {
    var reader = ScoringReader(
      lines(#"{"prompt":"q","response":"a","rating":3,"metadata":{},"system":" ","tools":[]}"#))
    _ = try reader.next()
    let keys = reader.keysNotRead
    #expect(keys == ["rating"])
  }

  /// Whoever writes a row may wait for its answer before the next: what a pipe has is read, and no more is waited for.
  @Test func aRowOfAPipeIsReadBeforeTheNextIsWritten() throws {
    let pipe = Pipe()
    let row = Data((#"{"prompt":"q","response":"a"}"# + "\n").utf8)
    var reader = ScoringReader(JSONLines(handle: pipe.fileHandleForReading, name: "-"))
    for number in 1...3 {
      try pipe.fileHandleForWriting.write(contentsOf: row)
      let line = try reader.next()
      let hasMore = reader.hasBufferedLine
      #expect(line?.number == number && !hasMore)
    }
    try pipe.fileHandleForWriting.write(contentsOf: row + row)
    let first = try reader.next()
    let hasMore = reader.hasBufferedLine
    #expect(first?.number == 4 && hasMore)
    try pipe.fileHandleForWriting.close()
    let last = try reader.next()
    let end = try reader.next()
    #expect(last?.number == 5 && end == nil)
  }
}
