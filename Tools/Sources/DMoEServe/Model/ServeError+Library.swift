@_spi(Command) import DMoERM

extension ServeError {
  /// What an error of the library means to who sent the request.
  init(_ error: any Error) {
    switch error {
    case let error as ServeError: self = error
    case let error as ModelError: self.init(error)
    case let error as DataError: self = .invalid("\(error)")
    case let error as TokenizerError: self = .invalid("the conversation does not fit the model's template: \(error)")
    case let error as TemplatedText.Refusal: self = .invalid("\(error)")
    case is CancellationError: self.init(.clientGone, "the client went away before it was answered")
    default: self.init(.failure, "scoring failed: \(error)")
    }
  }

  private init(_ error: ModelError) {
    switch error {
    case .emptyInput: self.init(.emptyResponse, "\(error); a response must say something")
    case .overLength: self.init(.tooLong, "\(error)")
    case .nonFiniteReward: self.init(.notFinite, "\(error)")
    case .unknownCategory, .untrainedCategory, .untrainedRouter: self.init(.unknownCategory, "\(error)")
    default: self.init(.failure, "\(error)")
    }
  }
}
