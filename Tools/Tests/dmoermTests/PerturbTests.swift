@_spi(Command) import DMoERM
import Foundation
import Testing

@testable import dmoerm

/// `dmoerm label --perturb`, as a whole program.
@Suite struct PerturbTests {
  private func rows(_ count: Int) -> String {
    (0..<count).map { index in
      #"{"id":"r\#(index)","prompt":"How is bread \#(index) made?","category":"obj_qa","#
        + #""responses":["The dough is warm. It rests for \#(index + 20) minutes.","No."],"ranks":[1,2]}"# + "\n"
    }.joined()
  }

  private func program(_ arguments: [String], _ scratch: Scratch) throws -> Program {
    try Program(["label"] + arguments, folder: scratch.url)
  }

  @Test func labelsStandBehindTheRowsOwnPreferences() throws {
    let scratch = try Scratch()
    try scratch.write(rows(6), to: "rows.jsonl")
    let rules = ["--perturb", "rows.jsonl", "--seed", "7", "--rules", "numbers-changed,negation-flipped"]
    let run = try program(rules + ["--out", "labels.jsonl", "--show", "2"], scratch)
    #expect(run.status == 0, "\(run.error)")
    #expect(run.output.contains("numbers-changed") && run.output.contains("[-") && run.output.contains("{+"))
    let samples = try PreferenceReader.readAll(contentsOf: scratch.url.appendingPathComponent("labels.jsonl")).samples
    #expect(samples.prefix(6).allSatisfy { $0.capability == nil })
    #expect(samples.dropFirst(6).map(\.capability) == Array(repeating: "correctness", count: 12))
    let only = try program(rules + ["--out", "only.jsonl", "--labels-only", "--weight", "0.5"], scratch)
    #expect(only.status == 0, "\(only.error)")
    let labels = try PreferenceReader.readAll(contentsOf: scratch.url.appendingPathComponent("only.jsonl")).samples
    #expect(labels.count == 12 && labels.allSatisfy { $0.weight == 0.5 })
    #expect(labels.map(\.responses) == samples.dropFirst(6).map(\.responses))
  }

  @Test func rowsWithOneGoodResponseServeAsWell() throws {
    let scratch = try Scratch()
    try scratch.write(
      #"{"id":"a","prompt":"Hello","response":"The dough rests for 20 minutes.","category":"obj_qa"}"# + "\n",
      to: "rows.jsonl")
    let run = try program(
      ["--perturb", "rows.jsonl", "--out", "l.jsonl", "--rules", "numbers-changed", "--json"], scratch)
    #expect(run.status == 0 && run.output.contains(#""labels":1"#), "\(run.error)")
  }

  @Test func rulesAreListedWithTheirPoints() throws {
    let run = try program(["--list-rules"], Scratch())
    #expect(run.status == 0 && run.output.contains("numbers-changed"), "\(run.error)")
    #expect(run.output.contains("obj_qa/correctness"))
  }

  @Test func aDryRunWritesNothing() throws {
    let scratch = try Scratch()
    try scratch.write(rows(3), to: "rows.jsonl")
    let run = try program(["--perturb", "rows.jsonl", "--dry-run"], scratch)
    #expect(run.status == 0 && run.output.contains("Nothing was written."), "\(run.error)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path) == ["rows.jsonl"])
  }

  @Test func optionsWithoutEffectAreRefused() throws {
    let scratch = try Scratch()
    try scratch.write(rows(2), to: "rows.jsonl")
    for (arguments, message) in [
      (["--perturb", "rows.jsonl", "--out", "l.jsonl", "--model", "m"], "--model is for judges"),
      (["--perturb", "rows.jsonl", "--out", "l.jsonl", "--html", "p.html"], "--html is for judges"),
      (["--perturb", "rows.jsonl", "--samples", "rows.jsonl", "--out", "l.jsonl"], "in the place of --samples"),
      (["--perturb", "rows.jsonl"], "--out FILE is missing"), (["--out", "l.jsonl"], "--samples FILE is missing"),
      (["--samples", "rows.jsonl", "--out", "l.jsonl", "--seed", "3"], "--seed is for --perturb"),
      (["--perturb", "rows.jsonl", "--out", "l.jsonl", "--rules", "x"], "there is no rule \"x\""),
      (["--perturb", "rows.jsonl", "--out", "rows.jsonl"], "overwritten"),
      (
        ["--perturb", "rows.jsonl", "--out", "l.jsonl", "--points", "empathy", "--rules", "numbers-changed"],
        "no rule damages"
      ),
    ] {
      let run = try program(arguments, scratch)
      #expect(run.status == 64 && run.error.contains(message), "\(arguments): \(run.error)")
    }
  }

  @Test func whereNoRuleAppliesNothingIsWritten() throws {
    let scratch = try Scratch()
    try scratch.write(rows(2), to: "rows.jsonl")
    let run = try program(["--perturb", "rows.jsonl", "--out", "l.jsonl", "--rules", "details-cut"], scratch)
    #expect(run.status == 65 && run.error.contains("no rule could be applied"), "\(run.error)")
    #expect(run.output.contains("too short 2"), "\(run.output)")
    #expect(!FileManager.default.fileExists(atPath: scratch.url.appendingPathComponent("l.jsonl").path))
  }
}
