import Foundation
import Testing

@testable import dmoerm

struct BenchmarkTests {
  /// The command that writes rewards of `bench.jsonl`.
  private static let writing =
    ["benchmark", "judgebench", "--data", "bench.jsonl", "--rewards-out", "rewards.jsonl"] + Scratch.model

  /// What it has written of so many items, and where.
  private static func written(_ count: Int) throws -> (scratch: Scratch, url: URL, whole: String) {
    let scratch = try Scratch.withModel()
    try scratch.write(judged(count), to: "bench.jsonl")
    #expect(try Program(writing, folder: scratch.url).status == 0)
    let url = scratch.url.appendingPathComponent("rewards.jsonl")
    return (scratch, url, try String(contentsOf: url, encoding: .utf8))
  }

  private static func judged(_ count: Int) -> String {
    (0..<count).map { place in
      #"{"pair_id":"p\#(place)","source":"livecodebench","question":"chat \#(place / 2)?","response_A":"yes, surely","#
        + #""response_B":"no \#(place)","label":"A>B"}"#
    }.joined(separator: "\n")
  }

  @Test func aPartOfABenchmarkHasNoScore() throws {
    let scratch = try Scratch.withModel()
    let rows = """
      {"id": 1, "prompt": "chat?", "chosen": ["yes"], "rejected": ["no", "n", "nn"], "subset": "Math", "rating": 2}
      {"id": 2, "prompt": "chat?", "chosen": ["yes"], "rejected": ["no", "n", "nn"], "subset": "Focus"}
      """
    func run(_ benchmark: String, _ rows: String, _ more: String...) throws -> Program {
      try Program(
        ["benchmark", benchmark, "--data", "-"] + Scratch.model + more, input: Data(rows.utf8), folder: scratch.url)
    }
    let text = try run("rewardbench-2", rows)
    #expect(text.status == 0 && text.output.contains("RewardBench 2"), "\(text.error)")
    #expect(text.output.contains("not the whole benchmark: without Factuality, Precise IF, Safety, Ties"))
    #expect(text.output.contains("not as many items as published: Focus, Math"))
    #expect(text.error.contains("standard input: keys not read: rating"))
    let json = try run("rewardbench-2", rows, "--json")
    #expect(!json.output.contains("\"overall\"") && json.output.contains("\"missingCategories\""), "\(json.output)")
    let other = try run("rewardbench", rows)
    #expect(other.status == 65 && other.error.contains("standard input:1: 4 responses"), "\(other.error)")
    #expect(!other.error.contains("--skip-invalid") && other.error.contains("no line is left out"), "\(other.error)")
  }

