import Foundation
import Testing

@testable import dmoerm

/// The exit statuses that README promises, for every command and kind of bad input.
struct ExitStatusTests {
  private static let row = #"{"prompt": "Hi?", "chosen": "Yes.", "rejected": "No.", "category": "chat"}"#

  /// A file or folder of each kind that inputs can be.
  private static func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write((0..<8).map { _ in row }.joined(separator: "\n"), to: "rows.jsonl")
    try scratch.write(#"{"prompt": "Hi?", "chosen": "Yes.", "rejected": "No."}"#, to: "bench.jsonl")
    try scratch.write("", to: "empty")
    try scratch.write("{\"a\": \n", to: "broken")
    try scratch.write("{}", to: "object.json")
    try scratch.write("x", to: "folder/file")
    try scratch.write("{}", to: "bundle/dmoerm.json")
    return scratch
  }

  /// Commands with INPUT in the place of an input.
  static let inputs: [[String]] = [
    ["train", "--samples", "INPUT", "--output", "new.dmoerm"],
    ["train", "--samples", "rows.jsonl", "--labels", "INPUT", "--output", "new.dmoerm"],
    ["train", "--samples", "rows.jsonl", "--prompts", "INPUT", "--output", "new.dmoerm"],
    ["train", "--samples", "rows.jsonl", "--output", "new.dmoerm", "--backbone", "INPUT"],
    ["demo", "--backbone", "INPUT"],
    ["eval", "--samples", "INPUT"], ["eval", "--samples", "rows.jsonl", "--model", "INPUT"],
    ["eval", "--samples", "rows.jsonl", "--prompts", "INPUT"],
    ["score", "--prompt", "a", "--response", "b", "--model", "INPUT"],
    ["ensemble", "bundle", "INPUT", "--output", "new.dmoerm"],
    ["ensemble", "bundle", "bundle", "--samples", "INPUT", "--output", "new.dmoerm"],
    ["inspect", "data", "INPUT"], ["inspect", "bundle", "INPUT"], ["inspect", "backbone", "INPUT"],
    ["inspect", "tokens", "--text", "a", "--backbone", "INPUT"],
    ["inspect", "hidden", "--ids", "1", "--backbone", "INPUT"],
    ["inspect", "hidden", "--ids", "1", "--adapter", "INPUT", "--backbone", Program.backbone],
    ["adapter", "extract", "--tuned", "INPUT", "--backbone", Program.backbone, "--output", "new"],
    ["adapter", "join", "INPUT", "folder", "--backbone", Program.backbone, "--output", "new"],
    ["adapter", "join", "folder", "INPUT", "--backbone", Program.backbone, "--output", "new"],
    ["benchmark", "rmb", "--data", "INPUT"],
    ["benchmark", "rewardbench", "--data", "bench.jsonl", "--rewards", "INPUT"],
    ["benchmark", "rewardbench", "--data", "bench.jsonl", "--model", "INPUT"],
    [
      "label", "--samples", "INPUT", "--out", "new.jsonl", "--base-url", "http://127.0.0.1:9/v1", "--model", "m",
      "--price", "0,0", "--dry-run",
    ],
    ["label", "--perturb", "INPUT", "--out", "new.jsonl"],
    ["label", "--perturb", "rows.jsonl", "--rule-points", "INPUT", "--out", "new.jsonl"],
  ]

  /// Missing, not of its kind, or broken: 65, one sentence that names it, and nothing is written.
  @Test(arguments: inputs)
  func anInputThatCannotBeReadEndsWith65(command: [String]) throws {
    let scratch = try Self.scratch()
    for input in ["missing", "folder", "empty", "broken"] {
      let words = command.map { $0 == "INPUT" ? input : $0 }
      let isSame = words == ["ensemble", "bundle", "bundle", "--samples", input, "--output", "new.dmoerm"]
      let run = try Program(isSame ? words.map { $0 == "bundle" ? "folder" : $0 } : words, folder: scratch.url)
      // The same member twice is the command line's fault, whatever the samples are.
      #expect(run.status == (isSame ? 64 : 65), "\(words): \(run.status) \(run.error)")
      #expect(run.error.hasPrefix("dmoerm: ") && run.output.isEmpty, "\(words): \(run.error)")
      Self.expectWords(run.error, words)
      #expect(!scratch.exists("new.dmoerm") && !scratch.exists("new") && !scratch.exists("new.jsonl"), "\(words)")
    }
  }

