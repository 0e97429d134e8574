@_spi(Command) import DMoERM
import Foundation
import Synchronization
import Testing

@testable import dmoerm

/// Wrong keys, options, judges and budgets: what is said, and that nothing is paid or left behind.
extension LabelTests {
  @Test func aWrongKeyIsOneClearSentenceWithoutTheKey() async throws {
    let scratch = try Scratch()
    try scratch.write(rows(40), to: "rows.jsonl")
    let server = try await FaultServer(script: { _ in
      .status(401, body: #"{"error":{"message":"Incorrect API key provided: sk-secret","code":"invalid_api_key"}}"#)
    })
    try await server.run { server in
      let run = try await program(arguments(server), scratch)
      #expect(run.status == 1)
      #expect(run.error.contains("does not accept the API key"))
      #expect(!run.error.contains("sk-secret"))
      #expect(server.counts.requests <= 8)
    }
  }

  @Test func theServicesWordsAreToldOfEveryRefusal() async throws {
    for (status, words) in [
      (401, "Key is of another project"), (402, "Insufficient credits"), (404, "No such model m"),
    ] {
      let scratch = try Scratch()
      try scratch.write(rows(4), to: "rows.jsonl")
      let server = try await FaultServer(script: { _ in
        .status(status, body: #"{"error":{"message":"\#(words): Question 1 of Bearer abc9"}}"#)
      })
      try await server.run { server in
        let run = try await program(arguments(server), scratch)
        let goesOn = run.error.contains("The same command goes on")
        #expect(status == 402 ? run.status == 75 && goesOn : run.status == 1 && !goesOn, "\(run.error)")
        let journal = try String(
          contentsOf: scratch.url.appendingPathComponent("labels.journal.jsonl"), encoding: .utf8)
        for text in [run.error, run.output, journal] {
          #expect(text.contains(words) && text.contains("Bearer ***") && !text.contains("abc9"), "\(text.prefix(2000))")
        }
      }
    }
  }

  @Test func onlyWhatMayPassLeavesTheSameCommandToGoOn() async throws {
    for (second, status) in [(Fault.status(413), Int32(1)), (.status(503), 75)] {
      let scratch = try Scratch()
      try scratch.write(rows(4), to: "rows.jsonl")
      let server = try await FaultServer(
        script: { $0.number == 0 ? .status(413) : $0.number == 1 ? second : nil }, answer: Self.honest)
      try await server.run { server in
        let run = try await program(arguments(server, "--concurrency", "1", "--attempts", "1"), scratch)
        #expect(run.status == status, "\(run.error)")
        #expect(run.error.contains("2 requests not answered"), "\(run.error)")
        #expect(run.error.contains("The same command goes on") == (status == 75), "\(run.error)")
        #expect(try labels(scratch).count == 3)
      }
    }
  }

  @Test func wrongValuesOfOptionsAreToldBeforeFilesThatAreMissing() async throws {
    let scratch = try Scratch()
    for (more, message) in [
      (["--budget", "much"], "--budget"), (["--budget", "xtokens"], "--budget xtokens"),
      (["--price", "1"], "--price 1 "), (["--points", "-x"], "--points: no task category"),
      (["--points", ","], "--points names no point"), (["--budget", "5usd"], "needs a price"),
    ] {
      let run = try await program(
        ["label", "--samples", "nowhere.jsonl", "--out", "l.jsonl", "--base-url", "https://service.invalid", "--model"]
          + ["nobody-knows-it"] + more, scratch)
      #expect(run.status == 64 && run.error.contains(message), "\(more): \(run.error)")
    }
  }

  @Test func theHintOfAnUnknownPointWorksWhenTyped() async throws {
    let scratch = try Scratch()
    try scratch.write(rows(2), to: "rows.jsonl")
    func run(_ points: String) async throws -> Program {
      try await program(
        ["label", "--samples", "rows.jsonl", "--out", "l.jsonl", "--base-url", "http://127.0.0.1:1/v1", "--model", "m"]
          + ["--points", points, "--dry-run"], scratch)
    }
    let wrong = try await run("-x")
    #expect(wrong.status == 64 && !wrong.error.contains("inferred"), "\(wrong.error)")
    let hint = try #require(wrong.error.firstRange(of: "--taxonomy: "))
    let points = wrong.error[hint.upperBound...].prefix { !$0.isNewline }
    let right = try await run(String(points))
    #expect(right.status == 0, "\(right.error)")
  }

  @Test(arguments: [
    (#"[{"baseURL":"http://a/v1","model":"a"},{"baseURL":"http://b/v1"}]"#, #""[1].model" is missing"#),
    (#"[{"baseURL":"http://a/v1","model":7}]"#, #""[0].model" is not a text"#),
    (#"[{"baseURL":"http://a/v1","model":"a"},7]"#, #""[1]" is not an object"#),
    (#"[{"baseURL":"http://a/v1","model":"a","temperature":-1}]"#, #""[0].temperature" must be 0 to 100, not -1"#),
    (#"[{"baseURL":"ftp://a","model":"a"}]"#, #""[0].baseURL" "#),
    (
      #"[{"baseURL":"http://a/v1","model":"a"},{"baseURL":"http://a/v1","model":"b","key":"x"}]"#,
      #"there is no setting "[1].key""#
    ),
    (#"{"baseURL":"http://a/v1","model":"a"}"#, "is not a list"),
  ]) func aFaultOfAJudgeNamesItsPlace(judges: String, message: String) async throws {
    let scratch = try Scratch()
    try scratch.write(rows(2), to: "rows.jsonl")
    try scratch.write(judges, to: "judges.json")
    let run = try await program(
      ["label", "--samples", "rows.jsonl", "--out", "labels.jsonl", "--judges", "judges.json"], scratch)
    #expect(run.status == 65 && run.error.contains("judges.json") && run.error.contains(message), "\(run.error)")
    #expect(!run.error.contains("--temperature"))
  }

  @Test func aDryRunSendsNothingAndLeavesNoTrace() async throws {
    let scratch = try Scratch()
    try scratch.write(rows(3), to: "rows.jsonl")
    let run = try await program(
      [
        "label", "--samples", "rows.jsonl", "--out", "labels.jsonl", "--base-url", "https://service.invalid", "--model",
        "m", "--points", "empathy", "--price", "1,2", "--budget", "5usd", "--dry-run",
      ], scratch)
    #expect(run.status == 0, "\(run.error)")
    #expect(run.output.contains("6 to send"))
    #expect(run.output.contains("Nothing was sent."))
    #expect(!FileManager.default.fileExists(atPath: scratch.url.appendingPathComponent("labels.journal.jsonl").path))
  }

  @Test func aBudgetOfMoneyNeedsAPrice() async throws {
    let scratch = try Scratch()
    try scratch.write(rows(3), to: "rows.jsonl")
    let run = try await program(
      [
        "label", "--samples", "rows.jsonl", "--out", "labels.jsonl", "--base-url", "https://service.invalid", "--model",
        "nobody-knows-it", "--budget", "5usd",
      ], scratch)
    #expect(run.status == 64)
    #expect(run.error.contains("needs a price"))
  }
}
