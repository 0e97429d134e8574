@_spi(Command) import DMoEData
@_spi(Command) import DMoELabel
import Foundation
import Testing

@Suite struct BatchTests {
  private func requests(_ count: Int) -> [CompletionRequest] {
    (0..<count).map { CompletionRequest(model: "m", messages: [.user("question \($0)\nline")]) }
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("batch-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  private func names(in folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test func aLineNamesItsRequest() throws {
    let request = requests(1)[0]
    let line = try BatchRequestLine(request)
    let key = RequestKey(request)
    #expect(
      String(decoding: line.bytes, as: UTF8.self)
        == #"{"body":{"messages":[{"content":"question 0\nline","role":"user"}],"model":"m","stream":false,"#
        + #""temperature":0},"custom_id":"\#(key)","method":"POST","url":"/v1/chat/completions"}"# + "\n")
  }

  @Test func filesAreSplitAtEitherLimit() throws {
    try withFolder { folder in
      let all = requests(7)
      let byCount = try BatchFile.write(all + all, to: folder.appendingPathComponent("batch.jsonl"), maximumRequests: 3)
      #expect(byCount.map(\.requestCount) == [3, 3, 1])
      #expect(try names(in: folder) == ["batch-0002.jsonl", "batch-0003.jsonl", "batch.jsonl"])
      let expected = try all.map { try BatchRequestLine($0).bytes }
      #expect(try byCount.map { try Data(contentsOf: $0.url) }.reduce(Data(), +) == expected.reduce(Data(), +))
      #expect(byCount.map(\.byteCount).reduce(0, +) == expected.map(\.count).reduce(0, +))

      // A smaller batch leaves nothing of the larger one; other files stay.
      try Data().write(to: folder.appendingPathComponent("batch-x.jsonl"))
      let limit = expected[0].count * 4
      let bySize = try BatchFile.write(all, to: folder.appendingPathComponent("batch.jsonl"), maximumBytes: limit)
      #expect(bySize.map(\.requestCount) == [4, 3] && bySize.allSatisfy { $0.byteCount <= limit })
      #expect(try names(in: folder) == ["batch-0002.jsonl", "batch-x.jsonl", "batch.jsonl"])
    }
  }

  /// The file is where a user says: what stands there, or beside it, may be anything.
  @Test func whatIsNoBatchIsNeitherReplacedNorRemoved() throws {
    try withFolder { folder in
      let (first, second) = (
        folder.appendingPathComponent("rows.jsonl"), folder.appendingPathComponent("rows-0002.jsonl")
      )
      let rows = Data("{\"prompt\": \"a\"}\n".utf8)
      func refuses(_ count: Int) {
        #expect(throws: LabelError.self) { try BatchFile.write(requests(count), to: first, maximumRequests: 2) }
      }
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try rows.write(to: first)
      refuses(1)
      #expect(throws: LabelError.self) { try BatchFile.write([], to: first) }
      #expect(try Data(contentsOf: first) == rows && names(in: folder) == ["rows.jsonl"])
      try FileManager.default.removeItem(at: first)
      try rows.write(to: second)
      refuses(3)
      #expect(try names(in: folder) == ["rows-0002.jsonl"])
      _ = try BatchFile.write(requests(2), to: first, maximumRequests: 2)
      #expect(try Data(contentsOf: second) == rows)
    }
  }

  @Test func aBatchThatFailsLeavesTheOldOne() throws {
    try withFolder { folder in
      try BatchFile.write(requests(2), to: folder.appendingPathComponent("batch.jsonl"))
      let before = try Data(contentsOf: folder.appendingPathComponent("batch.jsonl"))
      let long = CompletionRequest(model: "m", messages: [.user(String(repeating: "x", count: 2000))])
      let error = #expect(throws: CompletionError.self) {
        try BatchFile.write(
          requests(9) + [long], to: folder.appendingPathComponent("batch.jsonl"), maximumRequests: 4, maximumBytes: 1000
        )
      }
      #expect(error?.kind == "invalid-request")
      #expect(try names(in: folder) == ["batch.jsonl"])
      #expect(try Data(contentsOf: folder.appendingPathComponent("batch.jsonl")) == before)
      #expect(try BatchFile.write([], to: folder.appendingPathComponent("batch.jsonl")).isEmpty)
      #expect(try names(in: folder).isEmpty)
    }
  }

  @Test func resultsComeInAnyOrderWithTheirFaults() throws {
    let keys = requests(5).map { RequestKey($0) }
    let lines = [
      #"{"id":"b1","custom_id":"\#(keys[3])","response":{"status_code":200,"request_id":"r","body":{"choices":[{"message":{"content":"1","refusal":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1}}},"error":null,"new":1}"#,
      #"{"custom_id":"\#(keys[0])","response":{"status_code":429,"body":{"error":{"code":"insufficient_quota"}}}}"#,
      #"{"custom_id":"\#(keys[1])","response":{"status_code":400,"body":{"error":{"message":"question 1","code":"bad_thing"}}}}"#,
      #"{"custom_id":"\#(keys[2])","response":null,"error":{"code":"batch_expired","message":"late"}}"#,
      #"{"custom_id":"\#(keys[4])","response":{"status_code":200,"body":{"choices":[]}},"error":null}"#,
    ]
    var results = BatchResults(JSONLines(data: Data(lines.joined(separator: "\n").utf8), name: "results"))
    var all: [RequestKey: Result<CompletionReply, CompletionError>] = [:]
    while let line = try results.next() { all[line.key] = line.result }
    #expect(
      all == [
        keys[3]: .success(.init(text: "1", usage: .init(promptTokens: 3, completionTokens: 1))),
        keys[0]: .failure(.quotaExhausted()),
        keys[1]: .failure(.badRequest(status: 400, code: "bad_thing", detail: nil)),
        keys[2]: .failure(.leftOutOfBatch(code: "batch_expired")),
        keys[4]: .failure(.malformedReply(reason: "no choices")),
      ])
  }

  @Test(arguments: [
    "{", "[]", "{}", #"{"custom_id":"mine","response":{"status_code":200,"body":{}}}"#,
    #"{"custom_id":"00000000000000000000000000000000"}"#,
    #"{"custom_id":"00000000000000000000000000000000","response":{"status_code":"200","body":{}}}"#,
    #"{"custom_id":"00000000000000000000000000000000","response":{"status_code":200,"body":"x"}}"#,
    #"{"custom_id":"00000000000000000000000000000000","error":"x"}"#,
  ])
  func aLineOfAnotherShapeIsBadAndSteppedOver(line: String) throws {
    let key = RequestKey(requests(1)[0])
    let good = #"{"custom_id":"\#(key)","response":{"status_code":500,"body":{}},"error":null}"#
    var results = BatchResults(JSONLines(data: Data("\n\(line)\n\(good)\n".utf8), name: "results"))
    let error = #expect(throws: DataError.self) { _ = try results.next() }
    guard case .badLine("results", 2, _) = error else { throw try #require(error) }
    #expect(try results.next()?.key == key)
    #expect(try results.next() == nil)
  }
}
