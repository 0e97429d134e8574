import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A whole reply over HTTP.
struct HTTPReply: Sendable {
  /// The status.
  var status: Int
  /// The headers by lower-case name.
  var headers: [String: String]
  /// The bytes, unpacked if they were packed.
  var body: Data
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
