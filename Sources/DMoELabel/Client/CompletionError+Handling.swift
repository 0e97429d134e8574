extension CompletionError {
  /// A short stable name of the fault, for journals and reports.
  public var kind: String {
    switch self {
    case .invalidBaseURL: "invalid-base-url"
    case .keyUnavailable: "key-unavailable"
    case .invalidRequest: "invalid-request"
    case .unauthorized: "unauthorized"
    case .quotaExhausted: "quota-exhausted"
    case .rateLimited: "rate-limited"
    case .unknownModelOrPath: "unknown-model-or-path"
    case .badRequest: "bad-request"
    case .serverFailure: "server-failure"
    case .redirected: "redirected"
    case .leftOutOfBatch: "left-out-of-batch"
    case .timedOut: "timed-out"
    case .connectionLost(let loss): "connection-\(loss.rawValue)"
    case .malformedReply: "malformed-reply"
    case .replyTooLarge: "reply-too-large"
    }
  }

  /// Whether the same request may do better later.
  public var isRetriable: Bool {
    switch self {
    case .rateLimited, .serverFailure, .leftOutOfBatch, .timedOut, .malformedReply: true
    case .connectionLost(let loss): loss != .insecure
    case .invalidBaseURL, .keyUnavailable, .invalidRequest, .unauthorized, .quotaExhausted, .unknownModelOrPath,
      .badRequest, .redirected, .replyTooLarge:
      false
    }
  }

  /// Whether every other request would fail alike, so that nothing more should be sent.
  public var stopsEverything: Bool {
    switch self {
    case .invalidBaseURL, .keyUnavailable, .unauthorized, .quotaExhausted, .unknownModelOrPath, .redirected: true
    case .connectionLost(let loss): loss == .insecure
    case .invalidRequest, .rateLimited, .badRequest, .serverFailure, .leftOutOfBatch, .timedOut, .malformedReply,
      .replyTooLarge:
      false
    }
  }

  /// The time that the service asks to wait before the next request.
  public var retryAfter: Duration? {
    switch self {
    case .rateLimited(let retryAfter, _), .serverFailure(_, let retryAfter, _): retryAfter
    default: nil
    }
  }

  /// What the service said of it, cleaned; nil if it said nothing that may be repeated.
  public var detail: String? {
    switch self {
    case .unauthorized(_, let detail), .quotaExhausted(let detail), .rateLimited(_, let detail),
      .unknownModelOrPath(let detail), .badRequest(_, _, let detail), .serverFailure(_, _, let detail):
      detail
    default: nil
    }
  }

  /// Whether a service that cannot do with a schema may have said so in words that are not known.
  var mayBeForTheSchema: Bool {
    if case .badRequest(let status, _, _) = self { status == 400 || status == 422 } else { false }
  }

  /// Whether the model may have worked on the request, so that its price has to be reckoned with.
  ///
  /// False where the service itself answered with an error, or where nothing was sent.
  public var mayHaveBeenBilled: Bool {
    switch self {
    case .timedOut, .malformedReply, .replyTooLarge: true
    // A gateway that gave up waiting: the model behind it may have gone on.
    case .serverFailure(status: 504, retryAfter: _, detail: _): true
    case .connectionLost(let loss): loss == .dropped || loss == .cutOff
    default: false
    }
  }
}

extension CompletionError: RetryableFailure {}
