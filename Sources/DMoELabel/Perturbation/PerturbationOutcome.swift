/// What became of a response under a rule.
public enum PerturbationOutcome: Sendable, Hashable {
  /// The response, made worse.
  case damaged(String)
  /// The rule has nothing to do in this response, or would not surely make it worse.
  case notApplicable(PerturbationObstacle)
}

/// Why a rule does not apply to a response.
public enum PerturbationObstacle: String, Sendable, Hashable, Codable, CaseIterable {
  /// The response is in a language that the rule does not know.
  case language
  /// There are too few sentences, or too little text.
  case tooShort
  /// Nothing is there that the rule changes: no number, no name, no word of comfort.
  case nothingToChange
  /// The conversation asks for nothing that the rule could break.
  case nothingAsked
  /// Nothing would be left of the response.
  case nothingLeft
  /// The response has the fault already.
  case alreadyBroken
  /// The response declines to answer.
  case isRefusal
  /// The response is mostly code, which the rule leaves alone.
  case code
  /// No other prompt of the category and language has a response that could stand in.
  case noOtherResponse
  /// The damage would not be safe to write.
  case unsafe
  /// The damage came out equal to the response.
  case unchanged

  /// The reason in a few words, for tables.
  public var words: String {
    switch self {
    case .language: "other language"
    case .tooShort: "too short"
    case .nothingToChange: "nothing to change"
    case .nothingAsked: "nothing asked for"
    case .nothingLeft: "nothing left"
    case .alreadyBroken: "broken already"
    case .isRefusal: "a refusal"
    case .code: "code"
    case .noOtherResponse: "no other response"
    case .unsafe: "not safe to write"
    case .unchanged: "unchanged"
    }
  }
}
