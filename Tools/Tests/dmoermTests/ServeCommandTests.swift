import AsyncHTTPClient
@_spi(Command) import DMoERM
import Foundation
import Testing

@testable import dmoerm

/// The server as a user starts it, and as systemd ends it.
@Suite struct ServeCommandTests {
  /// A folder with `one.dmoerm`, a model of random numbers.
  private static func scratch() throws -> Scratch {
    let scratch = try Scratch()
    let adapter = LoRAConfiguration(rank: 2, dropout: 0)
    let configuration = RewardModel.Configuration(
      taxonomy: .single, base: adapter, expert: adapter, maximumTokens: 128)
    let backbone = try Backbone(contentsOf: URL(fileURLWithPath: Program.backbone))
    try RewardModel.randomized(configuration: configuration, backbone: backbone, seed: 3)
      .write(to: scratch.url.appendingPathComponent("one.dmoerm"))
    return scratch
  }

  @Test func aSignalEndsItWhenItHasAnswered() async throws {
    let scratch = try Self.scratch()
    let process = Process()
    process.executableURL = Program.url
    process.arguments = [
      "serve", "one.dmoerm", "--model", "two=one.dmoerm", "--backbone", Program.backbone, "--port", "0", "--threads",
      "1",
    ]
    process.currentDirectoryURL = scratch.url
    process.environment = ["PATH": "/usr/bin:/bin", "HOME": scratch.url.path]
    let (output, error) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, error)
    try process.run()
    var line = ""
    while !line.hasSuffix("\n") {
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else { break }
      line += String(decoding: more, as: UTF8.self)
    }
    #expect(line.hasPrefix("Serving one, two at http://127.0.0.1:"), "\(line)")
    let address = line.split(separator: " ").last.map { $0.trimmingCharacters(in: .newlines) } ?? ""
    func post(_ body: String) async throws -> (Int, String) {
      var request = HTTPClientRequest(url: address + "/v1/rewards")
      request.method = .POST
      request.body = .bytes(Data(body.utf8))
      let reply = try await HTTPClient.shared.execute(request, timeout: .hours(1))
      return (Int(reply.status.code), String(buffer: try await reply.body.collect(upTo: 1 << 20)))
    }
    let first = try await post(#"{"prompt": "chat?", "response": "yes"}"#)
    let second = try await post(#"{"model": "two", "prompt": "chat?", "response": "yes"}"#)
    #expect(first.0 == 200 && second.0 == 200, "\(first) \(second)")
    process.terminate()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0 && process.terminationReason == .exit)
    let log = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(log.contains("path=/v1/rewards") && !log.contains("chat?"), "\(log)")
  }

  @Test func whatCannotBeServedIsSaidBeforeAModelIsRead() throws {
    let scratch = try Scratch()
    func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Program {
      try Program(["serve"] + arguments, folder: scratch.url, environment: environment)
    }
    let open = try run("none.dmoerm", "--host", "0.0.0.0")
    #expect(open.status == 64 && open.error.contains("DMOERM_SERVE_KEY"), "\(open.error)")
    let missing = try run("none.dmoerm", "--host", "0.0.0.0", environment: ["DMOERM_SERVE_KEY": "very-secret"])
    #expect(missing.status == 65 && missing.error.contains("none.dmoerm: there is no such bundle"), "\(missing.error)")
    #expect(!missing.error.contains("very-secret"))
    try scratch.write("# none yet\n", to: "keys")
    let keys = try run("none.dmoerm", "--key-file", "keys")
    #expect(keys.status == 65 && keys.error.contains("--key-file keys: there is no key"), "\(keys.error)")
    let half = try run("--tls-key", "keys")
    #expect(half.status == 64 && half.error.contains("go together"), "\(half.error)")
    let unnamed = try run("--model", "my.dmoerm")
    #expect(unnamed.status == 64 && unnamed.error.contains("NAME=BUNDLE"), "\(unnamed.error)")
    try scratch.write(#"{"queuedResponses": 4, "queue": 3}"#, to: "limits.json")
    let limits = try run("none.dmoerm", "--config", "limits.json")
    let reason = #"limits.json: there is no setting "queue""#
    #expect(limits.status == 64 && limits.error.contains(reason), "\(limits.error)")
  }
}
