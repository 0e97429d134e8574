public import protocol Foundation.LocalizedError

extension DataError: LocalizedError {
  public var errorDescription: String? { description }
}
