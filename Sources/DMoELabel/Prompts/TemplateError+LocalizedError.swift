public import protocol Foundation.LocalizedError

extension TemplateError: LocalizedError {
  public var errorDescription: String? { description }
}
