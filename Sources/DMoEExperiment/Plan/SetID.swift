/// Which set of samples: the validation set, one of the test sets, or the prompts of best of n.
public enum SetID: Sendable, Hashable {
  /// The samples by which temperatures are found and contenders chosen.
  case validation
  /// The test set of this name.
  case test(String)
  /// The prompts with many judged responses.
  case bestOfN
}

extension SetID: LosslessStringConvertible {
  private static let validationName = "validation"
  private static let bestOfNName = "best-of-n"

  /// The name in tables and files. No test set is called "validation" or "best-of-n" (`Experiment.run` refuses it).
  public var description: String {
    switch self {
    case .validation: Self.validationName
    case .test(let name): name
    case .bestOfN: Self.bestOfNName
    }
  }

  /// The set that is called so.
  public init(_ description: String) {
    switch description {
    case Self.validationName: self = .validation
    case Self.bestOfNName: self = .bestOfN
    default: self = .test(description)
    }
  }
}

/// In JSON an identifier is its name.
extension SetID: Codable {
  /// Reads a name.
  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
