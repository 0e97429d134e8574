import Foundation
import HTTPTypes
import Hummingbird

/// What the head of a request says to this server.
struct RequestHead: Sendable {
  let method: HTTPRequest.Method
  let path: String
  /// The client's own id of the request, or a new one.
  let id: String
  /// The model that the address names.
  let model: String?
  /// What the address asks the reward to be called.
  let rewardKey: String?
  let authorization: String?
  private let timeout: String?

  init(_ request: Request) {
    method = request.method
    var path = request.uri.path
    if path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
    id = Self.id(request.headers[.requestID])
    model = request.uri.queryParameters["model"].map(String.init)
    rewardKey = request.uri.queryParameters["reward_key"].map(String.init)
    authorization = request.headers[.authorization]
    timeout = request.headers[.requestTimeout]
  }

  /// An id that can stand in a header and in a log; what cannot is replaced by a new one.
  private static func id(_ given: String?) -> String {
    if let given, (1...128).contains(given.utf8.count), given.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
      return given
    }
    return UUID().uuidString.lowercased()
  }

  /// The seconds in which the request wants its answer.
  ///
  /// - Throws: `ServeError` for a header that is no number of seconds.
  func seconds(atMost limit: Double) throws(ServeError) -> Double {
    guard let timeout else { return limit }
    guard let seconds = Double(timeout), seconds > 0, seconds.isFinite else {
      throw .invalid("X-Request-Timeout must be a number of seconds above 0")
    }
    return min(seconds, limit)
  }
}
