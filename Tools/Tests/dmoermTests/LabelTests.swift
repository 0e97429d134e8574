@_spi(Command) import DMoELabel
@_spi(Command) import DMoERM
import Foundation
import Synchronization
import Testing

@testable import dmoerm

/// The whole labeller against a service on loopback.
@Suite(.serialized) struct LabelTests {
  /// "1" if the better response is shown first.
  static let honest: FaultServer.Answer = { messages in
    let text = messages.last?.content ?? ""
    let first = text.range(of: "better")?.lowerBound ?? text.endIndex
    let second = text.range(of: "worse")?.lowerBound ?? text.endIndex
    return #"{"verdict":"\#(first < second ? "1" : "2")"}"#
  }

  func rows(_ count: Int) -> String {
    (0..<count).map { index in
      let responses = index % 2 == 0 ? #"["better","worse"]"# : #"["worse","better"]"#
      let ranks = index % 2 == 0 ? "[1,2]" : "[2,1]"
      return #"{"id":"r\#(index)","category":"chat","prompt":"Question \#(index)","#
        + #""responses":\#(responses),"ranks":\#(ranks)}"# + "\n"
    }.joined()
  }

  func labels(_ scratch: Scratch) throws -> [RankedResponses] {
    try PreferenceReader.readAll(contentsOf: scratch.url.appendingPathComponent("labels.jsonl")).samples
      .filter { $0.capability != nil }
  }

  func arguments(_ server: FaultServer, _ more: String...) -> [String] {
    [
      "label", "--samples", "rows.jsonl", "--out", "labels.jsonl", "--base-url", server.url.absoluteString, "--model",
      "m", "--points", "empathy", "--json",
    ] + more
  }

  /// The server shares this process, so the command must not block its threads.
  func program(_ arguments: [String], _ scratch: Scratch) async throws -> Program {
    let folder = scratch.url
    return try await withCheckedThrowingContinuation { done in
      Thread.detachNewThread { done.resume(with: Result { try Program(arguments, folder: folder) }) }
    }
  }

  @Test func labelsComeOutOfAServiceThatFails() async throws {
    let scratch = try Scratch()
    try scratch.write(rows(12), to: "rows.jsonl")
    let server = try await FaultServer(
      script: { arrival in
        switch arrival.number {
        case 0: .rateLimited(retryAfter: "0")
        case 3: .status(500)
        case 5: .drop
        case 7: .halfBody
        case 9: .invalidJSON
        case 11: .slow(.milliseconds(50))
        default: nil
        }
      }, answer: Self.honest)
    try await server.run { server in
      let run = try await program(arguments(server), scratch)
      #expect(run.status == 0, "\(run.error)")
      #expect(try labels(scratch).count == 12)
      #expect(server.counts.requests == 24 + 5)
      // A second call finds everything in the journal.
      let again = try await program(arguments(server), scratch)
      #expect(again.status == 0)
      #expect(server.counts.requests == 29)
    }
  }

