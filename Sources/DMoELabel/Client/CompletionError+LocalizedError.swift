public import protocol Foundation.LocalizedError

extension CompletionError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
