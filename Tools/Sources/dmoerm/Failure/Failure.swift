import ArgumentParser
import DMoEExperiment
@_spi(Command) import DMoELabel
import DMoEPolicy
import DMoERL
@_spi(Command) import DMoERM
import Foundation

/// A failure of the command itself, with what the user may do about it.
struct Failure: Error, Equatable, Codable, LocalizedError {
  var message: String
  var hint: String?
  var status: ExitStatus

  init(_ message: String, hint: String? = nil, status: ExitStatus = .failure) {
    self.message = message
    self.hint = hint
    self.status = status
  }

  /// Reads something by a command that has no --skip-invalid: what is to be done about a line that cannot be read is
  /// `hint`.
  static func reading<R>(orHint hint: String, _ body: () throws -> R) throws -> R {
    do { return try body() } catch let error as DataError {
      guard case .badLine = error else { throw error }
      throw Failure("\(error)", hint: hint, status: .badInput)
    }
  }

  /// What any error of the library means to who runs the command; `nil` for errors of the argument parser.
  init?(_ error: any Error) {
    switch error {
    case let error as Failure: self = error
    // Of a command that runs already: what it says is all there is to say, and the usage of all commands is no help.
    case let error as ValidationError: self.init(error.message, status: .usage)
    case let error as DataError: self.init(error)
    case let error as ModelError: self.init(error)
    case let error as EvaluationError: self.init("\(error)", status: .badInput)
    case let error as TrainError: self.init(error)
    case let error as SettingsError: self.init("\(error)", status: .usage)
    case let error as LabelError: self.init(error)
    case let error as PerturbationError: self.init(error)
    case let error as ExperimentError: self.init(error)
    case let error as CompletionError: self.init(error)
    case let error as PolicyError: self.init(error)
    case let error as RLError: self.init(error)
    case let error as TemplateError: self.init("\(error)", status: .badInput)
    case let error as CommunicatorError: self.init("\(error)")
    case let error as CoreError: self.init("\(error)", status: error.status)
    case let error as TokenizerError: self.init("the backbone's tokenizer: \(error)", status: .badInput)
    default: self.init(system: error)
    }
  }

  var errorDescription: String? { message }

  /// As it is shown: `dmoerm: what` and, on a line of its own, the hint.
  var lines: [String] { ["dmoerm: " + message] + (hint.map { ["  " + $0] } ?? []) }
}
