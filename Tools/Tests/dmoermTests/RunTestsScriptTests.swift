import Foundation
import Testing

/// What `make test` says last.
struct RunTestsScriptTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Runs the script with a command in the place of swift, which prints these lines and ends with this status.
  private func run(_ lines: String, status: Int, _ parts: [String]) throws -> Program {
    let scratch = try Scratch()
    try scratch.write(lines, to: "lines")
    try scratch.write("#!/bin/sh\ncat \"$(dirname \"$0\")/lines\"\nexit \(status)\n", to: "swift")
    let swift = scratch.url.appendingPathComponent("swift").path
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: swift)
    return try Program(
      [Self.root.appendingPathComponent("Scripts/run-tests").path] + parts, folder: scratch.url,
      program: URL(fileURLWithPath: "/bin/bash"), environment: ["SWIFT": swift])
  }

  @Test func theNamesOfWhatFailedComeLastAndTheRunnersLinesStay() throws {
    let lines = """
      ◇ Test run started.
      ◇ Test good() started.
      ✔ Test good() passed after 0.001 seconds.
      ◇ Test "a named one" started.
      ◇ Test table(row:) started.
      ◇ Test case passing 1 argument row → 3 to table(row:) started.
      ✘ Test "a named one" recorded an issue at OneTests.swift:12:5: Expectation failed: 1 == 2
      ✘ Test table(row:) recorded an issue with 1 argument row → 3 at TwoTests.swift:7:5: Expectation failed: 1 == 3
      ✘ Test case passing 1 argument row → 3 to table(row:) failed after 0.1 seconds with 1 issue.
      ✘ Test table(row:) with 2 test cases failed after 0.1 seconds with 1 issue.
      ✘ Test "a named one" failed after 0.1 seconds with 1 issue.
      ✘ Suite Ones failed after 0.1 seconds with 1 issue.
      ✘ Test run with 3 tests in 1 suite failed after 0.2 seconds with 2 issues.

      """
    let run = try run(lines, status: 1, ["library", "tools"])
    #expect(run.status == 1)
    let summary = """
      Failed:
        library: table(row:) (TwoTests.swift:7:5)
        library: "a named one" (OneTests.swift:12:5)
        Tools: table(row:) (TwoTests.swift:7:5)
        Tools: "a named one" (OneTests.swift:12:5)

      """
    #expect(run.output == lines + lines + "\n" + summary, "\(run.output)")
  }

  @Test func aTestThatEndedTheRunnerIsNamed() throws {
    let run = try run(
      "◇ Test run started.\n◇ Test deadly() started.\nerror: Exited with unexpected signal code 4\n", status: 1,
      ["tools"])
    #expect(run.status == 1 && run.output.contains("  Tools: deadly() began and did not end\n"), "\(run.output)")
    #expect(run.output.hasSuffix("  Tools: error: Exited with unexpected signal code 4\n"), "\(run.output)")
    let silent = try self.run("", status: 7, ["library"])
    #expect(silent.status == 7 && silent.output.hasSuffix("--parallel ended with 7\n"), "\(silent.output)")
  }

  @Test func withoutAFailureNothingIsAdded() throws {
    let lines = "✔ Test run with 3 tests in 1 suite passed after 0.2 seconds.\n"
    let run = try run(lines, status: 0, ["library"])
    #expect(run.status == 0 && run.output == lines)
  }
}
