/// A quality of a response that a task category asks for, and that one capability expert judges.
public struct CapabilityPoint: Sendable, Hashable, Codable, Identifiable {
  /// The slug that files and folders use, such as "empathy"; unique within its category.
  public let id: String
  /// The English name.
  public let name: String
  /// The Chinese name, as the paper's labeling prompts use it.
  public let chineseName: String?
  /// One sentence that says what the better response does; a labeler shows it to the judge.
  public let rubric: String?

  /// A capability point; a `Taxonomy` checks the identifier.
  public init(id: String, name: String? = nil, chineseName: String? = nil, rubric: String? = nil) {
    self.id = id
    self.name = name ?? id
    self.chineseName = chineseName
    self.rubric = rubric
  }

  /// What the point answers to besides its identifier.
  var names: [String] { [name] + (chineseName.map { [$0] } ?? []) }
}
