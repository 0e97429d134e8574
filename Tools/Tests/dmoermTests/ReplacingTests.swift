import Foundation
import Testing

@testable import dmoerm

/// Nothing that is there is replaced, unless it is the same run's own or --replace says so.
struct ReplacingTests {
  private static func data(_ word: String) -> String {
    (0..<12).map { #"{"prompt": "\#(word) \#($0)?", "chosen": "Yes, \#(word).", "rejected": "No."}"# }
      .joined(separator: "\n")
  }

  private static func train(_ samples: String, _ more: String...) -> [String] {
    [
      "train", "--samples", samples, "--backbone", Program.backbone, "--rank", "2", "--top-layers", "1",
      "--maximum-tokens", "64", "--epochs", "1", "--threads", "1",
    ] + more
  }

  /// A process that was killed while it wrote its first file leaves a hidden one, and the same command goes on.
  @Test func whatAKillLeftOfAFirstFileIsInNobodysWay() throws {
    let scratch = try Scratch()
    try scratch.write(Self.data("sun"), to: "sun.jsonl")
    try scratch.write("", to: "my.run/lock")
    try scratch.write("{", to: "my.run/.run.json.4000000.0")
    try FileManager.default.createDirectory(
      at: scratch.url.appendingPathComponent("my.run/phases"), withIntermediateDirectories: true)
    let run = try Program(Self.train("sun.jsonl", "--output", "my.dmoerm"), folder: scratch.url)
    #expect(run.status == 0, "\(run.error)")
    #expect(!scratch.exists("my.run/.run.json.4000000.0"))
    // What is somebody's stays.
    try scratch.write("mine", to: "other.run/.notes")
    let other = try Program(
      Self.train("sun.jsonl", "--output", "my.dmoerm", "--run", "other.run", "--replace"), folder: scratch.url)
    #expect(other.status == 64 && other.error.contains("is no run folder"), "\(other.error)")
  }

  @Test func aBundleIsReplacedByItsOwnRunOnly() throws {
    let scratch = try Scratch()
    try scratch.write(Self.data("sun"), to: "sun.jsonl")
    try scratch.write(Self.data("moon"), to: "moon.jsonl")
    func run(_ arguments: [String]) throws -> Program { try Program(arguments, folder: scratch.url) }
    #expect(try run(Self.train("sun.jsonl", "--output", "my.dmoerm")).status == 0)
    // The same command goes on, and writes the same bundle.
    let before = try scratch.text(of: "my.dmoerm/dmoerm.json")
    #expect(try run(Self.train("sun.jsonl", "--output", "my.dmoerm")).status == 0)
    #expect(try scratch.text(of: "my.dmoerm/dmoerm.json") == before)
    // Another run does not, be it new or half done.
    let other = try run(Self.train("moon.jsonl", "--output", "my.dmoerm", "--run", "other"))
    #expect(other.status == 64 && other.error == "dmoerm: --output my.dmoerm exists; --replace replaces it\n")
    #expect(!scratch.exists("other"))
    #expect(try run(Self.train("moon.jsonl", "--output", "moon.dmoerm", "--run", "other")).status == 0)
    #expect(try run(Self.train("moon.jsonl", "--output", "my.dmoerm", "--run", "other")).status == 64)
    #expect(try scratch.text(of: "my.dmoerm/dmoerm.json") == before)
    #expect(try run(Self.train("moon.jsonl", "--output", "my.dmoerm", "--run", "other", "--replace")).status == 0)
    #expect(try scratch.text(of: "my.dmoerm/dmoerm.json") != before)

    let backbone = ["--backbone", Program.backbone]
    // An ensemble.
    let members = ["ensemble", "my.dmoerm", "moon.dmoerm", "--output", "both.dmoerm"] + backbone
    #expect(try run(members).status == 0)
    let again = try run(members)
    #expect(again.status == 64 && again.error.contains("--replace"), "\(again.error)")
    #expect(try run(members + ["--replace"]).status == 0)

    // A page.
    let page = ["eval", "--model", "my.dmoerm", "--samples", "sun.jsonl", "--html", "page.html"] + backbone
    try scratch.write("mine", to: "page.html")
    let kept = try run(page)
    #expect(kept.status == 64 && kept.output.isEmpty, "\(kept.error)")
    #expect(try scratch.text(of: "page.html") == "mine")
    #expect(try run(page + ["--replace"]).status == 0)
    #expect(try scratch.text(of: "page.html").hasPrefix("<!doctype html>"))

    // An adapter.
    let join = ["adapter", "join", "my.dmoerm/general/base", "moon.dmoerm/general/base", "--output"]
    #expect(try run(join + ["joined"] + backbone).status == 0)
    let joined = try run(join + ["joined"] + backbone)
    #expect(joined.status == 64 && joined.error.contains("--replace"), "\(joined.error)")
    #expect(try run(join + ["joined", "--replace"] + backbone).status == 0)
    let own = try run(join + ["my.dmoerm/general/base", "--replace"] + backbone)
    #expect(own.status == 64 && own.error.contains("which is read"), "\(own.error)")
    try scratch.write("mine", to: "notes/notes.txt")
    #expect(try run(join + ["notes", "--replace"] + backbone).status == 64)
  }

  /// What is no bundle, run, experiment or demo is never replaced, whatever is said.
  @Test(arguments: [
    ["train", "--samples", "rows.jsonl", "--output", "notes", "--replace"],
    ["train", "--samples", "rows.jsonl", "--output", "new", "--run", "notes", "--replace"],
    ["experiment", "plan.json", "--output", "notes"], ["demo", "--folder", "notes"],
    ["demo", "--folder", "notes", "--fresh"],
  ])
  func aFolderOfSomethingElseIsLeftAlone(command: [String]) throws {
    let scratch = try Scratch()
    try scratch.write(Self.data("sun"), to: "rows.jsonl")
    try scratch.write(
      #"{"data": {"training": ["rows.jsonl"], "split": {"validation": 0.2}}, "contenders": [{"name": "length"}]}"#,
      to: "plan.json")
    try scratch.write("mine", to: "notes/report.html")
    try scratch.write("mine", to: "notes/notes.txt")
    let run = try Program(command + ["--backbone", Program.backbone], folder: scratch.url)
    #expect(run.status == 64 && run.error.contains("notes exists and is no "), "\(run.error)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.url.path + "/notes").count == 2)
    #expect(try scratch.text(of: "notes/report.html") == "mine")
  }

  @Test func aRunGivesWayIfItKeptNothingOrIsToBeReplaced() throws {
    let scratch = try Scratch()
    try scratch.write(Self.data("sun"), to: "sun.jsonl")
    func run(_ more: String...) throws -> Program {
      try Program(Self.train("sun.jsonl", "--output", "my.dmoerm") + more, folder: scratch.url)
    }
    try scratch.write(#"{"training": {"data": {"minimumSamples": 99}}}"#, to: "many.json")
    let none = try run("--config", "many.json")
    #expect(none.status == 65 && scratch.exists("my.run/run.json"), "\(none.error)")
    #expect(try run().status == 0)
    #expect(try run("--seed", "9").status == 64)
    let other = try run("--seed", "9", "--replace")
    #expect(other.status == 0 && other.error.contains("is begun anew: it was begun with another "), "\(other.error)")
    // What is there now is the new run, which goes on.
    let again = try run("--seed", "9")
    #expect(again.status == 0 && again.error.contains("base/general: done before"), "\(again.error)")
  }
}
