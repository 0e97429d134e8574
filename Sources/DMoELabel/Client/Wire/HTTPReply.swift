public import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A whole reply over HTTP.
@_spi(HTTPTransport) public struct HTTPReply: Sendable {
  /// The status.
  public var status: Int
  /// The headers by lower-case name.
  public var headers: [String: String]
  /// The bytes, unpacked if they were packed.
  public var body: Data

  /// A reply.
  public init(status: Int, headers: [String: String], body: Data) {
    self.status = status
    self.headers = headers
    self.body = body
  }
}

extension HTTPReply {
  /// What URLSession received.
  init(_ response: HTTPURLResponse, body: Data) {
    status = response.statusCode
    headers = [:]
    for case (let name as String, let value as String) in response.allHeaderFields {
      headers[name.lowercased()] = value
    }
    self.body = body
  }
}
