/// Why a request, or one response of it, gets no reward; every dialect has a form of its own for it.
public struct ServeError: Error, Sendable, Equatable {
  /// What went wrong, as programs tell errors apart.
  public enum Code: String, Sendable, CaseIterable {
    /// The request cannot be read, or asks for what is not implemented.
    case invalidRequest = "invalid_request"
    /// No model of that name is served.
    case unknownModel = "unknown_model"
    /// The model has no such category, or was not trained for it.
    case unknownCategory = "unknown_category"
    /// A text says nothing.
    case emptyResponse = "empty_response"
    /// A text is longer than the model reads.
    case tooLong = "too_long"
    /// The model gives no number for a text.
    case notFinite = "not_finite"
    /// The request was not answered in time.
    case deadlineExceeded = "deadline_exceeded"
    /// The client did not wait for its answer.
    case clientGone = "client_gone"
    /// Too much waits already.
    case queueFull = "queue_full"
    /// The body is too long, or has too many responses.
    case payloadTooLarge = "payload_too_large"
    /// A key is missing or wrong.
    case unauthorized = "unauthorized"
    /// There is nothing at that path.
    case notFound = "not_found"
    /// The path takes another method.
    case methodNotAllowed = "method_not_allowed"
    /// A bundle cannot take the place of the one that is served.
    case conflict = "conflict"
    /// The server is stopping.
    case shuttingDown = "shutting_down"
    /// Scoring failed.
    case failure = "failure"

    /// The status of an answer that says nothing else.
    var status: Int {
      switch self {
      case .invalidRequest, .unknownCategory: 400
      case .unauthorized: 401
      case .notFound, .unknownModel: 404
      case .methodNotAllowed: 405
      case .conflict: 409
      case .payloadTooLarge: 413
      case .emptyResponse, .tooLong, .notFinite: 422
      case .queueFull: 429
      // As web servers log a client that did not wait.
      case .clientGone: 499
      case .failure: 500
      case .shuttingDown: 503
      case .deadlineExceeded: 504
      }
    }

    /// Whether it is about the texts, and another text would have a reward.
    var isOfText: Bool { [.emptyResponse, .tooLong, .notFinite].contains(self) }
  }

  /// What went wrong.
  public let code: Code
  /// One sentence that says what is wrong and what to do; never a text's content or a key.
  public let message: String
  /// When it may go better: seconds from now.
  public let retryAfter: Int?

  init(_ code: Code, _ message: String, retryAfter: Int? = nil) {
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }

  /// A request that cannot be read as its dialect says.
  static func invalid(_ message: String) -> ServeError { ServeError(.invalidRequest, message) }
}

extension ServeError: CustomStringConvertible {
  /// The message.
  public var description: String { message }
}
