import DMoERL
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

  private static func arguments(
    _ own: [String], reward: String = "one.dmoerm", output: String = "tuned"
  ) -> [String] {
    func unless(_ name: String, _ value: String) -> [String] { own.contains(name) ? [] : [name, value] }
    return ["rl", "--backbone", Program.backbone, "--threads", "1", "--prompts", "prompts.jsonl", "--reward", reward]
      + ["--output", output, "--keep-truncated"] + unless("--max-tokens", "6") + unless("--template", "chatml")
      + (own.contains("ppo") ? [] : unless("--kl", "0")) + own
  }

  private static func rl(
    _ own: [String], in scratch: Scratch, reward: String = "one.dmoerm", output: String = "tuned"
  ) throws -> Program {
    try Program(arguments(own, reward: reward, output: output), folder: scratch.url)
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
    let arguments = [
      "--steps", "2", "--group-size", "3", "--judge", "one.dmoerm", "--eval-samples", "2", "--eval-every", "1",
    ]
    let run = try Self.rl(arguments + ["--eval-prompts", "eval.jsonl"], in: scratch)
    #expect(run.status == 0, "\(run.error)")
    for text in ["1 held-out prompt, 2 answers each", "one.dmoerm (trains)", "Divergence spent:", "Never trained on"] {
      #expect(run.output.contains(text), "\(text) is not in \(run.output)")
    }
    // After the first step; what the second gained is told at the end.
    #expect(run.output.split(separator: "\n").count { $0.contains("gained on held-out prompts: one.dmoerm ") } == 1)
    let report = try String(
      contentsOf: scratch.url.appendingPathComponent("tuned/report.html"), encoding: .utf8)
    #expect(report.contains("Never trained on") && report.contains("What judges say"))
    let held = try Self.rl(["--steps", "1", "--group-size", "3", "--held-out", "1", "--replace"], in: scratch)
    #expect(held.status == 0 && held.output.contains("1 held-out prompt, 4 answers each"), "\(held.error)")
    for (wrong, text) in [
      (["--held-out", "2"], "leaves none"), (["--judge", "one.dmoerm"], "nothing to judge"),
      (["--held-out", "1", "--eval-prompts", "eval.jsonl"], "give one of them"),
      (["--eval-every", "1"], "nothing to measure on"),
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

  /// The metrics of a run's steps.
  private static func metrics(_ scratch: Scratch, _ folder: String = "tuned") throws -> [PolicyStepMetrics] {
    let file = scratch.url.appendingPathComponent(folder + "/metrics.jsonl")
    return try Data(contentsOf: file).split(separator: 10).map {
      try JSONDecoder().decode(PolicyStepMetrics.self, from: $0)
    }
  }

  /// PPO with updates on parts of a step, a weighted sum of two rewards, and a file of settings below the options.
  @Test func theSettingsOfAFileAndOfOptionsMakeARun() throws {
    let scratch = try Self.prepared()
    try scratch.write(
      #"{"training": {"minibatches": 2, "updatesPerStep": 2, "groupSize": 9}, "adapter": {"targets": ["o_proj"]}}"#,
      to: "config.json")
    let run = try Self.rl(
      [
        "--algorithm", "ppo", "--config", "config.json", "--steps", "1", "--group-size", "3", "--rank", "2", "--reward",
        "one.dmoerm=0.5",
      ], in: scratch)
    #expect(run.status == 0, "\(run.error)")
    let step = try #require(try Self.metrics(scratch).first)
    #expect(step.updates == 2 && step.valueLoss != nil)
    // The same bundle twice: 1 + 0.5 times its reward.
    let (first, second) = (step.parts?["one"] ?? 0, step.parts?["one (2)"] ?? 1)
    #expect(first == second && abs(1.5 * first - (step.reward ?? .nan)) < 1e-5)
    let adapter = try String(
      contentsOf: scratch.url.appendingPathComponent("tuned/adapter/adapter_config.json"), encoding: .utf8)
    #expect(adapter.contains(#""r" : 2"#) && adapter.contains("o_proj") && !adapter.contains("q_proj"), "\(adapter)")
  }

  @Test func theSettingsAreShownAsAFileHasThem() throws {
    func plan(_ arguments: String...) throws -> RLPlan {
      try #require(RLCommand.parse(["--print-config"] + arguments) as RLCommand?).plan()
    }
    let scratch = try Scratch()
    let shown = try scratch.run("rl", "--algorithm", "dr-grpo", "--max-tokens", "32", "--print-config")
    #expect(shown.status == 0, "\(shown.error)")
    #expect(shown.output.contains(#""constantLength""#) && shown.output.contains(#""tokens": 32"#), "\(shown.output)")
    try scratch.write(shown.output, to: "config.json")
    let file = scratch.url.appendingPathComponent("config.json").path
    #expect(try plan("--config", file).training.objective.aggregation == .constantLength(32))
    #expect(try plan("--config", file).training.advantages == .group(.none))
    #expect(try scratch.run("rl", "--config", "config.json", "--print-config").output == shown.output)
    #expect(try plan().training.microBatch == nil && plan("--micro-batch", "2").training.microBatch == 2)
    #expect(throws: (any Error).self) { try plan("--micro-batch", "0") }
    // Another algorithm than the file's is no option that the file would pass over.
    let other = try scratch.run("rl", "--algorithm", "ppo", "--config", "config.json", "--print-config")
    #expect(other.status == 64 && other.error.contains("not of one algorithm"), "\(other.error)")
    #expect(try plan("--config", file, "--max-tokens", "9").training.objective.aggregation == .constantLength(9))
    #expect(try plan("--config", file, "--adapter", ".").training.steps == 100)
    #expect(
      try RLAlgorithm.allCases.map { RLAlgorithm.name(of: try plan("--algorithm", $0.rawValue).training) }
        == RLAlgorithm.allCases.map(\.rawValue))
    let ppo = try plan("--algorithm", "ppo", "--kl", "0.2").training
    #expect(ppo.advantages == .generalized(GeneralizedAdvantage()) && ppo.updatesPerStep == 4)
    #expect(ppo.objective.kl?.coefficient == 0.2 && ppo.objective.kl?.place == .reward)
    for (text, message) in [
      (#"{"training": {"grupSize": 4}}"#, "grupSize"), (#"{"training": {"groupSize": "4"}}"#, "training.groupSize"),
      (#"{"adapter": {"dropout": 0.1}}"#, "adapter.dropout"), (#"{"training": {"steps": 0}}"#, "steps"),
      (#"{"training": {"advantages": {"median": {}}}}"#, "training.advantages"),
    ] {
      try scratch.write(text, to: "config.json")
      let run = try scratch.run("rl", "--config", "config.json", "--print-config")
      #expect(run.status == 64 && run.error.contains(message), "\(text): \(run.error)")
    }
  }

  @Test func whatCannotGoTogetherIsRefused() throws {
    let scratch = try Self.prepared()
    #expect(try Self.rl(["--steps", "1", "--group-size", "2"], in: scratch).status == 0)
    let refused: [([String], String)] = [
      (["--adapter", "tuned/adapter", "--rank", "4"], "--rank is for a new adapter"),
      (["--reward", "one.dmoerm=much"], "one.dmoerm=much is no bundle with its weight"),
      (["--reward", "one.dmoerm=0"], "no bundle with its weight"),
      (["--pessimism", "worst-case"], "--pessimism: no category of one.dmoerm has trained experts"),
    ]
    for (arguments, text) in refused {
      let run = try Self.rl(arguments, in: scratch, output: "other")
      #expect(run.status == 64 && run.error.contains(text), "\(arguments): \(run.status) \(run.error)")
      #expect(!FileManager.default.fileExists(atPath: scratch.url.appendingPathComponent("other").path))
    }
  }

  /// A judge that is as cautious as its experts are apart is another judge; what they say is told from the first step on.
  @Test func aCautiousJudgeIsAnotherOne() throws {
    let scratch = try Self.prepared()
    try FileManager.default.copyItem(
      at: scratch.url.appendingPathComponent("one.dmoerm"), to: scratch.url.appendingPathComponent("two.dmoerm"))
    let ensemble = try scratch.run(
      "ensemble", "one.dmoerm", "two.dmoerm", "--combine", "mean", "--backbone", Program.backbone, "--threads", "1",
      "--check", "--output", "both.dmoerm")
    try #require(ensemble.status == 0, "\(ensemble.error)")
    let arguments = ["--steps", "1", "--group-size", "2", "--check"]
    let run = try Self.rl(arguments + ["--pessimism", "mean-minus-deviation"], in: scratch, reward: "both.dmoerm")
    #expect(run.status == 0, "\(run.error)")
    let step = try #require(try Self.metrics(scratch).first)
    #expect(step.parts?.keys.sorted() == ["general/member-1", "general/member-2"] && step.disagreement == 0)
    let mean = (step.parts ?? [:]).values.reduce(0, +) / 2
    #expect(abs(mean - (step.reward ?? .nan)) < 1e-5)
  }

  /// Whatever a killed process was at, most likely samples: the same command goes on after its last step, to the same bytes.
  @Test func aKillInTheMiddleOfRollOutsLosesNothingThatWasKept() throws {
    let scratch = try Self.prepared()
    let arguments = ["--steps", "5", "--group-size", "8", "--algorithm", "ppo", "--max-tokens", "24"]
    let whole = try Self.rl(arguments, in: scratch, output: "whole")
    try #require(whole.status == 0, "\(whole.error)")
    for kept in 1...2 {
      let process = Process()
      process.executableURL = Program.url
      process.arguments = Self.arguments(arguments)
      process.currentDirectoryURL = scratch.url
      process.environment = ["PATH": "/usr/bin:/bin", "HOME": scratch.url.path]
      (process.standardOutput, process.standardError) = (FileHandle.nullDevice, FileHandle.nullDevice)
      try process.run()
      // A step was told; the next one begins with samples.
      while process.isRunning, (try? Self.steps(scratch)) ?? 0 < kept { usleep(2000) }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    let rest = try Self.rl(arguments, in: scratch)
    #expect(rest.status == 0, "\(rest.error)")
    for name in ["adapter_model.safetensors", "adapter_config.json"] {
      let files = ["tuned", "whole"].map { scratch.url.appendingPathComponent("\($0)/adapter/\(name)") }
      #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]), "\(name)")
    }
    func untimed(_ folder: String) throws -> [PolicyStepMetrics] {
      try Self.metrics(scratch, folder).map { step in
        var step = step
        (step.seconds.sampling, step.seconds.rewards, step.seconds.updates) = (0, 0, 0)
        return step
      }
    }
    #expect(try untimed("tuned") == untimed("whole"))
  }
}
