import Foundation
import Testing

@testable import dmoerm

/// What cannot be written is a failure that is told of.
struct LostOutputTests {
  private static let row = #"{"prompt": "Hi?", "chosen": "Yes, surely.", "rejected": "No."}"#

  private static func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write(
      (0..<12).map { row.replacingOccurrences(of: "Hi", with: "Hi \($0)") }.joined(separator: "\n"), to: "rows.jsonl")
    return scratch
  }

  private static let train =
    "\"$DMOERM\" train --samples rows.jsonl --backbone \"$BACKBONE\" --rank 2 --top-layers 1 --maximum-tokens 64 "
    + "--epochs 1 --threads 1 --output my.dmoerm"

  @Test(arguments: [
    "--help", "--version", "train --help", "inspect machine", "inspect machine --json", "inspect data rows.jsonl",
    "inspect data rows.jsonl --json", "train --print-config", "inspect backbone \"$BACKBONE\"",
    "inspect tokens --backbone \"$BACKBONE\" --text Hi", "inspect hidden --backbone \"$BACKBONE\" --ids 1,2",
  ])
  func aFullDiskEndsWith1AndOneSentence(command: String) throws {
    let scratch = try Self.scratch()
    let full = try scratch.shell("\"$DMOERM\" \(command) > /dev/full")
    #expect(full.status == 1, "\(full.error)")
    #expect(full.error == "dmoerm: standard output cannot be written: No space left on device\n")
    let none = try scratch.shell("\"$DMOERM\" \(command) >&-")
    #expect(none.status == 1 && none.error == "dmoerm: standard output cannot be written: Bad file descriptor\n")
  }

  /// Whether or not the parent lets SIGPIPE through.
  @Test(arguments: ["", "trap '' PIPE; "])
  func aReaderWhoLeavesEndsTheCommandQuietly(before: String) throws {
    let scratch = try Self.scratch()
    let run = try scratch.shell(
      "\(before)mkfifo pipe; exec 3<>pipe; exec 4>pipe; exec 3<&-; \"$DMOERM\" --help >&4; echo $?")
    #expect(run.output == "141\n" && run.error.isEmpty, "\(run.error)")
  }

  /// A stream that was closed is not taken by a file that the command opens.
  @Test func linesForAClosedStreamGoIntoNoFile() throws {
    let scratch = try Self.scratch()
    let run = try scratch.shell(Self.train + " --json <&- >&- 2>&-")
    #expect(run.status == 1)
    #expect(!scratch.exists("my.dmoerm"))
    if scratch.exists("my.run/metrics.jsonl") {
      #expect(!(try scratch.text(of: "my.run/metrics.jsonl").contains("textsRead")))
    }
    #expect((try? scratch.text(of: "my.run/lock"))?.isEmpty ?? true)
  }

  /// Rewards that were told of are whole, and those that were not are missed.
  @Test func rewardsThatCannotBeWrittenAreNotLostInSilence() throws {
    let scratch = try Self.scratch()
    let trained = try scratch.shell(Self.train)
    #expect(trained.status == 0, "\(trained.error)")
    try scratch.write(
      (0..<40).map { #"{"prompt": "Hi \#($0)?", "response": "Yes."}"# }.joined(separator: "\n"), to: "in.jsonl")
    let score = "\"$DMOERM\" score --model my.dmoerm --backbone \"$BACKBONE\" --input in.jsonl"
    let full = try scratch.shell(score + " > /dev/full")
    #expect(full.status == 1 && full.error.contains("No space left on device"), "\(full.error)")
    // The smallest limit that a shell can set: 512 or 1,024 bytes.
    let limited = try scratch.shell("ulimit -f 1; \(score) > out.jsonl")
    #expect(limited.status == 1 && limited.error.contains("File too large"), "\(limited.error)")
    #expect(try !scratch.text(of: "out.jsonl").isEmpty)
    let page = try scratch.shell(
      "\"$DMOERM\" eval --model my.dmoerm --backbone \"$BACKBONE\" --samples rows.jsonl --html /dev/full")
    #expect(page.status == 1 && page.error == "dmoerm: cannot write /dev/full: No space left on device\n")
    #expect(page.output.contains("longer reply"), "the figures are there even so")
    #expect(try scratch.shell("test -c /dev/full").status == 0)
  }

  @Test(arguments: [1, 2, 8])
  func aTrainingRunThatCannotBeKeptSaysSo(blocks: Int) throws {
    let scratch = try Self.scratch()
    let run = try scratch.shell("ulimit -f \(blocks); \(Self.train)")
    #expect(run.status == 1 && run.error.contains("File too large"), "\(run.error)")
    #expect(run.error.contains("dmoerm: cannot write "), "\(run.error)")
    // Nothing of it stands in the way of the same command where there is room.
    let again = try scratch.shell(Self.train)
    #expect(again.status == 0 && scratch.exists("my.dmoerm/dmoerm.json"), "\(again.error)")
  }
}
