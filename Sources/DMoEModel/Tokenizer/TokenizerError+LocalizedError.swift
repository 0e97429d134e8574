public import protocol Foundation.LocalizedError

extension TokenizerError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