  /// Two answers of RMB's are.
  @Test func anItemWithAnEmptyResponseIsLeftOut() throws {
    let scratch = try Scratch.withModel()
    let rows = ["no", " "].enumerated().map { place, other in
      #"{"pair_uid":"\#(place)","category_path":"Pairwise_set/Harmlessness/S1","conversation_input":"#
        + #"[{"role":"user","content":"chat?"}],"chosen":{"answer":"yes, surely"},"reject":{"answer":"\#(other)"}}"#
    }
    try scratch.write("[\(rows.joined(separator: ",\n"))]", to: "S1.json")
    let command = ["benchmark", "rmb", "--data", "S1.json"]
    let run = try Program(command + Scratch.model, folder: scratch.url)
    #expect(run.status == 0 && run.output.contains("1 item with an empty turn or response left out"), "\(run.error)")
    try scratch.write(
      #"{"id": 0, "rewards": [1, 2]}"# + "\n" + #"{"id": 1, "rewards": [2, 1]}"#, to: "rewards.jsonl")
    let given = try Program(command + ["--rewards", "rewards.jsonl"], folder: scratch.url)
    #expect(given.output.contains("50.0") && !given.output.contains("left out"), "\(given.error)")
  }

  /// Whoever has the rewards gets the same figures without the model.
  @Test func rewardsThatWereWrittenAreScoredAsTheModelIs() throws {
    let scratch = try Scratch.withModel()
    try scratch.write(Self.judged(5), to: "bench/a.jsonl")
    let command = ["benchmark", "judgebench", "--data", "bench", "--json"]
    let first = try Program(
      command + Scratch.model + ["--rewards-out", "rewards.jsonl", "--html", "page.html"], folder: scratch.url)
    #expect(first.status == 0, "\(first.error)")
    let again = try Program(command + ["--rewards", "rewards.jsonl"], folder: scratch.url)
    #expect(again.status == 0 && again.output == first.output && !again.output.isEmpty, "\(again.error)")
    let plain = try Program(command + Scratch.model, folder: scratch.url)
    #expect(plain.output == first.output, "\(plain.error)")
    let page = try String(contentsOf: scratch.url.appendingPathComponent("page.html"), encoding: .utf8)
    #expect(page.contains("JudgeBench") && page.contains("livecodebench"))
  }

  @Test func aStoppedCommandGoesOnWithTheRewardsThatThereAre() throws {
    let (scratch, url, whole) = try Self.written(20)
    // A batch and a line, changed so that it shows what is computed anew, and the beginning of another.
    let lines = whole.split(separator: "\n").map(String.init)
    func changed(_ line: String) -> String { line.replacing(/"rewards":\[[^\]]*\]/) { _ in #""rewards":[7.0,1.0]"# } }
    let kept = [lines[0], changed(lines[1])] + lines[2...16]
    let torn = kept + [changed(lines[17]), String(lines[18].prefix(9))]
    try scratch.write(torn.joined(separator: "\n"), to: "rewards.jsonl")
    #expect(try Program(Self.writing, folder: scratch.url).status == 0)
    let found = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
    #expect(found == kept + lines[17...])
    // Other texts are another file.
    try scratch.write(Self.judged(3), to: "bench.jsonl")
    let other = try Program(Self.writing, folder: scratch.url)
    #expect(other.status == 64 && other.error.contains("--replace replaces it"), "\(other.error)")
    #expect(try String(contentsOf: url, encoding: .utf8).split(separator: "\n").count == 21)
    #expect(try Program(Self.writing + ["--replace"], folder: scratch.url).status == 0)
    #expect(try String(contentsOf: url, encoding: .utf8).split(separator: "\n").count == 4)
  }

  @Test func aFileOfRewardsThatIsWrittenOrOutOfOrderIsRefused() throws {
    let (scratch, url, whole) = try Self.written(3)
    let handle = try FileHandle(forUpdating: url)
    #expect(flock(handle.fileDescriptor, LOCK_EX | LOCK_NB) == 0)
    let second = try Program(Self.writing, folder: scratch.url)
    #expect(second.status == 1 && second.error.contains("another command is writing it"), "\(second.error)")
    try handle.close()
    // As two jobs leave it that write at once.
    let lines = whole.split(separator: "\n").map(String.init)
    try scratch.write(lines[0] + "\n" + lines[1] + "\n" + lines[1] + "\n", to: "rewards.jsonl")
    let doubled = try Program(Self.writing, folder: scratch.url)
    #expect(doubled.status == 64 && doubled.error.contains("not of the texts in their places"), "\(doubled.error)")
    #expect(try Program(Self.writing + ["--replace"], folder: scratch.url).status == 0)
    #expect(try String(contentsOf: url, encoding: .utf8) == whole)
    // The same identifiers with other texts.
    try scratch.write(Self.judged(3).replacingOccurrences(of: "surely", with: "perhaps"), to: "bench.jsonl")
    let other = try scratch.run("benchmark", "judgebench", "--data", "bench.jsonl", "--rewards", "rewards.jsonl")
    #expect(other.status == 65 && other.error.contains("of other texts"), "\(other.error)")
    for command in [["benchmark", "judgebench", "--data", "bench.jsonl"], ["eval", "--samples", "data.jsonl"]] {
      for more in [["--combine", "mean"], ["--backbone", Program.backbone]] {
        let usage = try Program(command + ["--rewards", "rewards.jsonl"] + more, folder: scratch.url)
        #expect(usage.status == 64 && usage.error.contains("--rewards has no model: --combine"), "\(usage.error)")
      }
    }
  }

  @Test func rewardsOfOtherItemsAreRefused() throws {
    let scratch = try Scratch()
    try scratch.write(Self.judged(2), to: "bench.jsonl")
    func run(_ rewards: String) throws -> Program {
      try scratch.write(rewards, to: "rewards.jsonl")
      return try Program(
        ["benchmark", "judgebench", "--data", "bench.jsonl", "--rewards", "rewards.jsonl"], folder: scratch.url)
    }
    let missing = try run(#"{"id": "p1", "rewards": [1, 2]}"#)
    #expect(missing.status == 65 && missing.error.contains("no rewards for 1 of the items"), "\(missing.error)")
    let wrong = try run(#"{"id": "p1", "rewards": [1, null]}"#)
    #expect(wrong.status == 65 && wrong.error.contains("rewards.jsonl:1: rewards[1]: not a finite"), "\(wrong.error)")
    #expect(
      try scratch.run("benchmark", "rmb", "--data", "bench.jsonl", "--rewards", "a", "--rewards-out", "b").status == 64)
  }

  /// What eval writes can be read in place of the model, and be what another model is compared with.
  @Test func anEvaluationIsComparedWithRewardsThatWereKept() throws {
    let scratch = try Scratch.withModel()
    let eval = ["eval", "--samples", "data.jsonl"]
    let first = try Program(eval + Scratch.model + ["--rewards-out", "own.jsonl", "--json"], folder: scratch.url)
    #expect(first.status == 0, "\(first.error)")
    let read = try Program(
      eval + ["--rewards", "own.jsonl", "--against", "own.jsonl", "--json"], folder: scratch.url)
    #expect(read.status == 0, "\(read.error)")
    let (one, two) = (
      try JSONDecoder().decode(JSONValue.self, from: Data(first.output.utf8)),
      try JSONDecoder().decode(JSONValue.self, from: Data(read.output.utf8))
    )
    #expect(one["ranking"] == two["ranking"] && one["ranking"] != nil)
    #expect(one["comparison"] == nil && two["comparison"]?["overall"]?["comparison"]?["difference"] == .integer(0))
    let text = try Program(eval + Scratch.model + ["--against", "own.jsonl"], folder: scratch.url)
    #expect(text.output.contains("beside own.jsonl") && text.output.contains("the other's"), "\(text.error)")
    let usage = try Program(eval + ["--rewards", "own.jsonl", "--routed"], folder: scratch.url)
    #expect(usage.status == 64 && usage.error.contains("--rewards has no model"), "\(usage.error)")
    try scratch.write(#"{"id": "other", "rewards": [1, 2]}"#, to: "other.jsonl")
    let wrong = try Program(eval + ["--rewards", "other.jsonl"], folder: scratch.url)
    #expect(wrong.status == 65 && wrong.error.contains("no rewards for 20 of the items"), "\(wrong.error)")
    // What a model left out has no rewards, and is left out again; a file that is not whole is none.
    let known = try String(contentsOf: scratch.url.appendingPathComponent("data.jsonl"), encoding: .utf8)
    try scratch.write(known + "\n" + #"{"prompt": "a", "chosen": "b", "rejected": "c"}"#, to: "data.jsonl")
    let again = try Program(eval + ["--rewards", "own.jsonl"], folder: scratch.url)
    #expect(again.status == 0 && again.error.contains("1 sample left out"), "\(again.error)")
    try scratch.write(known, to: "data.jsonl")
    let own = try String(contentsOf: scratch.url.appendingPathComponent("own.jsonl"), encoding: .utf8)
    try scratch.write(own.split(separator: "\n").dropLast().joined(separator: "\n") + "\n", to: "torn.jsonl")
    #expect(try Program(eval + ["--rewards", "torn.jsonl"], folder: scratch.url).status == 65)
    // A file of something else is not written to, and is called what it is.
    let foreign = try Program(eval + Scratch.model + ["--rewards-out", "data.jsonl"], folder: scratch.url)
    #expect(foreign.status == 64 && foreign.error.contains("--rewards-out data.jsonl"), "\(foreign.error)")
    #expect(!foreign.error.contains("--skip-invalid"))
    #expect(known == (try String(contentsOf: scratch.url.appendingPathComponent("data.jsonl"), encoding: .utf8)))
  }
}
