/// How much a server takes in at once, and how long it waits.
public struct ServeLimits: Sendable, Equatable, Codable {
  /// Responses that may wait to be scored; more are answered with 429.
  public var queuedResponses = 2048
  /// Responses in one request.
  public var responsesPerRequest = 512
  /// Bytes of a request's body.
  public var bodyBytes = 8 << 20
  /// Tokens that one pass reads, of responses and of prompts that are not kept, as far as one response allows.
  public var passTokens = 2560
  /// Bytes of keys and values of prompts, for each model: of those that are kept for responses to come, and of those that a
  /// pass reads, as far as one prompt allows. With 0 nothing is kept, and a pass has one prompt.
  public var keptPromptBytes = 64 << 20
  /// Seconds until a request is answered at the latest, unless its `X-Request-Timeout` says less.
  public var requestSeconds = 600.0
  /// Seconds in which a request's head and body have to come, and after which an idle connection is closed.
  public var readSeconds = 60.0
  /// Connections at a time; others wait to be accepted.
  public var connections = 1024
  /// Seconds that the server goes on answering what it took in after it was told to stop.
  public var stopSeconds = 300.0

  /// The defaults.
  public init() {}

  /// Longer than anyone waits, and short enough for a clock.
  static let mostSeconds = 1e6

  /// - Throws: `ServeError` for the first limit that makes no sense.
  func check() throws(ServeError) {
    let counts = [
      ("queuedResponses", queuedResponses, 1), ("responsesPerRequest", responsesPerRequest, 1),
      ("bodyBytes", bodyBytes, 1), ("passTokens", passTokens, 1), ("keptPromptBytes", keptPromptBytes, 0),
      ("connections", connections, 1),
    ]
    for (name, value, least) in counts where value < least {
      throw .invalid("\(name) is \(value); it has to be at least \(least)")
    }
    let times = [("requestSeconds", requestSeconds), ("readSeconds", readSeconds), ("stopSeconds", stopSeconds)]
    for (name, value) in times where !(value > 0 && value <= Self.mostSeconds) {
      throw .invalid("\(name) is \(value); it has to be above 0 and at most \(Int(Self.mostSeconds))")
    }
  }
}
