public import protocol Foundation.LocalizedError

/// An error in the choice of rules of perturbation, or in the file of their points.
public enum PerturbationError: Error, Equatable, Sendable {
  /// No rule has this name; `known` are those that there are.
  case unknownRule(String, known: [String])
  /// Two rules have one name.
  case duplicateRule(String)
  /// No category of the taxonomy has the point that a file gives a rule.
  case unknownPoint(String, rule: String)
  /// No rule damages a point that the taxonomy has.
  case noRuleApplies
  /// The weight of labels is not a finite number above 0.
  case invalidWeight(Float)
  /// A file of points could not be read.
  case unreadablePoints(path: String, reason: String)
  /// A file of points is not JSON of the right shape; `reason` names what is wrong.
  case malformedPoints(path: String, reason: String)
}

extension PerturbationError: CustomStringConvertible {
  /// One sentence that says what is wrong.
  public var description: String {
    switch self {
    case .unknownRule(let name, _): "there is no rule \(Self.quoted(name))"
    case .duplicateRule(let name): "the rule \(Self.quoted(name)) is there twice"
    case .unknownPoint(let point, let rule):
      "rule \(Self.quoted(rule)): no task category of the taxonomy has a capability point \(Self.quoted(point))"
    case .noRuleApplies: "no rule damages a capability point of the taxonomy"
    case .invalidWeight(let weight): "the weight of labels \(weight) is not a finite number above 0"
    case .unreadablePoints(let path, let reason): "cannot read \(path): \(reason)"
    case .malformedPoints(let path, let reason): "\(path) is no file of rules and their points: \(reason)"
    }
  }

  /// A name in quotes, unless it is so long that it may be a text in the wrong place.
  private static func quoted(_ name: String) -> String {
    name.utf8.count <= 64 ? "\"\(name)\"" : "of \(name.utf8.count) bytes"
  }
}

extension PerturbationError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
