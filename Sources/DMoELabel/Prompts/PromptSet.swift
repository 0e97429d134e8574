public import DMoEData

/// The choice of a template for a sample.
public enum PromptSet: Sendable, Hashable {
  /// The same for all samples.
  case fixed(ComparisonPrompt)
  /// The Chinese one for Chinese samples, the English one for all others.
  case byLanguage(english: ComparisonPrompt, chinese: ComparisonPrompt)

  /// The templates of this library, chosen by language.
  public static func standard(asksForReason: Bool = false) -> PromptSet {
    .byLanguage(english: .english(asksForReason: asksForReason), chinese: .chinese(asksForReason: asksForReason))
  }

  /// The template for a sample.
  ///
  /// A sample whose language tag begins with "zh" is Chinese. One without a tag is Chinese if its last turn has at least
  /// as many ideographs as words of other scripts, and no kana, which Japanese has.
  public func prompt(for sample: RankedResponses) -> ComparisonPrompt {
    switch self {
    case .fixed(let prompt): prompt
    case .byLanguage(let english, let chinese): Self.isChinese(sample) ? chinese : english
    }
  }

  /// The templates of the set.
  public var prompts: [ComparisonPrompt] {
    switch self {
    case .fixed(let prompt): [prompt]
    case .byLanguage(let english, let chinese): [english, chinese]
    }
  }

  private static func isChinese(_ sample: RankedResponses) -> Bool {
    if let language = sample.language { return language.lowercased().hasPrefix("zh") }
    var ideographs = 0
    var words = 0
    var isInWord = false
    for scalar in (sample.conversation.turns.last?.content ?? "").unicodeScalars {
      if (0x3041...0x30FF).contains(scalar.value), scalar.properties.isAlphabetic { return false }
      if scalar.properties.isIdeographic {
        ideographs += 1
        isInWord = false
      } else if scalar.properties.isAlphabetic {
        if !isInWord { words += 1 }
        isInWord = true
      } else {
        isInWord = false
      }
    }
    return ideographs > 0 && ideographs >= words
  }
}
