/// A failed request for a completion.
///
/// No case carries the key, a message of the request or the text of a reply. `detail` holds the service's own words
/// after `ServiceDetail` has gone over them.
public enum CompletionError: Error, Sendable, Hashable {
  /// The way in which a connection failed.
  public enum Loss: String, Sendable, Hashable, CaseIterable {
    /// No connection came about: refused, or the host is not found; nothing was sent.
    case refused
    /// The host's certificate is not valid, or no safe connection could be agreed on; nothing was sent.
    case insecure
    /// The connection ended before any reply came.
    case dropped
    /// The connection ended within the reply.
    case cutOff = "cut-off"
  }

  // MARK: Set up wrongly

  /// The base URL cannot be one of a service.
  case invalidBaseURL(reason: String)
  /// There is no usable key where it was to come from.
  case keyUnavailable(source: String)
  /// The request cannot be put into words for a service.
  case invalidRequest(reason: String)

  // MARK: Answered with an error

  /// The service does not accept the key, or not for this (401, 403).
  case unauthorized(status: Int, detail: String? = nil)
  /// The account has no money or quota left (402, or 429 with `insufficient_quota`).
  case quotaExhausted(detail: String? = nil)
  /// Too many requests or tokens for now (429).
  case rateLimited(retryAfter: Duration?, detail: String? = nil)
  /// The service does not know the model, or nothing is at this path (404).
  case unknownModelOrPath(detail: String?)
  /// The service does not take this request (any other 4xx).
  case badRequest(status: Int, code: String?, detail: String?)
  /// The service could not do it this time (5xx, 408, 409, 425, and errors that came as a reply).
  case serverFailure(status: Int, retryAfter: Duration?, detail: String? = nil)
  /// The service wants the request sent elsewhere, which would hand the key to another address.
  case redirected(status: Int)
  /// A batch ended without coming to this request, for instance because its time was over.
  case leftOutOfBatch(code: String?)

  // MARK: Not answered, or with something else

  /// There was no whole reply within the time.
  case timedOut(after: Duration)
  /// The connection failed.
  case connectionLost(Loss)
  /// The reply is not a chat completion.
  case malformedReply(reason: String)
  /// The reply is longer than is read, in bytes.
  case replyTooLarge(limit: Int)
}
