import Foundation
import Testing

@testable import dmoerm

/// Trains a tiny model by the command, then uses it.
struct EndToEndTests {
  private static func data(_ count: Int) -> String {
    (0..<count).map { index in
      let category = index % 2 == 0 ? "chat" : "text"
      let point = index % 2 == 0 ? "empathy" : "logic"
      let ranks = index % 3 == 0 ? "[2, 1]" : "[1, 2]"
      let responses = index % 3 == 0 ? #"["no \#(index)", "yes, surely"]"# : #"["yes, surely", "no \#(index)"]"#
      return
        #"{"id": "r\#(index)", "prompt": "\#(category) \#(index)?", "responses": \#(responses), "ranks": \#(ranks), "#
        + #""category": "\#(category)", "capabilities": {"\#(point)": \#(ranks)}}"#
    }.joined(separator: "\n") + "\n"
  }

  @Test func aTrainedBundleScoresAndIsEvaluated() throws {
    let scratch = try Scratch()
    try scratch.write(Self.data(40), to: "data.jsonl")
    let train = [
      "train", "--samples", "data.jsonl", "--taxonomy", "inferred", "--backbone", Program.backbone, "--rank", "2",
      "--maximum-tokens", "128", "--epochs", "1", "--aggregator-epochs", "1", "--threads", "1", "--output", "my.dmoerm",
    ]
    let first = try Program(train, folder: scratch.url)
    #expect(first.status == 0, "\(first.error)")
    #expect(first.output.contains(" my.dmoerm\n") && first.output.contains("score --model my.dmoerm"))
    #expect(!first.error.contains("\u{1B}") && first.error.contains("base/chat: done in"))

    // The same command finds everything done; as JSON, each line is an object.
    let second = try Program(train + ["--json"], folder: scratch.url)
    let events = try second.output.split(separator: "\n").map {
      try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8))
    }
    #expect(second.status == 0 && second.error.isEmpty)
    let kinds = events.compactMap { event -> String? in
      guard case .object(let fields) = event, case .string(let kind) = fields["event"] else { return nil }
      return kind
    }
    #expect(kinds.count == events.count && kinds.last == "bundleWritten" && Set(kinds.dropLast(2)) == ["phaseSkipped"])

    let model = ["--model", "my.dmoerm", "--backbone", Program.backbone]
    let ranking = try Program(
      ["score"] + model + ["--prompt", "chat 3?", "--response", "no 7", "--response", "yes, surely", "--breakdown"],
      folder: scratch.url)
    #expect(ranking.status == 0, "\(ranking.error)")
    for text in ["rank   reward  response", "routing", "empathy", "response 2"] {
      #expect(ranking.output.contains(text))
    }

    // Another rule for what the router is not sure of: here for everything.
    let fallback = ["score"] + model + ["--prompt", "chat 3?", "--response", "yes", "--json", "--routing"]
    for (rule, status, text) in [
      ("fallback:1:text", Int32(0), #""category":"text""#), ("fallback:1:nowhere", 64, "nowhere"),
      ("top2", 64, "--routing"),
    ] {
      let run = try Program(fallback + [rule], folder: scratch.url)
      #expect(run.status == status && (run.output + run.error).contains(text), "\(run.output) \(run.error)")
    }

    let rows = """
      {"id": 7, "prompt": "chat 3?", "response": "yes"}
      {"prompt": "chat 3?"}
      {"id": "b", "messages": [{"role": "user", "content": "text 1?"}], "responses": ["y", "no 1"], "category": "text"}
      """
    let strict = try Program(["score"] + model + ["--input", "-"], input: Data(rows.utf8), folder: scratch.url)
    #expect(strict.status == 65 && strict.error.contains("standard input:2: "), "\(strict.error)")
    let lenient = try Program(
      ["score"] + model + ["--input", "-", "--skip-invalid"], input: Data(rows.utf8), folder: scratch.url)
    let lines = lenient.output.split(separator: "\n")
    #expect(lenient.status == 0 && lines.count == 3)
    #expect(lines[0].contains(#""id":7"#) && lines[0].contains(#""reward":"#))
    #expect(lines[1].contains(#""error":"standard input:2: "#))
    #expect(lines[2].contains(#""category":"text","id":"b","rewards":["#))

    let evaluation = try Program(
      ["eval"] + model + ["--samples", "data.jsonl", "--html", "page.html"], folder: scratch.url)
    #expect(evaluation.status == 0, "\(evaluation.error)")
    for text in ["category chat", "longer reply", "chat/empathy", "prompts of", "calibration"] {
      #expect(evaluation.output.contains(text))
    }
    #expect(FileManager.default.fileExists(atPath: scratch.url.appendingPathComponent("page.html").path))
    let pageless = try Program(
      ["eval"] + model + ["--samples", "data.jsonl", "--html", "nowhere/page.html"], folder: scratch.url)
    #expect(pageless.status == 1 && pageless.output.isEmpty && pageless.error.contains("is not there"))

    let bundle = try scratch.run("inspect", "bundle", "my.dmoerm", "--check", "--backbone", Program.backbone)
    #expect(
      bundle.status == 0 && bundle.output.contains("1 of 1") && bundle.output.contains("Checked"), "\(bundle.error)")

    let foreign = try Program(train + ["--seed", "9"], folder: scratch.url)
    #expect(foreign.status == 64 && foreign.error.contains("--replace replaces this run"), "\(foreign.error)")
    // The hint that is printed works when it is typed.
    let typed = try Program(train + ["--seed", "9", "--replace"], folder: scratch.url)
    #expect(typed.status == 0, "\(typed.error)")
  }

  /// Rows and prompts without a category are one that the data's taxonomy does not have, with the points of their labels.
  @Test func rowsWithoutACategoryMayBeOne() throws {
    let scratch = try Scratch()
    let rows = Self.data(60).replacingOccurrences(of: #""category": "text", "#, with: "")
    try scratch.write(rows, to: "data.jsonl")
    try scratch.write(
      #"{"prompt": "text 90?"}"# + "\n" + #"{"prompt": "chat 90?", "category": "chat"}"#, to: "more.jsonl")
    func train(_ unlabeled: String, _ more: String...) throws -> Program {
      try Program(
        [
          "train", "--samples", "data.jsonl", "--prompts", "more.jsonl", "--backbone", Program.backbone, "--rank", "2",
          "--top-layers", "1", "--pooling", "mean", "--maximum-tokens", "128", "--epochs", "1", "--threads", "1",
          "--base-start", "shared-base", "--unlabeled", unlabeled,
        ] + more, folder: scratch.url)
    }
    let run = try train("category:rest", "--taxonomy", "inferred", "--output", "my.dmoerm")
    #expect(run.status == 0, "\(run.error)")
    #expect(run.error.contains("without a category, and taken as rest: 60 samples, 1 prompt"), "\(run.error)")
    #expect(run.error.contains("expert/rest/logic: done") && run.error.contains("shared-base: done"))
    let bundle = try Program(["inspect", "bundle", "my.dmoerm"], folder: scratch.url)
    #expect(
      bundle.output.contains("the mean of all tokens'") && bundle.output.contains("rest: logic"), "\(bundle.output)")
    let single = try train("category:rest", "--taxonomy", "single", "--output", "single.dmoerm")
    #expect(single.status == 0 && single.error.contains("changes nothing"), "\(single.error)")
  }

  /// Double mixtures whose heads and aggregators alone were trained.
  @Test func mixturesOfSeveralSeedsAreAveraged() throws {
    let scratch = try Scratch()
    try scratch.write(Self.data(60), to: "data.jsonl")
    try scratch.write(#"{"training": {"base": {"maximumSteps": 0}, "expert": {"maximumSteps": 0}}}"#, to: "heads.json")
    let backbone = ["--backbone", Program.backbone]
    for seed in ["1", "2"] {
      let train = try Program(
        [
          "train", "--samples", "data.jsonl", "--taxonomy", "inferred", "--config", "heads.json", "--rank", "2",
          "--maximum-tokens", "128", "--threads", "1", "--seed", seed, "--output", "\(seed).dmoerm",
        ] + backbone, folder: scratch.url)
      #expect(train.status == 0, "\(train.error)")
    }
    let made = try Program(
      ["ensemble", "--average", "1.dmoerm", "2.dmoerm", "--output", "mean.dmoerm"] + backbone, folder: scratch.url)
    #expect(made.status == 0 && made.output.contains("2, averaged"), "\(made.error)")
    func reward(_ model: String) throws -> Double {
      let run = try Program(
        ["score", "--model", model, "--input", "-"] + backbone,
        input: Data(#"{"prompt": "chat 3?", "response": "yes", "category": "chat"}"#.utf8), folder: scratch.url)
      struct Line: Decodable { var reward: Double }
      return try JSONDecoder().decode(Line.self, from: Data(run.output.utf8)).reward
    }
    #expect(abs(try reward("mean.dmoerm") - (try reward("1.dmoerm") + reward("2.dmoerm")) / 2) < 1e-4)
    let shown = try scratch.run("inspect", "bundle", "mean.dmoerm")
    #expect(shown.output.contains("chat") && !shown.output.contains("averaged"), "\(shown.output)")
  }

  /// Models of two seeds become one bundle, which the other commands use like any.
  @Test func modelsOfSeveralSeedsBecomeOneBundle() throws {
    let scratch = try Scratch()
    try scratch.write(Self.data(40), to: "data.jsonl")
    for seed in ["1", "2"] {
      let train = try Program(
        [
          "train", "--samples", "data.jsonl", "--taxonomy", "single", "--backbone", Program.backbone, "--rank", "2",
          "--maximum-tokens", "128", "--epochs", "1", "--threads", "1", "--seed", seed, "--output", "\(seed).dmoerm",
        ], folder: scratch.url)
      #expect(train.status == 0, "\(train.error)")
    }
    let backbone = ["--backbone", Program.backbone]
    let made = try Program(
      ["ensemble", "1.dmoerm", "2.dmoerm", "--samples", "data.jsonl", "--output", "both.dmoerm"] + backbone,
      folder: scratch.url)
    #expect(made.status == 0 && made.output.contains("2, worst case") && made.output.contains("pairs"), "\(made.error)")

    func reward(_ model: String, _ more: [String] = []) throws -> Double {
      let row = Data(#"{"prompt": "chat 3?", "response": "yes"}"#.utf8)
      let program = try Program(
        ["score", "--model", model, "--input", "-"] + more + backbone, input: row, folder: scratch.url)
      #expect(program.status == 0, "\(program.error)")
      guard case .object(let fields) = try JSONDecoder().decode(JSONValue.self, from: Data(program.output.utf8)),
        case .number(let reward) = fields["reward"]
      else { throw CocoaError(.coderInvalidValue) }
      return reward
    }
    let each = [try reward("1.dmoerm"), try reward("2.dmoerm")]
    #expect(abs(try reward("both.dmoerm") - min(each[0], each[1])) < 1e-4)
    #expect(abs(try reward("both.dmoerm", ["--combine", "mean"]) - (each[0] + each[1]) / 2) < 1e-4)
    let evaluated = try Program(
      ["eval", "--model", "both.dmoerm", "--samples", "data.jsonl"] + backbone, folder: scratch.url)
    #expect(
      evaluated.status == 0 && evaluated.output.contains("Rewards: the experts' worst case."), "\(evaluated.error)")
    let shown = try scratch.run("inspect", "bundle", "both.dmoerm")
    #expect(shown.output.contains("worst case") && shown.output.contains("2 of 2"), "\(shown.output)")

    for (arguments, status, text) in [
      (["ensemble", "1.dmoerm", "--output", "x.dmoerm"], Int32(64), "two or more"),
      (["ensemble", "1.dmoerm", "both.dmoerm", "--output", "x.dmoerm"], 64, "member 2 is an ensemble itself"),
      (["ensemble", "1.dmoerm", "./1.dmoerm/", "--output", "x.dmoerm"], 64, "is given twice"),
      (["ensemble", "1.dmoerm", "2.dmoerm", "--output", "1.dmoerm"], 64, "would replace the member 1.dmoerm"),
      (["ensemble", "1.dmoerm", "2.dmoerm", "--output", "1.dmoerm/x.dmoerm"], 64, "would replace the member 1.dmoerm"),
      (["ensemble", "1.dmoerm", "2.dmoerm", "--output", "-"], 64, "--output names the folder"),
      (["ensemble", "1.dmoerm", "2.dmoerm", "--average", "--output", "x.dmoerm"], 64, "member 2 has other adapters"),
      (
        ["ensemble", "1.dmoerm", "2.dmoerm", "--average", "--combine", "mean", "--output", "x.dmoerm"], 64,
        "--average is a mean"
      ),
      (
        ["eval", "--model", "both.dmoerm", "--samples", "data.jsonl", "--bases-only", "--combine", "mean"], 64,
        "no part"
      ),
      (["ensemble", "1.dmoerm", "nothing.dmoerm", "--output", "x.dmoerm"], 65, "there is no such bundle"),
      (["score", "--model", "1.dmoerm", "--combine", "mean", "--prompt", "a", "--response", "b"], 64, "no category"),
      (
        ["score", "--model", "both.dmoerm", "--lambda", "1", "--prompt", "a", "--response", "b"], 64, "--lambda is for"
      ),
    ] {
      let refused = try Program(arguments + backbone, folder: scratch.url)
      #expect(refused.status == status && refused.error.contains(text), "\(arguments): \(refused.error)")
    }
    #expect(!FileManager.default.fileExists(atPath: scratch.url.appendingPathComponent("x.dmoerm").path))
  }
}
