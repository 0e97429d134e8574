import Foundation
import Testing

@testable import dmoerm

struct CommandTests {
  private static let row =
    #"{"prompt": "Hi?", "responses": ["Yes.", "No."], "ranks": [1, 2], "category": "chat", "capability": null}"#

  @Test func helpAndVersionGoToStandardOutput() throws {
    let scratch = try Scratch()
    let version = try scratch.run("--version")
    #expect(version.status == 0 && version.output == DMoERMCommand.version + "\n" && version.error.isEmpty)
    for command in ["train", "score", "eval", "inspect", "demo"] {
      let help = try scratch.run(command, "--help")
      #expect(help.status == 0 && help.error.isEmpty)
      #expect(help.output.contains("USAGE: dmoerm \(command)"))
    }
  }

  @Test func aWrongCommandLineExitsWith64() throws {
    let scratch = try Scratch()
    for arguments in [["nonsense"], ["train"], ["score", "--model", "x"], ["train", "--samples", "a", "--nonsense"]] {
      let run = try Program(arguments, folder: scratch.url)
      #expect(run.status == 64, "\(arguments)")
      #expect(run.error.hasPrefix("dmoerm: ") && run.output.isEmpty)
    }
  }

  @Test(arguments: [
    ["--head-dropout", "1"], ["--language-model", "nan"], ["--batch-sum=-1"], ["--learning-rate", "inf"],
  ])
  func settingsThatCannotTrainAreNotPrinted(arguments: [String]) throws {
    let scratch = try Scratch()
    let run = try Program(["train", "--print-config"] + arguments, folder: scratch.url)
    #expect(run.status == 64 && run.output.isEmpty && run.error.contains("dmoerm: training."))
  }

  @Test func everySettingIsPrinted() throws {
    let scratch = try Scratch()
    let run = try scratch.run("train", "--print-config")
    #expect(run.status == 0)
    let plan = try JSONDecoder().decode(JSONValue.self, from: Data(run.output.utf8))
    #expect(plan["training"]?["regularization"]?["batchSum"] == .null && plan["training"]?["seed"] != nil)
    #expect(plan["model"]?["combination"] == .null && plan["model"]?["pooling"] == .string("last"))
    #expect(plan["model"] != nil && plan["model"]?["taxonomy"] == nil)
  }

  @Test(arguments: [
    ("", "is empty"), ("{\"a\"\n", "data.jsonl:1: "), (row + "\n{\"prompt\": \"x\"}\n", "data.jsonl:2: "),
    ("{\"question\": 1}\n", "data.jsonl"),
  ])
  func badDataExitsWith65AndSaysWhere(text: String, message: String) throws {
    let scratch = try Scratch()
    try scratch.write(text, to: "data.jsonl")
    let run = try scratch.run(
      "train", "--samples", "data.jsonl", "--backbone", Program.backbone, "--output", "x.dmoerm")
    #expect(run.status == 65)
    #expect(run.error.hasPrefix("dmoerm: ") && run.error.contains(message), "\(run.error)")
  }

  @Test func aRunThatTrainsNothingWritesNoBundle() throws {
    let scratch = try Scratch()
    try scratch.write(Self.row + "\n", to: "data.jsonl")
    let run = try scratch.run(
      "train", "--samples", "data.jsonl", "--backbone", Program.backbone, "--output", "x.dmoerm", "--top-layers", "1",
      "--maximum-tokens", "32")
    #expect(run.status == 65 && run.error.contains("dmoerm: nothing was trained: "), "\(run.error)")
    #expect(!FileManager.default.fileExists(atPath: scratch.url.appendingPathComponent("x.dmoerm").path))
  }

  @Test(arguments: ["--rank", "--batch-size", "--epochs", "--aggregator-width"])
  func absurdSettingsAreRefused(option: String) throws {
    let scratch = try Scratch()
    try scratch.write(Self.row + "\n", to: "data.jsonl")
    let run = try scratch.run(
      "train", "--samples", "data.jsonl", "--backbone", Program.backbone, "--output", "x.dmoerm", "--top-layers", "1",
      "--maximum-tokens", "32", option, "1000000000000")
    #expect(run.status == 64 && run.error.hasPrefix("dmoerm: "), "\(run.error)")
  }

  @Test func compressedInputIsExplained() throws {
    let scratch = try Scratch()
    try Data([0x1F, 0x8B, 8, 0]).write(to: scratch.url.appendingPathComponent("data.gz"))
    let run = try scratch.run("inspect", "data", "data.gz")
    #expect(run.status == 65 && run.error.contains("zcat data.gz | dmoerm"))
  }

