public import protocol Foundation.LocalizedError

extension CompletionError: CustomStringConvertible {
  /// The fault as a sentence without a full stop.
  public var description: String {
    switch self {
    case .invalidBaseURL(let reason): "the base URL \(reason)"
    case .keyUnavailable(let source): "there is no usable API key in \(source)"
    case .invalidRequest(let reason): "the request cannot be sent: \(reason)"
    case .unauthorized(let status, let detail):
      "the service does not accept the API key (status \(status))" + Self.words(detail)
    case .quotaExhausted(let detail): "the account at the service has no quota left" + Self.words(detail)
    case .rateLimited(let retryAfter, let detail):
      "the service's rate limit is reached" + Self.wait(retryAfter) + Self.words(detail)
    case .unknownModelOrPath(let detail):
      "the service knows no such model, or nothing is at this path (status 404)" + Self.words(detail)
    case .badRequest(let status, let code, let detail):
      "the service does not take the request (status \(status)\(code.map { ", \($0)" } ?? ""))" + Self.words(detail)
    case .serverFailure(let status, let retryAfter, let detail):
      "the service failed (status \(status))" + Self.wait(retryAfter) + Self.words(detail)
    case .redirected(let status):
      "the service redirects elsewhere (status \(status)); name its final address as the base URL"
    case .leftOutOfBatch(let code): "the batch ended before this request\(code.map { " (\($0))" } ?? "")"
    case .timedOut(let time): "no whole reply came within \(time)"
    case .connectionLost(.refused): "no connection to the service: refused, or host not found"
    case .connectionLost(.insecure): "no safe connection to the service: its certificate is not valid"
    case .connectionLost(.dropped): "the connection ended before a reply"
    case .connectionLost(.cutOff): "the connection ended within the reply"
    case .malformedReply(let reason): "the reply is not a chat completion: \(reason)"
    case .replyTooLarge(let limit): "the reply is longer than \(limit) bytes"
    }
  }

  private static func wait(_ time: Duration?) -> String { time.map { "; it asks to wait \($0)" } ?? "" }

  private static func words(_ detail: String?) -> String { detail.map { ": \($0)" } ?? "" }
}

extension CompletionError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
