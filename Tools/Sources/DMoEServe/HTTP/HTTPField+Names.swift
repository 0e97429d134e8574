import HTTPTypes

extension HTTPField.Name {
  /// A name of a header; each is one that HTTP allows.
  private static func known(_ name: String) -> HTTPField.Name {
    guard let field = HTTPField.Name(name) else { preconditionFailure("HTTPField.Name: \(name)") }
    return field
  }

  /// The id of a request, the client's or the server's.
  static let requestID = known("X-Request-Id")
  /// The seconds in which a client wants its answer.
  static let requestTimeout = known("X-Request-Timeout")
  /// The bundle that rewards are from: its name and fingerprint.
  static let bundle = known("X-DMoERM-Bundle")
  /// What was done to texts that the sender should know.
  static let notes = known("X-DMoERM-Notes")
}
