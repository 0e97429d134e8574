@_spi(Command) import DMoERM
import Foundation
import Testing

/// The labeller and the judges that public services are: they think, call tools, fail within a reply and refuse.
@Suite struct LabelJudgeTests {
  private func rows(_ count: Int, _ ranks: String) -> String {
    (0..<count).map { index in
      #"{"id":"r\#(index)","prompt":"Question \#(index)","responses":["better","worse"]\#(ranks)}"# + "\n"
    }.joined()
  }

  /// A run over so many pairs as a whole, with a judge that replies as told.
  private func label(
    _ count: Int, _ more: [String] = [], ranks: String = "", in scratch: Scratch, script: @escaping FaultServer.Script
  ) async throws -> (run: Program, requests: Int) {
    try scratch.write(rows(count, ranks), to: "rows.jsonl")
    return try await FaultServer(script: script, answer: LabelTests.honest).run { server in
      let arguments =
        ["label", "--samples", "rows.jsonl", "--out", "labels.jsonl", "--base-url", server.url.absoluteString]
        + ["--model", "m", "--overall", "--price", "1,1"] + more
      let folder = scratch.url
      let run = try await withCheckedThrowingContinuation { done in
        Thread.detachNewThread { done.resume(with: Result { try Program(arguments, folder: folder) }) }
      }
      return (run, server.counts.requests)
    }
  }

  private func labels(_ scratch: Scratch) throws -> [RankedResponses] {
    try PreferenceReader.readAll(contentsOf: scratch.url.appendingPathComponent("labels.jsonl")).samples
  }