  /// Commands whose line or configuration is wrong.
  @Test(arguments: [
    [], ["nonsense"], ["train"], ["train", "--samples", "rows.jsonl"], ["train", "--output", "x"], ["score"],
    ["score", "--prompt", "a"], ["score", "--response", "a"], ["score", "--prompt", "a", "--response", ""],
    ["score", "--input", "-", "--prompt", "a"], ["eval"], ["eval", "--samples", "rows.jsonl", "--run", "folder"],
    ["eval", "--samples", "-", "--samples", "-"], ["eval", "--samples", "rows.jsonl", "--html", "folder"],
    ["eval", "--samples", "rows.jsonl", "--html", "object.json"], ["eval", "--samples", "rows.jsonl", "--html", ""],
    ["eval", "--samples", "rows.jsonl", "--bases-only", "--combine", "mean"], ["experiment", "object.json"],
    ["experiment", "object.json", "--output", "new"], ["experiment", "broken", "--output", "new"],
    ["experiment", "rows.jsonl", "--output", "folder"], ["ensemble", "bundle", "--output", "new"],
    ["ensemble", "bundle", "folder", "--output", "-"], ["ensemble", "folder", "bundle", "--output", "folder"],
    ["train", "--samples", "rows.jsonl", "--output", "folder"],
    ["train", "--samples", "rows.jsonl", "--output", "bundle"],
    ["train", "--samples", "rows.jsonl", "--output", "object.json"],
    ["train", "--samples", "rows.jsonl", "--output", ""],
    ["train", "--samples", "rows.jsonl", "--output", "new.run"],
    ["train", "--samples", "rows.jsonl", "--output", "new", "--run", "new/run"],
    ["train", "--samples", "rows.jsonl", "--output", "new", "--run", "folder"],
    ["train", "--samples", "rows.jsonl", "--output", "new", "--taxonomy", "missing"],
    ["train", "--samples", "rows.jsonl", "--output", "new", "--config", "broken"],
    ["train", "--samples", "rows.jsonl", "--output", "new", "--taxonomy", "single", "--categories", "chat"],
    ["train", "--samples", "rows.jsonl", "--output", "new", "--targets", "nothing"], ["demo", "--folder", "folder"],
    ["demo", "--folder", "object.json"], ["benchmark", "no-bench", "--data", "rows.jsonl"],
    ["inspect"], ["inspect", "tokens"], ["inspect", "hidden", "--ids", "x"], ["inspect", "hidden", "--ids", ""],
    ["inspect", "backbone", "--backend", "abacus"], ["adapter"], ["adapter", "join", "folder", "--output", "new"],
    ["adapter", "extract", "--tuned", "folder", "--output", "folder"],
    ["adapter", "join", "folder", "bundle", "--output", "bundle"], ["label"],
    ["label", "--samples", "rows.jsonl", "--out", "new.jsonl", "--model", "m"],
  ])
  func aWrongCommandLineOrConfigurationEndsWith64(command: [String]) throws {
    let scratch = try Self.scratch()
    let run = try Program(command, folder: scratch.url)
    // Without any word there is help, which is what one asks for so.
    #expect(
      run.status == (command.isEmpty || command == ["inspect"] || command == ["adapter"] ? 0 : 64),
      "\(command): \(run.status) \(run.error)")
    guard run.status != 0 else { return }
    #expect(run.error.hasPrefix("dmoerm: ") && run.output.isEmpty, "\(command): \(run.error)")
    Self.expectWords(run.error, command)
    for name in ["new", "new.dmoerm", "new.run", "new.jsonl"] { #expect(!scratch.exists(name), "\(command)") }
  }

  @Test func aFolderThatIsNotThereIsToldOfBeforeAnythingIsRead() throws {
    let scratch = try Self.scratch()
    let run = try scratch.run("eval", "--samples", "rows.jsonl", "--model", "missing", "--html", "nowhere/page.html")
    #expect(run.status == 1 && run.error.contains("nowhere is not there") && run.output.isEmpty, "\(run.error)")
  }

  /// Words that mean something to people.
  private static func expectWords(_ text: String, _ command: [String]) {
    for word in ["Index ", "Optional(", "Error Domain", "NSCocoa", "DecodingError", "CodingKeys", "Swift.", "couldn’t"]
    {
      #expect(!text.contains(word), "\(command): \(text)")
    }
  }
}
