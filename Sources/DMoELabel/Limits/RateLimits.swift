/// The limits on how fast a service may be asked.
public struct RateLimits: Sendable, Hashable {
  /// The most requests in flight, at least 1.
  public var concurrentRequests: Int
  /// The most requests a minute; nil is no limit.
  public var requestsPerMinute: Int?
  /// The most tokens of requests and replies a minute; nil is no limit.
  public var tokensPerMinute: Int?

  /// Limits; what is not above 0 is raised to 1.
  public init(concurrentRequests: Int = 8, requestsPerMinute: Int? = nil, tokensPerMinute: Int? = nil) {
    self.concurrentRequests = max(concurrentRequests, 1)
    self.requestsPerMinute = requestsPerMinute.map { max($0, 1) }
    self.tokensPerMinute = tokensPerMinute.map { max($0, 1) }
  }
}
