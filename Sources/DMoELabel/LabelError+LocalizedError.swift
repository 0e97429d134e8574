public import protocol Foundation.LocalizedError

extension LabelError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