  private static func choice(_ content: String, finish: String = "stop", _ more: String = "") -> Fault {
    let text = (try? JSONEncoder().encode(content)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
    return .choice(#"{"message":{"role":"assistant","content":\#(text)\#(more)},"finish_reason":"\#(finish)"}"#)
  }

  /// Replies that are no verdict, with the option that helps.
  static let unusable: [(Fault, String)] = [
    (choice("", finish: "length", #","reasoning_content":"long thoughts""#), "--maximum-reply-tokens"),
    (choice("Let me see", finish: "length"), "--maximum-reply-tokens"),
    (choice("<think>The first", finish: "max_tokens"), "--maximum-reply-tokens"),
    (.choice(#"{"message":{"content":null,"reasoning_content":"verdict 1"},"finish_reason":"stop"}"#), "--free-text"),
    (
      .choice(
        #"{"message":{"content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"reply","#
          + #""arguments":"{\"verdict\":\"1\"}"}}]},"finish_reason":"tool_calls"}"#), "--free-text"
    ),
    (choice("<|channel|>analysis<|message|>The first is better."), "--maximum-reply-tokens"),
    (choice("The first one is better."), "--free-text"),
    (choice("No.", finish: "sensitive"), "--template"),
  ]

  @Test(arguments: unusable) func repliesThatAreNoVerdictsStopTheRunEarly(fault: Fault, hint: String) async throws {
    let scratch = try Scratch()
    let (run, requests) = try await label(150, in: scratch, script: { _ in fault })
    #expect(run.status == 1, "\(run.error)")
    #expect(run.error.contains("in a row were no verdict") && run.error.contains(hint), "\(run.error)")
    // 20, and those in flight when the twentieth came.
    #expect((20..<30).contains(requests))
    let few = try Scratch()
    let end = try await label(3, ["--json"], in: few, script: { _ in fault })
    #expect(end.run.status == 1 && end.run.error.contains("no label came of 3 comparisons"), "\(end.run.error)")
    #expect(end.run.output.contains(#""hint":"#) && end.run.error.contains(hint))
    #expect(!FileManager.default.fileExists(atPath: few.url.appendingPathComponent("labels.jsonl").path))
  }

  @Test(arguments: [
    "better</think>\n\n", "<|channel|>analysis<|message|>2?<|end|><|start|>assistant<|channel|>final<|message|>",
  ])
  func thoughtsWithoutTheirBeginningAreNoPartOfTheReply(before: String) async throws {
    let scratch = try Scratch()
    let (run, requests) = try await label(3, in: scratch) { arrival in
      Self.choice(#"{"verdict":"2"} hm. "# + before + LabelTests.honest(arrival.messages))
    }
    #expect(run.status == 0 && requests == 6, "\(run.error)")
    #expect(try labels(scratch).map(\.ranks) == [[1, 2], [1, 2], [1, 2]])
  }

  /// e^-0.05 / (e^-0.05 + e^-3) = 0.9503 for the verdict, wherever the thoughts mention another.
  @Test(arguments: ["", "<think>\nMaybe\nAnswer: 2?\n</think>\n\n", "{\"verdict\":\"2\"}</think>"])
  func theProbabilityIsThatOfTheVerdictNotOfTheThoughts(thoughts: String) async throws {
    let scratch = try Scratch()
    let (run, _) = try await label(3, ["--free-text", "--logprobs", "--soft", "verdict"], in: scratch) { arrival in
      let verdict = LabelTests.honest(arrival.messages).contains("1") ? "1" : "2"
      let other = verdict == "1" ? "2" : "1"
      let before = String(decoding: (try? JSONEncoder().encode(thoughts)) ?? Data(), as: UTF8.self)
      let all = String(decoding: (try? JSONEncoder().encode(thoughts + verdict)) ?? Data(), as: UTF8.self)
      return .choice(
        #"{"message":{"content":\#(all)},"logprobs":{"content":[{"token":\#(before),"logprob":-0.05,"#
          + #""top_logprobs":[]},{"token":"\#(verdict)","logprob":-0.05,"top_logprobs":[{"token":"\#(verdict)","#
          + #""logprob":-0.05},{"token":"\#(other)","logprob":-3}]}]},"finish_reason":"stop"}"#)
    }
    #expect(run.status == 0, "\(run.error)")
    let probabilities = try labels(scratch).compactMap(\.probability)
    #expect(
      probabilities.count == 3 && probabilities.allSatisfy { abs(Double($0) - 0.9503) < 1e-4 }, "\(probabilities)")
  }

  /// What people said of a pair stands above the judge, who is measured by it.
  @Test func aJudgeOfPairsThatPeopleRankedIsMeasuredOnly() async throws {
    let scratch = try Scratch()
    let (run, _) = try await label(3, ranks: #","ranks":[1,2]"#, in: scratch, script: { _ in nil })
    #expect(run.status == 0 && run.output.contains("0 from judges, 3 of the samples' own"), "\(run.error)")
    #expect(try labels(scratch).allSatisfy { $0.annotator == nil })
  }

  @Test func anErrorInAChoiceIsAskedAgain() async throws {
    let scratch = try Scratch()
    let upstream = #"{"error":{"code":502,"message":"Upstream"},"finish_reason":"error","message":{"content":""}}"#
    let first = try await label(3, ["--attempts", "1"], in: scratch, script: { _ in .choice(upstream) })
    #expect(first.run.status == 75 && first.run.error.contains("Upstream"), "\(first.run.error)")
    let second = try await label(3, in: scratch, script: { $0.number == 0 ? .choice(upstream) : nil })
    #expect(second.run.status == 0 && second.requests == 7, "\(second.run.error)")
    #expect(try labels(scratch).count == 3)
  }

  @Test func theServicesWordsReachTerminalJSONAndJournal() async throws {
    let scratch = try Scratch()
    let body = #"{"error":{"message":"Unknown name \"strict\" in sk-abcdef0123456789","code":"invalid"}}"#
    let (run, _) = try await label(20, ["--json"], in: scratch, script: { _ in .status(400, body: body) })
    let journal = try String(contentsOf: scratch.url.appendingPathComponent("labels.journal.jsonl"), encoding: .utf8)
    #expect(run.status == 1)
    for text in [run.error, run.output, journal] {
      #expect(text.contains("Unknown name") && !text.contains("sk-abcdef"), "\(text.prefix(2000))")
    }
  }

  @Test func failuresThatMayPassLeaveTheSameCommandToGoOn() async throws {
    let scratch = try Scratch()
    let stopped = try await label(30, ["--attempts", "1"], in: scratch, script: { _ in .status(503) })
    #expect(stopped.run.status == 75 && stopped.run.error.contains("The same command goes on"), "\(stopped.run.error)")
    let empty = try await label(30, in: scratch, script: { _ in .insufficientQuota })
    #expect(empty.run.status == 75 && empty.run.error.contains("no quota left"), "\(empty.run.error)")
  }

  @Test func theTrainCommandThatIsPrintedWorks() async throws {
    let scratch = try Scratch()
    let (run, _) = try await label(40, in: scratch, script: { _ in nil })
    #expect(run.status == 0, "\(run.error)")
    let line = try #require(run.output.split(separator: "\n").last { $0.contains(" train ") })
    var words = line.split(separator: " ").map(String.init).drop { $0 != "train" }
    words += ["--backbone", Program.backbone, "--epochs", "1", "--rank", "2", "--maximum-tokens", "128"]
    let train = try Program(Array(words), folder: scratch.url)
    #expect(train.status == 0, "\(train.error)")
    // Too few to train on, and nothing but points: no command is printed that would fail.
    let few = try Scratch()
    #expect(try await !label(3, in: few, script: { _ in nil }).run.output.contains("train --labels"))
  }

  @Test func aFileOfAnotherRunIsNotReplaced() async throws {
    let scratch = try Scratch()
    try scratch.write("precious", to: "labels.jsonl")
    let refused = try await label(3, in: scratch, script: { _ in nil })
    #expect(refused.run.status == 64 && refused.run.error.contains("--replace") && refused.requests == 0)
    #expect(try String(contentsOf: scratch.url.appendingPathComponent("labels.jsonl"), encoding: .utf8) == "precious")
    #expect(try await label(3, ["--replace"], in: scratch, script: { _ in nil }).run.status == 0)
    // The run's own.
    #expect(try await label(3, in: scratch, script: { _ in nil }).run.status == 0)
  }

  @Test(arguments: [
    ["--temperature", "nan"], ["--temperature", "1e30"], ["--temperature=-1"], ["--maximum-reply-tokens", "0"],
    ["--maximum-reply-tokens", "99999999999"], ["--timeout", "nan"], ["--timeout", "1e300"], ["--concurrency", "0"],
    ["--concurrency", "100000000"], ["--attempts", "1000000000000"], ["--requests-per-minute=-5"],
    ["--tokens-per-minute", "9223372036854775807"], ["--pairs", "0"], ["--price", "nan,1"], ["--price", "1"],
    ["--price=-1,1"], ["--budget", "1e400usd"], ["--budget", "99999999999999999999tokens"], ["--budget=-5usd"],
  ])
  func numbersOutOfBoundsAreRefused(arguments: [String]) async throws {
    let scratch = try Scratch()
    let (run, requests) = try await label(3, arguments, in: scratch, script: { _ in nil })
    #expect(run.status == 64 && requests == 0, "\(arguments): \(run.status) \(run.error)")
  }

  @Test func whatIsKnownAtOnceIsSaidBeforeTheSamplesAreRead() throws {
    let scratch = try Scratch()
    try scratch.write("not a row", to: "rows.jsonl")
    func run(_ more: String...) throws -> Program {
      try Program(["label", "--samples", "rows.jsonl", "--out", "l.jsonl"] + more, folder: scratch.url)
    }
    let url = ["--base-url", "http://127.0.0.1:1/v1", "--model", "m"]
    func error(_ more: String...) throws -> String {
      try Program(
        ["label", "--samples", "rows.jsonl", "--out", "l.jsonl"] + url + more, folder: scratch.url
      ).error
    }
    #expect(try run("--base-url", "ftp://host", "--model", "m").error.contains("http://"))
    #expect(try error("--api-key-env", "NO_SUCH_KEY").contains("NO_SUCH_KEY"))
    #expect(try error("--points", "no-such-point").contains("no-such-point"))
    #expect(try error("--taxonomy", "no-such-file.json").contains("no-such-file.json"))
    #expect(try error("--template", "no-such-template.json").contains("no-such-template.json"))
    #expect(try error("--samples", "no-such-rows.jsonl").contains("no-such-rows.jsonl"))
    #expect(try error("--import-batch", "no-such-batch.jsonl").contains("no-such-batch.jsonl"))
    #expect(try error("--prices", "no-such-prices.json").contains("no-such-prices.json"))
  }
}
