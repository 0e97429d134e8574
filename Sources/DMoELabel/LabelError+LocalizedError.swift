public import protocol Foundation.LocalizedError

extension LabelError: LocalizedError {
  public var errorDescription: String? { description }
}
