public import protocol Foundation.LocalizedError

extension DataError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
