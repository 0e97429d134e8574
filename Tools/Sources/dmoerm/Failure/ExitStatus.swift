import ArgumentParser
import DMoEExperiment
import DMoERM
import Foundation

/// How the command ends; the numbers are those of sysexits(3) where it has one.
enum ExitStatus: Int32 {
  case success = 0
  /// Something went wrong at run time.
  case failure = 1
  /// The command line, or a configuration, is wrong (EX_USAGE).
  case usage = 64
  /// An input file is missing, broken or not of its format (EX_DATAERR).
  case badInput = 65
  /// Not everything that was asked for could be done; the same command goes on (EX_TEMPFAIL).
  case incomplete = 75
  /// Ctrl-C, as shells report it.
  case interrupted = 130
  /// Who read the output has closed it, as shells report a program that SIGPIPE ended.
  case closedPipe = 141

  static let help = """
    Exit status: 0 done; 1 failed while running; 64 wrong command line or configuration; 65 an input is missing, \
    broken or not of its format; 75 not everything was done and the same command goes on; 130 interrupted; 141 the reader \
    of the output closed it.
    """
}

/// A failure of the command itself, with what the user may do about it.
struct Failure: Error, Equatable, LocalizedError {
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
    case let error as LabelError: self.init(error)
    case let error as ExperimentError: self.init(error)
    case let error as CompletionError: self.init(error)
    case let error as TemplateError: self.init("\(error)", status: .badInput)
    case let error as CoreError: self.init("\(error)", status: error.status)
    case let error as TokenizerError: self.init("the backbone's tokenizer: \(error)", status: .badInput)
    default: self.init(system: error)
    }
  }

  private init(_ error: DataError) {
    let hint: String? =
      switch error {
      case .compressedFile(let path): "Pipe it in: zcat \(ShellWord.quoted(path)) | dmoerm ... -"
      case .badLine: "--skip-invalid leaves such lines out and counts them."
      case .unknownFormat:
        "Each line is one JSON object; --format names its form. `dmoerm inspect data --help` lists the forms."
      case .unknownCategory, .unknownCapability:
        "--taxonomy says which there are; --taxonomy inferred takes the data's."
      default: nil
      }
    switch error {
    // The library's own words name no command; the hint does.
    case .compressedFile(let path): self.init("\(path) is gzip-compressed", hint: hint, status: .badInput)
    case .unwritableFile: self.init("\(error)")
    default: self.init("\(error)", hint: hint, status: .badInput)
    }
  }

  private init(_ error: ModelError) {
    switch error {
    case .invalidModel: self.init("\(error)", status: .usage)
    case .nonFiniteReward: self.init("\(error)")
    case .backboneMismatch:
      self.init("\(error)", hint: "--backbone PATH names the right one.", status: .badInput)
    default: self.init("\(error)", status: .badInput)
    }
  }

  private init(_ error: TrainError) {
    switch error {
    case .invalidConfiguration: self.init("\(error)", status: .usage)
    case .noSamples, .nothingTrained:
      self.init("\(error)", hint: "`dmoerm inspect data FILE` counts what there is.", status: .badInput)
    case .diverged: self.init("\(error)", hint: "Try a lower learning rate, in a new run folder.")
    case .foreignRun:
      self.init(
        "\(error)", hint: "--output NEW.dmoerm makes another bundle; --replace replaces this run and its bundle.",
        status: .usage)
    default: self.init("\(error)")
    }
  }

  private init(_ error: ExperimentError) {
    switch error {
    case .invalidPlan, .invalidContender: self.init("\(error)", status: .usage)
    case .failedMembers:
      self.init(
        "\(error)", hint: "Without these contenders, or with other settings under new names, the same command goes on.")
    case .changedContender:
      self.init("\(error)", hint: "Give it another name, or delete that folder to train it anew.", status: .usage)
    case .foreignFolder:
      self.init("\(error)", hint: "--output NEW_FOLDER starts another; or delete the old one.", status: .usage)
    case .untrained:
      self.init("\(error)", hint: "`dmoerm inspect data FILE` counts what there is.", status: .badInput)
    case .unusableScores: self.init("\(error)", status: .badInput)
    case .unusableFolder: self.init("\(error)")
    }
  }

  private init(_ error: LabelError) {
    switch error {
    case .journalInUse:
      self.init("\(error)", hint: "Wait for it, or name another file with --journal.", status: .failure)
    case .unknownPrice:
      self.init(
        "\(error)", hint: "--price 0.15,0.60 gives the price of a million tokens in and out; --prices FILE a table.",
        status: .usage)
    case .invalidMoney, .unboundedRequest, .currencyMismatch: self.init("\(error)", status: .usage)
    case .unwritableFile, .unwritableJournal, .closedJournal, .budgetExhausted: self.init("\(error)")
    default: self.init("\(error)", status: .badInput)
    }
  }

  private init(_ error: CompletionError) {
    switch error {
    case .invalidBaseURL: self.init("\(error)", hint: "Such as --base-url http://127.0.0.1:8080/v1", status: .usage)
    case .keyUnavailable:
      self.init("\(error)", hint: "--api-key-env NAME says which variable holds the key.", status: .usage)
    default: self.init("\(error)")
    }
  }

  var errorDescription: String? { message }

  /// As it is shown: `dmoerm: what` and, on a line of its own, the hint.
  var lines: [String] { ["dmoerm: " + message] + (hint.map { ["  " + $0] } ?? []) }
}

extension CoreError {
  fileprivate var status: ExitStatus {
    switch self {
    case .unreadableFile, .malformedFile, .missingTensor, .shapeMismatch, .leftoverTensors, .unsupportedTensorType,
      .nonFinite:
      .badInput
    case .backendUnavailable, .outOfRange, .tooLarge, .unusableKernels: .usage
    default: .failure
    }
  }
}
