public import protocol Foundation.LocalizedError

extension TemplateError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