  /// Leaving lines out is no way on where none would be left.
  @Test func aFileWithoutAValidLineSaysWhyAndHintsAtNothing() throws {
    let scratch = try Scratch()
    let tool = #"{"prompt": [{"role": "tool", "content": "x"}], "chosen": "a", "rejected": "b"}"#
    try scratch.write(tool + "\n" + tool, to: "none.jsonl")
    try scratch.write(tool + "\n" + #"{"prompt": "q", "chosen": "a", "rejected": "b"}"#, to: "some.jsonl")
    for arguments in [["inspect", "data"], ["train", "--skip-invalid", "--samples"], ["train", "--samples"]] {
      let run = try Program(
        arguments + ["none.jsonl"] + (arguments[0] == "train" ? Self.training : []), folder: scratch.url)
      #expect(run.status == 65 && run.error.contains("none.jsonl: none of its 2 lines can be read"), "\(run.error)")
      #expect(run.error.contains("none.jsonl:1: prompt[0].role: \"tool\"") && !run.error.contains("--skip-invalid"))
    }
    let some = try Program(["train", "--samples", "some.jsonl"] + Self.training, folder: scratch.url)
    #expect(some.status == 65 && some.error.contains("some.jsonl:1: ") && some.error.contains("--skip-invalid"))
  }

  private static let training = ["--backbone", Program.backbone, "--taxonomy", "single", "--output", "x.dmoerm"]

  @Test func keysThatAreNotReadAreToldOnce() throws {
    let scratch = try Scratch()
    let row = #"{"prompt": "q", "chosen": "a", "rejected": "b", "rating": 3, "prompt_id": "x"}"#
    let text = try scratch.run("inspect", "data", "-", input: row + "\n" + row)
    #expect(text.status == 0 && text.output.contains("keys not read    prompt_id, rating"), "\(text.output)")
    let json = try scratch.run("inspect", "data", "-", "--json", input: row)
    #expect(json.output.contains(#""keysNotRead":["prompt_id","rating"]"#))
    let refused = try scratch.run(
      "inspect", "data", "-", input: row + "\n" + row.replacingOccurrences(of: "rating", with: "weight"))
    #expect(refused.output.contains(#"standard input:2: "weight" is read in the native form only"#))
  }

  @Test func whatIsNotThereIsNamed() throws {
    let scratch = try Scratch()
    for (arguments, name) in [
      (["inspect", "data", "none.jsonl"], "none.jsonl"), (["inspect", "bundle", "none.dmoerm"], "none.dmoerm"),
      (["inspect", "tokens", "--backbone", "none.gguf", "--text", "x"], "none.gguf"),
      (["eval", "--model", "none.dmoerm", "--samples", "/dev/null"], "none.dmoerm"), (["demo"], "there is no backbone"),
    ] {
      let run = try Program(arguments, folder: scratch.url)
      #expect(run.status == 65 && run.error.hasPrefix("dmoerm: ") && run.error.contains(name), "\(run.error)")
    }
  }

  @Test func tokensAndHiddenStatesAreJSONArrays() throws {
    let scratch = try Scratch()
    let tokens = try scratch.run("inspect", "tokens", "--backbone", Program.backbone, "--text", "-", input: "Hi there")
    let ids = try JSONDecoder().decode([Int].self, from: Data(tokens.output.utf8))
    #expect(!ids.isEmpty)
    let hidden = try scratch.run(
      "inspect", "hidden", "--backbone", Program.backbone, "--ids", ids.map(String.init).joined(separator: ","))
    #expect(try JSONDecoder().decode([Float].self, from: Data(hidden.output.utf8)).count == 32)

    // Many, a line each.
    let texts = try scratch.run(
      "inspect", "tokens", "--backbone", Program.backbone, "--input", "-", input: "\"Hi there\"\n\"\"\n")
    #expect(texts.output == tokens.output + "[]\n", "\(texts.error)")
    let states = try scratch.run(
      "inspect", "hidden", "--backbone", Program.backbone, "--input", "-", input: tokens.output + tokens.output)
    #expect(states.output == hidden.output + hidden.output, "\(states.error)")
    for (input, arguments) in [("[1, \"a\"]", "hidden"), ("12", "tokens")] {
      let wrong = try scratch.run("inspect", arguments, "--backbone", Program.backbone, "--input", "-", input: input)
      #expect(wrong.status == 65 && wrong.error.contains("standard input:1: "), "\(wrong.error)")
    }
    #expect(try scratch.run("inspect", "tokens", "--backbone", Program.backbone).status == 64)
  }

  @Test func dataIsCountedWithItsInvalidLines() throws {
    let scratch = try Scratch()
    let run = try scratch.run("inspect", "data", "-", "--json", input: Self.row + "\n{\"a\"\n" + Self.row + "\n")
    guard case .object(let facts) = try JSONDecoder().decode(JSONValue.self, from: Data(run.output.utf8)) else {
      Issue.record("no object")
      return
    }
    #expect(facts["lines"] == .integer(3) && facts["invalidLines"] == .integer(1))
    #expect(facts["overallSamples"] == .integer(2) && facts["distinctPrompts"] == .integer(1))
    #expect(facts["format"] == .string("native"))
  }
}
