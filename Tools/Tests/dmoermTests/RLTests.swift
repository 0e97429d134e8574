import Foundation
import Testing

@testable import dmoerm

/// The command that trains a language model by a reward model, on the library's tiny backbone.
@Suite struct RLTests {
  private static let rows = """
    {"prompt": "Say a word"}
    {"prompt": "Another one"}

    """

  /// A folder with prompts and a small reward model.
  private static func prepared() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write(rows, to: "prompts.jsonl")
    let data = (0..<20).map { #"{"prompt": "chat \#($0)?", "chosen": "yes, surely", "rejected": "no \#($0)"}"# }
    try scratch.write(data.joined(separator: "\n"), to: "data.jsonl")
    let train = try Program(
      [
        "train", "--samples", "data.jsonl", "--taxonomy", "single", "--backbone", Program.backbone, "--rank", "2",
        "--maximum-tokens", "128", "--epochs", "1", "--threads", "1", "--output", "one.dmoerm",
      ], folder: scratch.url)
    try #require(train.status == 0, "\(train.error)")
    return scratch
  }

  private static func rl(_ arguments: [String], in scratch: Scratch) throws -> Program {
    try Program(
      [
        "rl", "--backbone", Program.backbone, "--threads", "1", "--prompts", "prompts.jsonl", "--reward", "one.dmoerm",
        "--output", "tuned", "--max-tokens", "6", "--keep-truncated",
        "--kl", "0",
      ] + (arguments.contains("--template") ? [] : ["--template", "chatml"]) + arguments, folder: scratch.url)
  }

  private static func steps(_ scratch: Scratch) throws -> Int {
    try Data(contentsOf: scratch.url.appendingPathComponent("tuned/metrics.jsonl")).count { $0 == 10 }
  }

  @Test func aRunIsKeptAndItsFolderIsItsOwn() throws {
    let scratch = try Self.prepared()
    let run = try Self.rl(["--steps", "2", "--group-size", "3"], in: scratch)
    #expect(run.status == 0, "\(run.error)")
    #expect(run.output.contains("Ended after 2 steps: all steps were taken"), "\(run.output)")
    #expect(try Self.steps(scratch) == 2)
    let adapter = scratch.url.appendingPathComponent("tuned/adapter/adapter_model.safetensors")
    let bytes = try Data(contentsOf: adapter)
    // The same command finds it done.
    let again = try Self.rl(["--steps", "2", "--group-size", "3"], in: scratch)
    #expect(again.status == 0 && again.output.contains("Goes on after 2 steps"), "\(again.error)")
    #expect(try Data(contentsOf: adapter) == bytes && Self.steps(scratch) == 2)
    let other = try Self.rl(["--steps", "1", "--group-size", "4"], in: scratch)
    #expect(other.status == 64 && other.error.contains("begun with another configuration"), "\(other.error)")
    #expect(try Data(contentsOf: adapter) == bytes)
    let replaced = try Self.rl(["--steps", "1", "--group-size", "4", "--replace"], in: scratch)
    #expect(replaced.status == 0, "\(replaced.error)")
    #expect(try Self.steps(scratch) == 1)
  }

  @Test func answersBeforeAndAfterAreComparedByTheRewardAndByOtherJudges() throws {
    let scratch = try Self.prepared()
    try scratch.write(#"{"prompt": "Never trained on"}"#, to: "eval.jsonl")
    let arguments = ["--steps", "2", "--group-size", "3", "--judge", "one.dmoerm", "--eval-samples", "2"]
    let run = try Self.rl(arguments + ["--eval-prompts", "eval.jsonl"], in: scratch)
    #expect(run.status == 0, "\(run.error)")
    for text in ["1 held-out prompt, 2 answers each", "one.dmoerm (trains)", "Divergence spent:", "Never trained on"] {
      #expect(run.output.contains(text), "\(text) is not in \(run.output)")
    }
    let report = try String(
      contentsOf: scratch.url.appendingPathComponent("tuned/report.html"), encoding: .utf8)
    #expect(report.contains("Never trained on") && report.contains("What judges say"))
    let held = try Self.rl(["--steps", "1", "--group-size", "3", "--held-out", "1", "--replace"], in: scratch)
    #expect(held.status == 0 && held.output.contains("1 held-out prompt, 4 answers each"), "\(held.error)")
    for (wrong, text) in [
      (["--held-out", "2"], "leaves none"), (["--judge", "one.dmoerm"], "nothing to judge"),
      (["--held-out", "1", "--eval-prompts", "eval.jsonl"], "give one of them"),
    ] {
      let refused = try Self.rl(wrong + ["--replace"], in: scratch)
      #expect(refused.status == 64 && refused.error.contains(text), "\(wrong): \(refused.error)")
    }
  }

  @Test func whatCannotBeIsRefusedAndLosesNothing() throws {
    let scratch = try Self.prepared()
    let refused: [([String], String)] = [
      (["--group-size", "1"], "groupSize"), (["--steps", "0"], "steps"), (["--learning-rate", "0"], "learningRate"),
      (["--prompts-per-step", "9223372036854775807"], "promptsPerStep"),
      (["--activations", "bfloat16"], "needs --precision stored"),
      (["--template", "nonsense"], "--template is a file"),
    ]
    for (arguments, text) in refused {
      let run = try Self.rl(arguments, in: scratch)
      #expect(run.status == 64 && run.error.contains(text), "\(arguments): \(run.status) \(run.error)")
      #expect(!FileManager.default.fileExists(atPath: scratch.url.appendingPathComponent("tuned").path))
    }
  }
}