  @Test func refusedAndCutOffRepliesAreToldApartAndNotPaidTwice() async throws {
    let scratch = try Scratch()
    try scratch.write(rows(4), to: "rows.jsonl")
    let server = try await FaultServer(
      script: { [.refusal, .contentFilter, .lengthLimit, .text("")][min($0.number, 3)] as Fault? },
      answer: Self.honest)
    try await server.run { server in
      let run = try await program(arguments(server, "--concurrency", "1"), scratch)
      #expect(run.status == 1, "\(run.error)")
      for cause in ["refused", "cutOff", "empty"] { #expect(run.output.contains(cause)) }
      #expect(run.error.contains("no label came of 4 comparisons: empty 2, cut off 1, refused 1"), "\(run.error)")
      #expect(!FileManager.default.fileExists(atPath: scratch.url.appendingPathComponent("labels.jsonl").path))
      #expect(server.counts.requests == 8)
      #expect(try await program(arguments(server), scratch).status == 1)
      #expect(server.counts.requests == 8)
    }
  }

  @Test func noFileIsWrittenThatIsAlsoAnother() async throws {
    let scratch = try Scratch()
    try scratch.write(rows(2), to: "rows.jsonl")
    try FileManager.default.createSymbolicLink(
      at: scratch.url.appendingPathComponent("link.jsonl"),
      withDestinationURL: scratch.url.appendingPathComponent("rows.jsonl"))
    for more in [
      ["--out", "rows.jsonl"], ["--out", "./link.jsonl"], ["--out", "l.jsonl", "--journal", "l.jsonl"],
      ["--out", "l.jsonl", "--html", "l.journal.jsonl"], ["--out", "l.jsonl", "--export-batch", "rows.jsonl"],
    ] {
      let run = try await program(
        ["label", "--samples", "rows.jsonl", "--base-url", "http://127.0.0.1:1/v1", "--model", "m"] + more, scratch)
      #expect(run.status == 64 && run.error.contains("overwritten"), "\(more): \(run.error)")
    }
    let rows = try String(contentsOf: scratch.url.appendingPathComponent("rows.jsonl"), encoding: .utf8)
    #expect(rows == self.rows(2))
    let page = try await program(
      ["label", "--samples", "rows.jsonl", "--base-url", "http://127.0.0.1:1/v1", "--model", "m", "--out", "l.jsonl"]
        + ["--html", "nowhere/page.html"], scratch)
    #expect(page.status == 1 && page.error.contains("is not there"), "\(page.error)")
  }

  /// People's ranks stand above what judges say of a pair as a whole, which is told before anything is asked.
  @Test func overallOnRankedRowsSaysThatItOnlyMeasures() async throws {
    let scratch = try Scratch()
    try scratch.write(
      #"{"id":"1","prompt":"Q","responses":["a","b"],"ranks":[1,2]}"# + "\n"
        + #"{"id":"2","prompt":"R","responses":["a","b"]}"# + "\n", to: "rows.jsonl")
    let arguments =
      ["label", "--samples", "rows.jsonl", "--out", "l.jsonl", "--base-url", "http://127.0.0.1:1/v1", "--model", "m"]
      + ["--overall", "--dry-run"]
    let run = try await program(arguments, scratch)
    #expect(run.status == 0 && run.error.contains("1 sample ranked already: --overall measures"), "\(run.error)")
    let only = try await program(arguments + ["--labels-only"], scratch)
    #expect(only.status == 0 && !only.error.contains("ranked already"), "\(only.error)")
  }

  @Test func aMisspeltKeyOfAJudgeIsRefused() async throws {
    let scratch = try Scratch()
    try scratch.write(rows(2), to: "rows.jsonl")
    for (judges, message) in [
      (
        #"[{"baseURL":"http://127.0.0.1:1/v1","model":"m","apikeyEnv":"K"}]"#,
        #"there is no setting "[0].apikeyEnv"; did you mean "[0].apiKeyEnv"?"#
      ),
      (
        #"[{"baseURL":"http://127.0.0.1:1/v1","model":"m"},{"baseURL":"http://127.0.0.1:2/v1","model":"m"}]"#,
        "two judges are called m"
      ),
      (#"[{"baseURL":"http://127.0.0.1:1/v1","model":"m","model":"n"}]"#, #"the key "[0].model" stands twice"#),
    ] {
      try scratch.write(judges, to: "judges.json")
      let run = try await program(
        ["label", "--samples", "rows.jsonl", "--out", "labels.jsonl", "--judges", "judges.json"], scratch)
      #expect(run.status == 65 && run.error.contains(message), "\(run.error)")
    }
  }

  @Test func enteringABatchAsksNothingByItself() async throws {
    let scratch = try Scratch()
    try scratch.write(rows(4), to: "rows.jsonl")
    try scratch.write("", to: "result.jsonl")
    let server = try await FaultServer(answer: Self.honest)
    try await server.run { server in
      let entered = try await program(arguments(server, "--import-batch", "result.jsonl"), scratch)
      #expect(entered.status == 75 && entered.error.contains("8 requests not answered"), "\(entered.error)")
      #expect(server.counts.requests == 0)
      let asked = try await program(arguments(server), scratch)
      #expect(asked.status == 0 && server.counts.requests == 8, "\(asked.error)")
    }
  }

  @Test func theCeilingStopsInTheMiddleAndMoreGoesOn() async throws {
    let scratch = try Scratch()
    try scratch.write(rows(30), to: "rows.jsonl")
    let short = ["--maximum-reply-tokens", "16"]
    let server = try await FaultServer(answer: Self.honest)
    try await server.run { server in
      let some = try await program(arguments(server, "--price", "100,100", "--budget", "0.16usd") + short, scratch)
      #expect(some.status == 75, "\(some.error)")
      #expect(some.error.contains("the budget is reached"))
      let first = server.counts.requests
      #expect(first > 0 && first < 60)
      // 12 tokens a request at a ten-thousandth of a dollar each.
      #expect(Double(first) * 12 * 1e-4 <= 0.16)
      let rest = try await program(arguments(server, "--price", "100,100", "--budget", "30usd") + short, scratch)
      #expect(rest.status == 0, "\(rest.error)")
      #expect(server.counts.requests == 60)
      #expect(try labels(scratch).count == 30)
    }
  }

  @Test func aKillLosesNothingThatWasAnswered() async throws {
    let scratch = try Scratch()
    try scratch.write(rows(40), to: "rows.jsonl")
    // Twenty are answered; when four more have come, all answers have been recorded.
    let server = try await FaultServer(
      script: { (20..<24).contains($0.number) ? .hang : nil }, answer: Self.honest)
    try await server.run { server in
      let process = Process()
      process.executableURL = Program.url
      process.arguments = arguments(server, "--concurrency", "4")
      process.currentDirectoryURL = scratch.url
      process.environment = ["PATH": "/usr/bin:/bin", "HOME": scratch.url.path]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      try await server.arrived(24)
      kill(process.processIdentifier, SIGKILL)
      while process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
      let journal = try LabelJournal(reading: scratch.url.appendingPathComponent("labels.journal.jsonl"))
      #expect(journal.replyCount == 20)
      let rest = try await program(arguments(server), scratch)
      #expect(rest.status == 0, "\(rest.error)")
      #expect(server.counts.requests == 24 + 60)
      #expect(try labels(scratch).count == 40)
    }
  }

  @Test func labelsTrainAModel() async throws {
    let scratch = try Scratch()
    try scratch.write(rows(40), to: "rows.jsonl")
    let server = try await FaultServer(answer: Self.honest)
    try await server.run { server in
      #expect(try await program(arguments(server, "--soft", "consistency"), scratch).status == 0)
      let run = try await program(
        [
          "train", "--labels", "labels.jsonl", "--samples", "rows.jsonl", "--output", "m.dmoerm", "--categories",
          "chat",
          "--backbone", Program.backbone, "--json", "--epochs", "1", "--rank", "2", "--maximum-tokens", "128",
        ], scratch)
      #expect(run.status == 0, "\(run.error)")
      // Rows of --samples that --labels holds as well count once: 40 and 40.
      #expect(run.output.contains(#""trainingSamples":"#))
    }
  }

  /// Six hundred requests of 3 kB more: were their texts kept, or the bytes that carried them, it would show.
  @Test func memoryDoesNotGrowWithTheNumberOfRequests() async throws {
    let scratch = try Scratch()
    let long = String(repeating: "word ", count: 400)
    try scratch.write(
      (0..<400).map { index in
        #"{"id":"r\#(index)","category":"chat","prompt":"Question \#(index) \#(long)","responses":["better","worse"]}"#
          + "\n"
      }.joined(), to: "rows.jsonl")
    let resident = Mutex<[Int: Int]>([:])
    let child = Mutex<Int32>(0)
    let server = try await FaultServer(
      script: { arrival in
        if [200, 799].contains(arrival.number) {
          resident.withLock { $0[arrival.number] = Self.residentBytes(of: child.withLock { $0 }) }
        }
        return nil
      }, answer: Self.honest, remembers: false)
    try await server.run { server in
      let process = Process()
      process.executableURL = Program.url
      process.arguments = arguments(server, "--concurrency", "32")
      process.currentDirectoryURL = scratch.url
      process.environment = ["PATH": "/usr/bin:/bin", "HOME": scratch.url.path]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      child.withLock { $0 = process.processIdentifier }
      while process.isRunning { try await Task.sleep(for: .milliseconds(5)) }
      #expect(process.terminationStatus == 0)
      #expect(server.counts.requests == 800)
      #expect(server.counts.maximumInFlight <= 32)
      let sizes = resident.withLock { $0 }
      let growth = try #require(sizes[799]) - #require(sizes[200])
      // As texts and as bytes they are 3.8 MB; the journal's index, and what the allocator leaves over, are a few 100 kB.
      #expect(growth < 2_000_000, "grew by \(growth / 1000) kB")
      #expect(try labels(scratch).count == 400)
    }
  }

  private static func residentBytes(of process: Int32) -> Int {
    let fields = (try? String(contentsOfFile: "/proc/\(process)/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 4096
  }
}
