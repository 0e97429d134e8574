/// A rule of controlled damage: it makes a response worse in one respect and leaves it otherwise as it is.
///
/// What a rule makes is compared with the response itself, so its label needs no judge: at the rule's points the
/// response is better than its damaged self.
///
/// ```swift
/// struct QuestionMarksDropped: PerturbationRule {
///   let name = "question-marks-dropped"
///   let summary = "Question marks become full stops."
///   let points = ["readability"]
///   let lengthChange = LengthChange.same
///
///   func perturb(
///     _ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator
///   ) -> PerturbationOutcome {
///     .damaged(String(subject.response.map { $0 == "?" ? "." : $0 }))
///   }
/// }
/// ```
public protocol PerturbationRule: Sendable {
  /// The name that the command line and the labels' `annotator` use: words of a-z joined with dashes.
  var name: String { get }
  /// One sentence on what the rule does, and when it does not apply.
  var summary: String { get }
  /// The capability points that the damage is to, by identifiers or names of a taxonomy; those that a category does not
  /// have are passed over.
  var points: [String] { get }
  /// The languages that the rule knows; both if a type does not say otherwise.
  var languages: Set<PerturbationLanguage> { get }
  /// What the damage does to the length of a response, in characters.
  var lengthChange: LengthChange { get }

  /// Damages a response, or says why the rule does not apply to it.
  ///
  /// The same subject and generator must give the same outcome. What is damaged and equals the response is taken for
  /// `PerturbationObstacle.unchanged`.
  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
}

extension PerturbationRule {
  /// Both languages.
  public var languages: Set<PerturbationLanguage> { Set(PerturbationLanguage.allCases) }
}

/// What damage does to the length of a response.
public enum LengthChange: String, Sendable, Hashable, Codable, CaseIterable {
  /// The damaged response is always longer: length is not quality.
  case longer
  /// The damaged response is always shorter.
  case shorter
  /// The damaged response has as many characters.
  case same
  /// The damaged response may be longer or shorter.
  case either
}
