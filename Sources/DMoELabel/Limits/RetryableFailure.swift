/// A failed request that says what to do next.
package protocol RetryableFailure: Error {
  /// A short name of the kind of failure, for journals and reports.
  var kind: String { get }
  /// Whether the same request may succeed later.
  var isRetriable: Bool { get }
  /// How long the service asks to wait.
  var retryAfter: Duration? { get }
  /// Whether the service may have billed the request although there is no reply.
  var mayHaveBeenBilled: Bool { get }
  /// Whether every other request would fail as well, such as for a wrong key.
  var stopsEverything: Bool { get }
}
