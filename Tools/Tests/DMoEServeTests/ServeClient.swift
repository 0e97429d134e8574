import AsyncHTTPClient
@_spi(Command) import DMoERM
import Foundation
import HTTPTypes
import NIOCore

@testable import DMoEServe

/// Asks a server on loopback, as trainers do, and waits for as long as the machine needs.
struct ServeClient: Sendable {
  let port: Int

  /// Longer than any test takes: on a machine with other work a test may not be on a CPU for minutes.
  static let ample = TimeAmount.hours(1)

  private static let session: HTTPClient = {
    var configuration = HTTPClient.Configuration(timeout: .init(connect: ample, read: ample, write: ample))
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
    return HTTPClient(configuration: configuration)
  }()

  func post(_ path: String, _ body: String, headers: HTTPFields = [:]) async throws -> Reply {
    try await execute(path, headers) { request in
      request.method = .POST
      request.body = .bytes(Data(body.utf8))
    }
  }

  func get(_ path: String, headers: HTTPFields = [:]) async throws -> Reply {
    try await execute(path, headers) { _ in }
  }

  private func execute(_ path: String, _ headers: HTTPFields, _ edit: (inout HTTPClientRequest) -> Void) async throws
    -> Reply
  {
    var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
    for field in headers { request.headers.add(name: field.name.rawName, value: field.value) }
    edit(&request)
    let response = try await Self.session.execute(request, timeout: Self.ample)
    let body = try await response.body.collect(upTo: 1 << 24)
    var fields = HTTPFields()
    for (name, value) in response.headers {
      if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
    }
    return Reply(status: Int(response.status.code), text: String(buffer: body), headers: fields)
  }
}

/// What a server answered.
struct Reply: Sendable {
  let status: Int
  let text: String
  let headers: HTTPFields

  /// The answer as JSON; null if it is none.
  var json: JSONTree { (try? JSONTree(reading: Data(text.utf8))) ?? .null }
}

extension RewardServer {
  /// Runs a test while the server answers, and stops it.
  func test(_ body: (ServeClient) async throws -> Void) async throws {
    let (ports, port) = AsyncStream<Int>.makeStream()
    let running = Task {
      defer { port.finish() }
      try await run { port.yield($0) }
    }
    var result = Result<Void, any Error>.success(())
    if let port = await ports.first(where: { _ in true }) {
      do { try await body(ServeClient(port: port)) } catch { result = .failure(error) }
      await stop()
    }
    try await running.value
    try result.get()
  }
}
