import Foundation

/// Other software, in a process that waits for work: what it times comes between our own samples.
///
/// A line of JSON is a request, a line of JSON the reply; Benchmarks/Peers/README.md has the form.
final class Peer {
  /// What it says of itself when it is ready.
  struct Greeting: Decodable {
    let schema: String
    let versions: [String: String]
    let threads: Int
    /// The items that each engine can do, with the tokens that a run takes through all layers.
    let engines: [String: [String: Double]]
  }

  private struct Request: Encodable {
    let action: String
    var item: String?
    var engine: String?
    var repetitions: Int?
  }

  private struct Reply: Decodable {
    let seconds: Double?
    let error: String?
  }

  static let schema = "dmoerm-peer/1"
  /// How long the threads of torch and llama.cpp may spin after their last product.
  private static let rest = 0.3

  let command: [String]
  let greeting: Greeting
  private let process = Process()
  private let requests: FileHandle
  private let replies: FileHandle
  private var unread = Data()
  /// Tokens a second by engine, as in the last item that has tokens.
  private var rates: [EngineName: Double] = [:]

  init(_ command: [String]) throws {
    self.command = command
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst()) + ["--serve"]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    requests = input.fileHandleForWriting
    replies = output.fileHandleForReading
    let line = try Self.line(replies, &unread)
    greeting = try JSONDecoder().decode(Greeting.self, from: line)
    guard greeting.schema == Self.schema else {
      throw BenchmarkError("\(command[0]) speaks \(greeting.schema), expected \(Self.schema)")
    }
  }

  /// The engines that can do an item, ready to do it; none for items that need a process of their own.
  func contenders(_ item: String, within limit: Double) throws -> [Contender] {
    guard !JobBenchmarks.contains(item) else { return [] }
    return try engines(for: item, within: limit).map { engine in
      _ = try ask(Request(action: "prepare", item: item, engine: engine.description))
      return Contender(engine: engine, rest: Self.rest) { repetitions in
        let reply = try self.ask(Request(action: "run", engine: engine.description, repetitions: repetitions))
        guard let seconds = reply.seconds else { throw BenchmarkError("\(engine): no time for \(item)") }
        return seconds
      }
    }
  }

  /// The engines that can do an item, but those that would take more seconds for one run, as far as is known.
  func engines(for item: String, within limit: Double) -> [EngineName] {
    greeting.engines.sorted { $0.key < $1.key }.compactMap { name, items in
      guard let tokens = items[item] else { return nil }
      let engine = EngineName(name)
      if let rate = rates[engine], tokens / rate > limit {
        say("\(engine) is left out: about \((tokens / rate).short) s a run")
        return nil
      }
      return engine
    }
  }

  /// Learns from a measurement how fast an engine is.
  func learn(_ measurement: Measurement) {
    guard let tokens = greeting.engines[measurement.engine.description]?[measurement.item], tokens > 0,
      measurement.unit != .gigabytes
    else { return }
    rates[measurement.engine] = tokens / measurement.measured.median
  }

  /// Forgets what was made ready.
  func release() throws { _ = try ask(Request(action: "release")) }

  /// Ends the process.
  func close() {
    try? requests.close()
    process.waitUntilExit()
  }

  private func ask(_ request: Request) throws -> Reply {
    try requests.write(contentsOf: JSONEncoder().encode(request) + Data("\n".utf8))
    let reply = try JSONDecoder().decode(Reply.self, from: Self.line(replies, &unread))
    if let error = reply.error {
      throw BenchmarkError("\(request.engine ?? "peer"), \(request.item ?? request.action): \(error)")
    }
    return reply
  }

  private static func line(_ handle: FileHandle, _ unread: inout Data) throws -> Data {
    while true {
      if let end = unread.firstIndex(of: 10) {
        let line = Data(unread[..<end])
        unread = Data(unread[unread.index(after: end)...])
        return line
      }
      let data = handle.availableData
      guard !data.isEmpty else { throw BenchmarkError("a peer ended before it replied") }
      unread += data
    }
  }
}
