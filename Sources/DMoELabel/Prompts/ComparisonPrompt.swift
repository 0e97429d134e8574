/// A template that turns a comparison into the messages a judge answers.
///
/// The texts stand for placeholders: `{conversation}`, `{first}` and `{second}` are needed, `{capability}` and `{rubric}`
/// may be left out. A name in braces is always a placeholder. The paper's template has only the last query, no rubric
/// and no tie (arXiv 2403.01197, released code); these here show the whole conversation.
public struct ComparisonPrompt: Sendable, Hashable {
  /// The words by which a template calls the speakers of a conversation.
  @_spi(Command) public struct Roles: Sendable, Hashable, Codable {
    /// Instructions that stand before the conversation.
    public let system: String
    /// The person who asks.
    public let user: String
    /// The language model that answers.
    public let assistant: String

    /// Names of roles.
    public init(system: String, user: String, assistant: String) {
      self.system = system
      self.user = user
      self.assistant = assistant
    }

    /// "System", "User" and "Assistant".
    public static let english = Roles(system: "System", user: "User", assistant: "Assistant")
  }

  /// The spellings that a judge may use for each of its three answers; the first spelling of each is the one asked for.
  @_spi(Command) public struct Answers: Sendable, Hashable, Codable {
    /// The response shown first is better.
    public let first: [String]
    /// The response shown second is better.
    public let second: [String]
    /// Neither is better.
    public let tie: [String]

    /// Spellings; case, and quotes, brackets and punctuation around them, do not matter.
    public init(first: [String], second: [String], tie: [String]) {
      self.first = first
      self.second = second
      self.tie = tie
    }

    /// The answers with their verdicts, in the order first, second, tie.
    var byVerdict: [(verdict: Verdict, spellings: [String])] { [(.first, first), (.second, second), (.tie, tie)] }
  }

  /// The name and rubric that stand for the capability point of a comparison that has none.
  @_spi(Command) public struct Overall: Sendable, Hashable, Codable {
    /// The name, such as "overall quality".
    public let name: String
    /// A sentence that says what the better response does.
    public let rubric: String

    /// A name and a rubric.
    public init(name: String, rubric: String) {
      self.name = name
      self.rubric = rubric
    }

    /// "overall quality".
    public static let english = Overall(
      name: "overall quality",
      rubric: "The response serves the user better, all in all: in correctness, helpfulness, clarity and safety.")
  }

  /// The language of the template as a tag such as "en" or "zh"; a Chinese template uses the points' Chinese names.
  public let language: String
  /// The system message, if there is one; it may have placeholders.
  public let system: String?
  /// The user's message.
  public let user: String
  /// The words by which the template calls the speakers.
  @_spi(Command) public let roles: Roles
  /// The name and rubric of a comparison of overall quality.
  @_spi(Command) public let overall: Overall
  /// The rubric of a capability point that has none of its own.
  public let missingRubric: String
  /// The answers and their spellings.
  @_spi(Command) public let answers: Answers
  /// The labels that may stand before a verdict and a colon, such as "Verdict"; case does not matter.
  public let verdictLabels: [String]
  /// Whether the judge is asked for reasons before its verdict.
  public let asksForReason: Bool

  /// A template.
  ///
  /// - Throws: `TemplateError.missingPlaceholder`, `.unknownPlaceholder`, `.emptyAnswer`, `.sharedSpelling` or
  ///   `.invalidLabel`.
  @_spi(Command) public init(
    language: String, system: String?, user: String, roles: Roles = .english, overall: Overall = .english,
    missingRubric: String = Self.englishMissingRubric, answers: Answers,
    verdictLabels: [String] = Self.englishVerdictLabels, asksForReason: Bool = false
  ) throws(TemplateError) {
    let used = (system.map { TemplateText($0).placeholders } ?? []) + TemplateText(user).placeholders
    if let name = used.first(where: { Placeholder(rawValue: $0) == nil }) { throw .unknownPlaceholder(name) }
    for placeholder in [Placeholder.conversation, .first, .second] where !used.contains(placeholder.rawValue) {
      throw .missingPlaceholder(placeholder.rawValue)
    }
    if let index = verdictLabels.firstIndex(where: { VerdictText.core(of: $0).isEmpty || $0.contains(":") }) {
      throw .invalidLabel(index: index)
    }
    try Self.check(answers)
    self.init(
      unchecked: language, system: system, user: user, roles: roles, overall: overall, missingRubric: missingRubric,
      answers: answers, verdictLabels: verdictLabels, asksForReason: asksForReason)
  }

  init(
    unchecked language: String, system: String?, user: String, roles: Roles, overall: Overall, missingRubric: String,
    answers: Answers, verdictLabels: [String], asksForReason: Bool
  ) {
    self.language = language
    self.system = system
    self.user = user
    self.roles = roles
    self.overall = overall
    self.missingRubric = missingRubric
    self.answers = answers
    self.verdictLabels = verdictLabels
    self.asksForReason = asksForReason
  }

  /// The rubric of a capability point that has none, unless a template says otherwise.
  public static let englishMissingRubric = "Take the name in its usual meaning."
  /// The labels that may stand before a verdict, unless a template says otherwise.
  public static let englishVerdictLabels = ["Verdict", "Final verdict", "Answer", "Final answer"]

  /// Whether the template is Chinese.
  var isChinese: Bool { language.lowercased().hasPrefix("zh") }

  /// What a template has a place for.
  enum Placeholder: String {
    case conversation
    case capability
    case rubric
    case first
    case second
  }

  private static func check(_ answers: Answers) throws(TemplateError) {
    var owners: [String: Verdict] = [:]
    for (verdict, spellings) in answers.byVerdict {
      guard !spellings.isEmpty else { throw .emptyAnswer(verdict.rawValue) }
      for spelling in spellings.map(VerdictText.core(of:)) {
        guard !spelling.isEmpty else { throw .emptyAnswer(verdict.rawValue) }
        if let owner = owners.updateValue(verdict, forKey: spelling), owner != verdict {
          throw .sharedSpelling(owner.rawValue, verdict.rawValue)
        }
      }
    }
  }
}
