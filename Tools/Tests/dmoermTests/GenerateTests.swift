import Foundation
import Testing

@testable import dmoerm

/// The command that lets a backbone write, on the library's tiny one.
@Suite struct GenerateTests {
  private static let backbone = ["--backbone", Program.backbone, "--threads", "1"]

  private func generate(_ arguments: String..., input: String = "", in scratch: Scratch) throws -> Program {
    try Program(["generate"] + Self.backbone + arguments, input: Data(input.utf8), folder: scratch.url)
  }

  private func fields(_ line: some StringProtocol) throws -> [String: JSONValue] {
    guard case .object(let fields) = try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8)) else {
      throw CocoaError(.coderInvalidValue)
    }
    return fields
  }

  @Test func idsGoOnAndTheSameCommandWritesTheSame() throws {
    let scratch = try Scratch()
    let run = try generate("--ids", "60, 61,62", "--greedy", "--max-tokens", "5", "--json", in: scratch)
    #expect(run.status == 0, "\(run.error)")
    let line = try fields(run.output)
    guard case .array(let ids)? = line["ids"], case .array(let logprobs)? = line["logprobs"] else {
      Issue.record("\(run.output)")
      return
    }
    #expect(ids.count == 5 && logprobs.count == 5 && line["finishReason"] == .string("length"))
    #expect(
      try generate("--ids", "60,61,62", "--greedy", "--max-tokens", "5", "--json", in: scratch).output == run.output)
  }

  @Test func samplesComeInTheirOrder() throws {
    let scratch = try Scratch()
    let arguments = ["--prompt", "Say a word", "--template", "chatml", "--max-tokens", "6", "--seed", "3", "--json"]
    let all = try Program(
      ["generate"] + Self.backbone + arguments + ["--samples", "4", "--temperature", "1.5", "--top-p", "0.9"],
      folder: scratch.url)
    #expect(all.status == 0, "\(all.error)")
    let lines = all.output.split(separator: "\n")
    #expect(try lines.map { try fields($0)["sample"] } == (0..<4).map { .integer($0) })
    #expect(try fields(lines[0])["sampledLogprobs"] != nil)
    #expect(Set(lines).count == 4)
  }

  @Test func promptsComeFromAFile() throws {
    let scratch = try Scratch()
    let rows =
      #"{"id": "a", "prompt": "One"}"# + "\n" + #"{"id": "b", "messages": [{"role": "user", "content": "Two"}]}"#
    let run = try generate(
      "--input", "-", "--template", "chatml", "--max-tokens", "3", "--samples", "2", "--json", input: rows, in: scratch)
    #expect(run.status == 0, "\(run.error)")
    let ids = try run.output.split(separator: "\n").map { try fields($0)["id"] }
    #expect(ids == ["a", "a", "b", "b"].map { .string($0) })
  }

  @Test func rowsHoldAllTextsOfAPrompt() throws {
    let scratch = try Scratch()
    let rows = #"{"id": "a", "prompt": "One", "category": "chat"}"# + "\n" + #"{"id": "b", "prompt": "Two"}"#
    let arguments = ["--input", "-", "--template", "chatml", "--max-tokens", "3", "--samples", "3"]
    func run(_ more: String) throws -> Program {
      try Program(["generate"] + Self.backbone + arguments + [more], input: Data(rows.utf8), folder: scratch.url)
    }
    let whole = try run("--rows")
    #expect(whole.status == 0, "\(whole.error)")
    let lines = try whole.output.split(separator: "\n").map { try fields($0) }
    #expect(lines.map { $0["id"] } == ["a", "b"].map { .string($0) })
    #expect(lines.map { $0["category"] } == [.string("chat"), nil])
    let texts = try run("--json").output.split(separator: "\n").map { try fields($0)["text"] }
    #expect(
      lines.map { $0["responses"] } == [.array(texts[..<3].compactMap(\.self)), .array(texts[3...].compactMap(\.self))])
    let refused = try generate("--prompt", "One", "--rows", "--json", in: scratch)
    #expect(refused.status == 64 && refused.error.contains("--rows"), "\(refused.error)")
  }

  @Test func aRewardModelChooses() throws {
    let scratch = try Scratch()
    let data = (0..<20).map { #"{"prompt": "chat \#($0)?", "chosen": "yes, surely", "rejected": "no \#($0)"}"# }
    try scratch.write(data.joined(separator: "\n"), to: "data.jsonl")
    let train = try Program(
      [
        "train", "--samples", "data.jsonl", "--taxonomy", "single", "--backbone", Program.backbone, "--rank", "2",
        "--maximum-tokens", "128", "--epochs", "1", "--threads", "1", "--output", "one.dmoerm",
      ], folder: scratch.url)
    #expect(train.status == 0, "\(train.error)")
    let run = try generate(
      "--prompt", "chat?", "--template", "chatml", "--max-tokens", "6", "--best-of", "5", "--reward", "one.dmoerm",
      "--json", in: scratch)
    #expect(run.status == 0, "\(run.error)")
    let line = try fields(run.output)
    guard case .array(let rewards)? = line["rewards"], case .number(let best)? = line["reward"],
      case .integer(let abstentions)? = line["abstentions"]
    else {
      Issue.record("\(run.output)")
      return
    }
    let numbers = rewards.compactMap { if case .number(let number) = $0 { number } else { nil } }
    #expect(rewards.count == 5 && numbers.max() == best && 5 - numbers.count == Int(abstentions))
  }

  @Test func whatCannotBeIsRefusedBeforeAModelIsRead() throws {
    let scratch = try Scratch()
    let refused: [([String], Int32, String)] = [
      ([], 64, "--prompt TEXT is missing"),
      (["--prompt", "a", "--ids", "1"], 64, "--prompt and --ids cannot go together"),
      (["--ids", "1,,2"], 64, "element 2 of 3 is empty"),
      (["--ids", "9999"], 65, "token id 9999 is not in the vocabulary"),
      (["--ids", "1", "--greedy", "--top-k", "3"], 64, "--greedy takes the likeliest token"),
      (["--ids", "1", "--temperature", "0"], 64, "temperature is 0"),
      (["--ids", "1", "--best-of", "3", "--reward", "x"], 64, "--best-of judges answers"),
      (["--prompt", "a", "--best-of", "3"], 64, "--best-of needs --reward"),
      (["--prompt", "a", "--reward", "none.dmoerm", "--best-of", "2"], 65, "none.dmoerm: there is no such bundle"),
      (["--prompt", "a", "--template", "nonsense"], 64, "--template is a file or one of"),
      (["--input", "missing.jsonl"], 65, "missing.jsonl"),
    ]
    for (arguments, status, text) in refused {
      let run = try Program(["generate"] + Self.backbone + arguments, folder: scratch.url)
      #expect(run.status == status && run.error.contains(text), "\(arguments): \(run.status) \(run.error)")
      #expect(run.output.isEmpty)
    }
  }
}
