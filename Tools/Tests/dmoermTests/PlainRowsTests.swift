import Foundation
import Testing

@testable import dmoerm

/// Rows of a prompt and two responses, as most people have them, train without another word.
struct PlainRowsTests {
  private static func rows(_ more: String = "") -> String {
    (0..<16).map { #"{"prompt": "Why \#($0)?", "chosen": "Because of \#($0).", "rejected": "No."\#(more)}"# }
      .joined(separator: "\n")
  }

  private static let options = [
    "--samples", "rows.jsonl", "--backbone", Program.backbone, "--rank", "2", "--top-layers", "1", "--maximum-tokens",
    "64", "--epochs", "1", "--threads", "1", "--output", "my.dmoerm",
  ]

  @Test func rowsWithoutCategoriesTrainAPlainRewardModel() throws {
    let scratch = try Scratch()
    try scratch.write(Self.rows(), to: "rows.jsonl")
    let run = try Program(["train"] + Self.options, folder: scratch.url)
    #expect(run.status == 0, "\(run.error)")
    let note = "no row names a category: a plain reward model is trained, as by --taxonomy single\n"
    #expect(run.error.hasPrefix(note) && run.error.contains("base/general: done"), "\(run.error)")
    // The same run as the one that says so: everything is done already.
    let named = try Program(["train", "--taxonomy", "single"] + Self.options, folder: scratch.url)
    #expect(named.status == 0 && named.error.contains("base/general: done before"), "\(named.error)")
    let scored = try Program(
      [
        "score", "--model", "my.dmoerm", "--backbone", Program.backbone, "--prompt", "-3 + 5?", "--response", "- first",
        "--response", "--json", "--system", "-", "--json",
      ], folder: scratch.url)
    #expect(scored.status == 0 && scored.output.contains(#""category":"general""#), "\(scored.error)")
    #expect(scored.output.contains("\"rewards\":["))
  }

  @Test func whatSomeoneAskedForIsNotGuessed() throws {
    let scratch = try Scratch()
    try scratch.write(Self.rows(), to: "rows.jsonl")
    let paper = try Program(["train", "--taxonomy", "paper"] + Self.options, folder: scratch.url)
    #expect(
      paper.status == 65 && paper.error.contains("without a category, and left out: 16 samples"), "\(paper.error)")
    #expect(!paper.error.contains("plain reward model") && !paper.error.contains("--taxonomy inferred"))
    let chosen = try Program(["train", "--categories", "chat"] + Self.options, folder: scratch.url)
    #expect(chosen.status == 64 && chosen.error.contains("--categories"), "\(chosen.error)")
  }

  /// `--taxonomy inferred` is advised where it helps, `--skip-invalid` where something would be left.
  @Test(arguments: [
    (rows(#", "category": "poems""#), true, false), (rows(#", "category": "My Poems""#), false, false),
    (rows() + "\n{\n", false, true), ("{\n", false, false),
    (rows() + "\n" + #"{"prompt": "a", "chosen": "b", "rejected": "c", "category": "poems"}"#, true, true),
  ])
  func adviceIsGivenWhereItHelps(rows: String, inferring: Bool, skipping: Bool) throws {
    let scratch = try Scratch()
    try scratch.write(rows, to: "rows.jsonl")
    let run = try Program(["train"] + Self.options, folder: scratch.url)
    #expect(run.status == 65, "\(run.error)")
    #expect(run.error.contains("--taxonomy inferred") == inferring, "\(run.error)")
    #expect(run.error.contains("--skip-invalid") == skipping, "\(run.error)")
  }
}
