public import Foundation

/// What carries the requests of a `ChatCompletionsClient` to their service: `URLSession`, or another client of HTTP.
///
/// It sends each request once, on a connection of its own, and keeps it within a time and a size that are its own
/// affair. It follows no redirect, answers no challenge, and keeps no cookies: what comes back is for the caller to judge.
@_spi(HTTPTransport) public protocol HTTPTransport: Sendable {
  /// The reply to a request, whatever its status is.
  ///
  /// - Throws: `CompletionError` `.timedOut`, `.connectionLost`, `.replyTooLarge`, or the meaning of a status that it
  ///   cannot give back, such as `.redirected`; `CancellationError` at once when the task is cancelled.
  func send(_ request: HTTPRequest) async throws -> HTTPReply
}

/// A POST of a chat completions client.
@_spi(HTTPTransport) public struct HTTPRequest: Sendable {
  /// Where it goes.
  public let url: URL
  /// Its headers, the key among them.
  public let headers: [String: String]
  /// Its bytes.
  public let body: Data
}
