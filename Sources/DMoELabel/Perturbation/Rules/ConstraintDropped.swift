/// Breaks a requirement of the prompt that the response meets.
struct ConstraintDropped: PerturbationRule {
  let name = "constraint-dropped"
  let summary =
    "A requirement that the prompt states and the response meets is broken: a number of items, a list, a word to use, a length."
  let points = ["intent-conformity", "question-specificity"]
  let lengthChange = LengthChange.either

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
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
    guard text.listLines.count >= 3, Self.listWords.occur(in: subject.request), !text.hasCode else { return nil }
    return Layout.flattened(subject.response, language: text.language, keepsNumbers: false)
  }

  private static let listWords = Phrases(
    english: [
      "list", "lists", "bullet", "bullets", "bulleted", "bullet points", "numbered", "enumerate", "step by step",
      "steps",
      "itemized", "outline",
    ],
    chinese: ["列表", "列出", "列举", "分点", "步骤", "清单", "逐条", "逐步", "提纲", "大纲"])

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

  private static func has(_ word: String, _ text: String) -> Bool { text.lowercased().contains(word.lowercased()) }

  /// Quoted words behind a word that asks to use them.
  private static func askedWords(_ request: String) -> [String] {
    let english = request.matches(
      of:
        /(?i)(?:include|including|use|using|mention|contain|containing|with) (?:the )?(?:words?|phrases?|terms?|sentence)?\s*["“']([^"”']{2,30})["”']/
    )
    .map { String($0.output.1) }
    let chinese = request.matches(of: /(?:包含|包括|使用|用到|提到|含有)[^“"]{0,6}[“"]([^”"]{1,12})[”"]/).map {
      String($0.output.1)
    }
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

/// How many items a prompt asks for.
enum RequestedCount {
  /// All numbers that stand before something that can be listed.
  static func counts(in request: String) -> Set<Int> {
    var counts: Set<Int> = []
    let words = request.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    for (index, word) in words.enumerated() {
      guard let count = Int(word) ?? numbers[word], (2...30).contains(count) else { continue }
      if words[(index + 1)...].prefix(4).contains(where: listed.contains) { counts.insert(count) }
    }
    for match in request.matches(of: /([0-9]{1,2}|[二两兩三四五六七八九十])\s?[个個条條种種点點项項句首步篇道]/) {
      if let count = Int(match.output.1) ?? chineseNumbers[String(match.output.1)] { counts.insert(count) }
    }
    return counts
  }

  private static let numbers = [
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
  ]
  private static let chineseNumbers = [
    "二": 2, "两": 2, "兩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10,
  ]
  private static let listed: Set<String> = [
    "ways", "tips", "ideas", "examples", "reasons", "things", "steps", "items", "points", "facts", "questions", "names",
    "suggestions", "titles", "options", "benefits", "advantages", "disadvantages", "differences", "similarities",
    "uses",
    "types", "kinds", "features", "strategies", "methods", "activities", "words", "sentences", "books", "movies",
    "songs",
    "countries", "cities", "places", "topics", "characteristics", "causes", "effects", "factors", "skills", "rules",
    "recommendations", "bullet", "slogans", "quotes", "jokes", "headlines", "adjectives", "synonyms", "criteria",
    "aspects",
  ]
}

/// The most words or characters that a prompt allows.
struct RequestedLimit {
  let most: Int
  private let countsWords: Bool

  init?(_ request: String) {
    if let match = request.firstMatch(
      of:
        /(?i)(?:under|less than|fewer than|no more than|not more than|at most|within|maximum of|max|up to|limit of|limited to) ([0-9]{1,4}) words/
    ) {
      guard let most = Int(match.output.1) else { return nil }
      (self.most, countsWords) = (most, true)
    } else if let match = request.firstMatch(of: /(?i)([0-9]{1,4}) words (?:or less|or fewer|max|maximum|at most)/) {
      guard let most = Int(match.output.1) else { return nil }
      (self.most, countsWords) = (most, true)
    } else if let match = request.firstMatch(of: /(?:不超过|不超過|少于|少於|最多|控制在|限制在)\s?([0-9]{1,4})\s?(?:个|個)?字/) {
      guard let most = Int(match.output.1) else { return nil }
      (self.most, countsWords) = (most, false)
    } else if let match = request.firstMatch(of: /([0-9]{1,4})\s?(?:个|個)?字(?:以内|以內|之内|以下)/) {
      guard let most = Int(match.output.1) else { return nil }
      (self.most, countsWords) = (most, false)
    } else {
      return nil
    }
  }

  func length(of text: String) -> Int {
    countsWords ? text.split(whereSeparator: \.isWhitespace).count : text.count { $0.isHan }
  }
}
