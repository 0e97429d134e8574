import FlyingSocks
import Foundation
import Synchronization

/// A chat completions service on loopback that misbehaves as told.
///
/// It listens on a port of the system's choice, closes a connection after its reply, and is gone when
/// `run` returns.
final class FaultServer: Sendable {
  /// One request that arrived.
  struct Arrival: Sendable {
    /// Counts requests from 0 in the order of their arrival.
    let number: Int
    /// The headers by lower-case name.
    let headers: [String: String]
    /// The path and query.
    let path: String
    /// The body as sent.
    let body: Data
    /// The messages in it.
    let messages: [ReceivedBody.Message]
  }

  /// What was counted so far.
  struct Counts: Sendable, Equatable {
    var requests = 0
    /// Requests that arrived and whose reply has not begun.
    var inFlight = 0
    var maximumInFlight = 0
    var connections = 0
  }

  private struct State {
    var counts = Counts()
    var arrivals: [Arrival] = []
  }

  /// What goes wrong with a request; nil if nothing does.
  typealias Script = @Sendable (Arrival) -> Fault?
  /// The text of the reply to a conversation.
  typealias Answer = @Sendable ([ReceivedBody.Message]) -> String

  let port: UInt16
  private let listener: AsyncSocket
  private let script: Script
  private let answer: Answer
  private let remembers: Bool
  private let state = Mutex(State())

  /// A service that listens, and serves within `run`.
  ///
  /// - Parameter remembers: Whether `arrivals` keeps all requests.
  init(
    script: @escaping Script = { _ in nil }, answer: @escaping Answer = { _ in "1" }, remembers: Bool = true
  ) async throws {
    // A client that hangs up while a reply is written must not end the tests.
    signal(SIGPIPE, SIG_IGN)
    let socket = try Socket(domain: AF_INET, type: .stream)
    try socket.bind(to: .inet(ip4: "127.0.0.1", port: 0))
    try socket.listen(maxPendingConnection: 256)
    guard case .ip4(_, let port) = try socket.sockname() else { throw SocketError.unsupportedAddress }
    self.port = port
    listener = try AsyncSocket(socket: socket, pool: await .client)
    self.script = script
    self.answer = answer
    self.remembers = remembers
  }

  /// The base URL for a client.
  var url: URL { URL(string: "http://127.0.0.1:\(port)/v1") ?? URL(fileURLWithPath: "/") }

  /// What was counted so far.
  var counts: Counts { state.withLock { $0.counts } }

  /// Waits until so many requests have arrived.
  func arrived(_ count: Int) async throws {
    while counts.requests < count { try await Task.sleep(for: .milliseconds(1)) }
  }

  /// The requests so far, in order.
  var arrivals: [Arrival] { state.withLock { $0.arrivals } }

  /// Serves until `body` returns.
  func run<Result>(_ body: (FaultServer) async throws -> Result) async throws -> Result {
    let serving = Task { await serve() }
    let result: Swift.Result<Result, any Error>
    do { result = .success(try await body(self)) } catch { result = .failure(error) }
    serving.cancel()
    await serving.value
    return try result.get()
  }

  private func serve() async {
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled, let socket = try? await listener.accept() {
        state.withLock { $0.counts.connections += 1 }
        group.addTask {
          // Whatever ends a connection ends only that connection.
          try? await self.serve(socket)
          try? socket.close()
        }
      }
      group.cancelAll()
    }
    try? listener.close()
  }

  private func serve(_ socket: AsyncSocket) async throws {
    var reader = RequestReader(socket: socket)
    if let request = try await reader.next() {
      let messages = try JSONDecoder().decode(ReceivedBody.self, from: request.body).messages
      let arrival = state.withLock { state in
        let arrival = Arrival(
          number: state.counts.requests, headers: request.headers, path: request.path, body: request.body,
          messages: messages)
        state.counts.requests += 1
        state.counts.inFlight += 1
        state.counts.maximumInFlight = max(state.counts.maximumInFlight, state.counts.inFlight)
        if remembers { state.arrivals.append(arrival) }
        return arrival
      }
      let text = answer(messages)
      let fault = script(arrival) ?? .none
      do {
        // Until the reply begins: who has it may ask the next thing before this task runs again.
        defer { state.withLock { $0.counts.inFlight -= 1 } }
        try await fault.wait()
      }
      try await fault.send(to: socket, text: text)
    }
  }
}

/// What the service reads of a request.
struct ReceivedBody: Decodable {
  /// One turn.
  struct Message: Decodable, Sendable, Hashable {
    var role: String
    var content: String
  }

  var messages: [Message]
}
