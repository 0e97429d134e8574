/// Breaks a requirement of the prompt that the response meets.
struct ConstraintDropped: PerturbationRule {
  let name = "constraint-dropped"
  let summary =
    "A requirement of the prompt that the response meets is broken: a number of items, a list, a word, a length."
  let points = ["intent-conformity", "question-specificity"]
  let lengthChange = LengthChange.either

  private static let longestRequest = 300

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    // In a long prompt most of what looks like a requirement belongs to a text that is quoted.
    guard subject.request.count <= Self.longestRequest else { return .notApplicable(.nothingAsked) }
    var broken: [String] = []
    if let text = fewerItems(subject) { broken.append(text) }
    if let text = withoutList(subject) { broken.append(text) }
    if let text = withoutWord(subject) { broken.append(text) }
    if let text = tooLong(subject, using: &generator) { broken.append(text) }
    return broken.randomElement(using: &generator).map { .damaged($0) } ?? .notApplicable(.nothingAsked)
  }

  // MARK: So many items

  /// Fewer items than the prompt asks for, where the response has exactly as many.
  private func fewerItems(_ subject: PerturbationSubject) -> String? {
    let lines = subject.text.listLines
    guard (2...30).contains(lines.count), RequestedCount.counts(in: subject.request).contains(lines.count) else {
      return nil
    }
    let dropped = Set(lines.suffix(max(1, lines.count / 2)))
    let text = subject.text
    return text.removing(Set(text.sentences.filter { dropped.contains(text.pieces[$0].line) }))
  }

  // MARK: A list

  /// The items of a list in one paragraph, where the prompt asks for a list.
  private func withoutList(_ subject: PerturbationSubject) -> String? {
    let text = subject.text
    guard text.listLines.count >= 3, Self.asksForList(subject.request), !text.hasCode else { return nil }
    return Layout.flattened(subject.response, language: text.language, keepsNumbers: false)
  }

  private static func asksForList(_ request: String) -> Bool {
    let forbids = request.matches(of: /(?i)bullet|numbered|itemized|list|列表|清单|分点|逐条|分条|项目符号/).contains {
      Negated.isForbidden($0.range.lowerBound, in: request)
    }
    return !forbids && listWords.occur(in: request)
  }

  private static let listWords = Phrases(
    english: [
      "bullet", "bullets", "bulleted", "bullet points", "numbered list", "itemized", "as a list", "in list form",
      "list format",
    ],
    chinese: ["以列表", "用列表", "列表形式", "列表的形式", "清单形式", "列成", "分点", "逐条", "分条", "项目符号"])

  // MARK: A word to use

  /// Without the sentences that have a word which the prompt asks to use.
  private func withoutWord(_ subject: PerturbationSubject) -> String? {
    let text = subject.text
    for word in Self.askedWords(subject.request) {
      let having = Set(text.sentences.filter { Self.has(word, text.pieces[$0].text) })
      guard !having.isEmpty, having.count < text.sentences.count else { continue }
      let rest = text.removing(having)
      if !Self.has(word, rest) { return rest }
    }
    return nil
  }

  /// Whether a text has a word, or words, as whole ones; Chinese has no spaces between them.
  private static func has(_ word: String, _ text: String) -> Bool {
    word.allSatisfy(\.isASCII) ? Phrases.padded(text).contains(Phrases.padded(word)) : text.contains(word)
  }

  /// Quoted words behind a word that asks to use them.
  private static func askedWords(_ request: String) -> [String] {
    let english = request.matches(
      of:
        /(?i)(?:include|including|use|using|mention|contain|containing|with) (?:the )?(?:words?|phrases?|terms?|sentence)?\s*["“']([^"”']{2,30})["”']/
    )
    .filter { !Negated.isForbidden($0.range.lowerBound, in: request) }.map { String($0.output.1) }
    let chinese = request.matches(of: /(?:包含|包括|使用|用到|提到|含有)[^“"]{0,6}[“"]([^”"]{1,12})[”"](?:这个|这些|一|等)?(?:词|字|短语)/)
      .filter { !Negated.isForbidden($0.range.lowerBound, in: request) }.map { String($0.output.1) }
    return english + chinese
  }

  // MARK: A length

  /// Longer than the prompt allows, where the response keeps to it.
  private func tooLong(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> String? {
    guard let limit = RequestedLimit(subject.request), limit.most <= 250,
      limit.length(of: subject.response) <= limit.most
    else { return nil }
    var sentences = Filler.sentences(30, subject.language, using: &generator)[...]
    var result = subject.response
    while Double(limit.length(of: result)) < Double(limit.most) * 1.4, let sentence = sentences.popFirst() {
      result += subject.language.sentenceSpace + sentence
    }
    return limit.length(of: result) > limit.most ? result : nil
  }
}
