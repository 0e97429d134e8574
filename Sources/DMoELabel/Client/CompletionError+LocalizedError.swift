public import protocol Foundation.LocalizedError

extension CompletionError: LocalizedError {
  public var errorDescription: String? { description }
}
