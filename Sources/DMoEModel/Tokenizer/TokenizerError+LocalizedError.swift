public import protocol Foundation.LocalizedError

extension TokenizerError: LocalizedError {
  public var errorDescription: String? { description }
}
