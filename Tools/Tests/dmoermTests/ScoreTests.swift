import Foundation
import Testing

@testable import dmoerm

/// Rows and items that are scored by the command, with a model of one category.
@Suite struct ScoreTests {
  private func score(_ rows: [String], _ more: String..., in scratch: Scratch) throws -> Program {
    try Program(
      ["score", "--input", "-"] + Scratch.model + more, input: Data(rows.joined(separator: "\n").utf8),
      folder: scratch.url)
  }

  private func reward(_ line: some StringProtocol) throws -> Double {
    guard case .object(let fields) = try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8)),
      case .number(let reward) = fields["reward"]
    else { throw CocoaError(.coderInvalidValue) }
    return reward
  }

  @Test func rowsAreScoredAsTheySay() throws {
    let scratch = try Scratch.withModel()
    let run = try score(
      [
        #"{"id": 12345678901234567890123, "prompt": "chat?", "response": "yes", "category": "poetry", "rating": 1}"#,
        #"{"id": 12.50, "prompt": "chat?", "messages": null, "response": "yes", "system": "Be rude."}"#,
        #"{"id": {"a": [1e3]}, "messages": [{"role": "system", "content": "Be rude."}, {"role": "user", "content": "chat?"}],"#
          + #" "response": "yes"}"#,
        #"{"id": "blank", "prompt": "chat?", "responses": ["yes", "  "]}"#,
        #"{"id": "tool", "messages": [{"role": "user", "content": "a"}, {"role": "tool", "content": "b"}], "response": "c"}"#,
      ], "--skip-invalid", in: scratch)
    let lines = run.output.split(separator: "\n")
    #expect(run.status == 0 && lines.count == 5, "\(run.error)")
    guard lines.count == 5 else { return }
    #expect(lines[0].hasPrefix(#"{"category":"general","id":12345678901234567890123,"reward":"#))
    #expect(lines[1].contains(#""id":12.50,"#) && lines[2].contains(#""id":{"a":[1e3]},"#))
    #expect(try reward(lines[1]) == reward(lines[2]))
    #expect(try reward(lines[0]) != reward(lines[1]))
    #expect(
      lines[3] == #"{"error":"standard input:4: responses[1]: the response is empty","id":"blank"}"#, "\(lines[3])")
    #expect(lines[4].contains(#"messages[1].role: \"tool\" is not read"#) && lines[4].hasSuffix(#""id":"tool"}"#))
    #expect(run.error.contains("standard input: keys not read: rating"), "\(run.error)")
  }

  @Test func leavingLinesOutIsHintedAtWhereSomeAreLeft() throws {
    let scratch = try Scratch.withModel()
    let (good, bad) = (#"{"prompt": "a", "response": "b"}"#, #"{"prompt": "a", "response": "b", "tools": [{}]}"#)
    let first = try score([bad, good], in: scratch)
    #expect(first.status == 65 && first.error.contains(#"standard input:1: "tools" would change"#), "\(first.error)")
    let second = try score([good, bad], in: scratch)
    #expect(second.status == 65 && second.error.contains("standard input:2: "), "\(second.error)")
    #expect(second.error.contains("--skip-invalid") && second.output.contains("reward"))
  }

  /// A program writes a row, reads its reward and only then writes the next.
  @Test func eachRowIsAnsweredBeforeTheNextIsWritten() throws {
    let scratch = try Scratch.withModel()
    let process = Process()
    process.executableURL = Program.url
    process.arguments = ["score", "--input", "-"] + Scratch.model
    process.currentDirectoryURL = scratch.url
    process.environment = ["PATH": "/usr/bin:/bin", "HOME": scratch.url.path]
    let (input, output) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    for number in 1...3 {
      let row = #"{"id": \#(number), "prompt": "chat?", "response": "yes \#(number)"}"# + "\n"
      try input.fileHandleForWriting.write(contentsOf: Data(row.utf8))
      var line = ""
      while !line.hasSuffix("\n") {
        let more = output.fileHandleForReading.availableData
        guard !more.isEmpty else { break }
        line += String(decoding: more, as: UTF8.self)
      }
      #expect(line.contains("\"id\":\(number),\"reward\":") && line.hasSuffix("}\n"))
    }
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  @Test func aResponseThatIsEmptyIsNamedByItsPlace() throws {
    let scratch = try Scratch()
    let run = try scratch.run("score", "--prompt", "a", "--response", "b", "--response", " ", "--response", "c")
    #expect(run.status == 64 && run.error.contains("--response 2 of 3 is empty"), "\(run.error)")
    let prompt = try scratch.run("score", "--prompt", "", "--response", "b")
    #expect(prompt.status == 64 && prompt.error.contains("--prompt is empty"), "\(prompt.error)")
    let skipping = try scratch.run("score", "--prompt", "a", "--response", "b", "--skip-invalid")
    #expect(skipping.status == 64 && skipping.error.contains("--skip-invalid goes with --input"), "\(skipping.error)")
    let missing = try scratch.run("score", "--model", "none.dmoerm", "--input", "none.jsonl")
    #expect(missing.status == 65 && missing.error.contains("none.jsonl: there is no such file"), "\(missing.error)")
  }

  @Test func aTextThatIsTooLongHintsAtACommandThatShowsTheLimit() throws {
    let scratch = try Scratch.withModel()
    let long = String(repeating: "word ", count: 400)
    let run = try Program(["score", "--prompt", "a", "--response", long] + Scratch.model, folder: scratch.url)
    #expect(run.status == 65 && run.error.contains("`dmoerm inspect bundle one.dmoerm` shows"), "\(run.error)")
    #expect(try scratch.run("inspect", "bundle", "one.dmoerm").output.contains("128 tokens"))
  }

  @Test(arguments: ["1,,2", ",1", "1,", ","]) func anEmptyTokenIDIsAnError(ids: String) throws {
    let run = try Scratch().run("inspect", "hidden", "--ids", ids, "--backbone", Program.backbone)
    #expect(run.status == 64 && run.error.contains("is empty") && run.output.isEmpty, "\(run.error)")
  }

  /// What a model likes better, as training reads it: an order for each row, and no number of what cannot be judged.
  @Test func rewardsBecomePreferences() throws {
    let scratch = try Scratch.withModel()
    let rows = [
      #"{"id": 7, "prompt": "chat?", "responses": ["yes", "no way", "yes"]}"#,
      #"{"prompt": "chat?", "responses": ["yes", "no"], "category": "general"}"#,
      #"{"id": "one", "prompt": "chat?", "response": "yes"}"#,
      #"{"id": "e", "prompt": "chat?", "responses": ["a", " "]}"#,
    ]
    let run = try score(rows, "--as-preferences", "--skip-invalid", in: scratch)
    #expect(run.status == 0 && run.error.contains("2 invalid lines of 4"), "\(run.error)")
    let lines = run.output.split(separator: "\n")
    #expect(lines.count == 2)
    guard lines.count == 2 else { return }
    for text in [#""id":"7""#, #""category":"general""#, #""annotator":"one.dmoerm""#] {
      #expect(lines[0].contains(text), "\(lines[0])")
    }
    // Equal texts are ties, whichever of the two is better.
    #expect(lines[0].contains(#""ranks":[1,2,1]"#) || lines[0].contains(#""ranks":[2,1,2]"#), "\(lines[0])")
    #expect(lines[1].contains(#""id":"2""#), "\(lines[1])")
    try scratch.write(run.output, to: "labels.jsonl")
    let data = try scratch.run("inspect", "data", "labels.jsonl")
    #expect(data.status == 0, "\(data.error)")
    let refused = try score([rows[2]], "--as-preferences", in: scratch)
    #expect(refused.status == 65 && refused.error.contains("1:"), "\(refused.error)")
    #expect(try scratch.run("score", "--prompt", "a", "--response", "b", "--as-preferences").status == 64)
  }
}
