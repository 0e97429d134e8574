/// Turns a statement into its contrary, where one word decides.
enum Negation {
  /// The contrary of a sentence; nil where it is not clear that one word makes it.
  static func flipped(_ sentence: String, _ language: PerturbationLanguage) -> String? {
    switch language {
    case .english: English(sentence)?.flipped()
    case .chinese: chinese(sentence)
    }
  }

  // MARK: Chinese

  private static func chinese(_ sentence: String) -> String? {
    guard (6...90).contains(sentence.count), !sentence.contains(where: { "？?“”\"「」".contains($0) }),
      !chineseScope.contains(where: { sentence.contains($0) })
    else { return nil }
    let characters = Array(sentence)
    // The first word that decides, in the order of the sentence; of two at one place the longer.
    for place in characters.indices {
      for form in chineseForms where matches(form, characters, place) {
        let rest = characters[(place + form.word.count)...]
        return String(characters[..<place]) + form.contrary + String(rest)
      }
    }
    return nil
  }

  private struct Form: Sendable {
    let word: [Character]
    let contrary: String
    /// The characters before and after with which the word is another one.
    let notAfter: Set<Character>
    let notBefore: Set<Character>

    init(_ word: String, _ contrary: String, notAfter: String = "", notBefore: String = "") {
      (self.word, self.contrary) = (Array(word), contrary)
      (self.notAfter, self.notBefore) = (Set(notAfter), Set(notBefore))
    }
  }

  private static func matches(_ form: Form, _ text: [Character], _ place: Int) -> Bool {
    guard text[place...].starts(with: form.word) else { return false }
    if place > 0, form.notAfter.contains(text[place - 1]) { return false }
    let next = place + form.word.count
    return next >= text.count || !form.notBefore.contains(text[next])
  }

  /// Longer words first: what begins with a negation is not taken for what it negates.
  private static let chineseForms: [Form] = [
    Form("不可以", "可以"), Form("不应该", "应该"), Form("不需要", "需要"), Form("不能够", "能够"), Form("不属于", "属于"),
    Form("不包括", "包括"), Form("不存在", "存在"), Form("不适合", "适合"), Form("不允许", "允许"), Form("并不是", "就是"),
    Form("不是", "是", notAfter: "是要可还岂莫"), Form("不会", "会"), Form("没有", "有", notAfter: "有", notBefore: "人谁什"),
    Form("无法", "能够"), Form("不必", "必须"), Form("不能", "能", notAfter: "能"), Form("不应", "应"),
    Form("可以", "不可以", notAfter: "不"), Form("能够", "不能够", notAfter: "不"), Form("应该", "不应该", notAfter: "不"),
    Form("需要", "不需要", notAfter: "不所的据"), Form("必须", "不必"), Form("属于", "不属于", notAfter: "不"),
    Form("包括", "不包括", notAfter: "不", notBefore: "但"), Form("具有", "不具有", notAfter: "不"), Form("拥有", "没有", notAfter: "所"),
    Form("存在", "不存在", notAfter: "不", notBefore: "的"), Form("有助于", "无助于"), Form("适合", "不适合", notAfter: "不"),
    Form("允许", "不允许", notAfter: "不"),
    Form(
      "是", "不是", notAfter: "不但还于可就总只而正要凡若或都也便即更算真像才乃自皆仅老硬却又很别其果如无乎旦先既以指使",
      notBefore: "否非的不因由在一指为以，,。"),
  ]

  /// Around these a word more or less changes something else than the statement, or nothing.
  private static let chineseScope = [
    "不得不", "不仅", "不但", "不只", "不过", "不管", "不论", "无论", "是否", "是不是", "能不能", "除非", "只有", "如果", "要是",
    "假如", "虽然", "尽管", "即使", "莫非", "难道", "吗", "呢", "没有人", "什么", "怎么", "如何", "为何", "谁",
  ]
}

extension Negation {
  /// An English sentence, word by word.
  private struct English {
    private let words: [Substring]
    private let plain: [String]

    init?(_ sentence: String) {
      words = sentence.split(separator: " ", omittingEmptySubsequences: false)
      plain = words.map { word in
        word.lowercased().replacing("’", with: "'").trimmed(in: { !$0.isLetter && $0 != "'" })
      }
      guard (4...40).contains(words.count), !sentence.contains("?"),
        !sentence.contains(where: { "\"“”:".contains($0) }),
        plain.allSatisfy({ !Self.scope.contains($0) })
      else { return nil }
    }

    func flipped() -> String? {
      if let imperative = imperative() { return imperative }
      for place in plain.indices {
        // What follows a comma or one of these may be a clause of its own.
        if place > 0, Self.subordinators.contains(plain[place]) || words[place - 1].last == "," { return nil }
        if place == 0, Self.subordinators.contains(plain[0]) { return nil }
        guard place > 0 || Self.contractions[plain[0]] != nil || plain[0].hasSuffix("'s") else { continue }
        if let flipped = flipped(at: place) { return flipped }
        if Self.auxiliaries.contains(plain[place]) { return nil }
      }
      return nil
    }

    /// "Do not X" and "Don't X" become "X".
    private func imperative() -> String? {
      let count = plain[0] == "don't" ? 1 : plain.starts(with: ["do", "not"]) ? 2 : 0
      guard count > 0, words.count > count + 2, let first = words[count].first, plain[count] != "be" else { return nil }
      return ([first.uppercased() + words[count].dropFirst()] + words[(count + 1)...].map(String.init))
        .joined(separator: " ")
    }

    private func flipped(at place: Int) -> String? {
      let word = plain[place]
      // A word with a mark behind it ends a clause: "as good as it is,".
      guard words[place].last?.isLetter == true, place + 1 < words.count else { return nil }
      let next = plain[place + 1]
      if let positive = Self.negatives[word] { return joined(place, 1, positive) }
      if Self.auxiliaries.contains(word) || word == "do" || word == "does" || word == "did" {
        if next == "not" { return place + 2 < words.count ? joined(place, 2, word) : nil }
        guard Self.auxiliaries.contains(word), !Self.adverbs.contains(next) else { return nil }
        if word == "can" { return joined(place, 1, "cannot") }
        return joined(place, 1, word + " not")
      }
      guard let positive = Self.contractions[word] ?? (word.hasSuffix("'re") ? word : nil), next != "been",
        next != "got"
      else { return nil }
      if next == "not" { return joined(place, 2, String(words[place])) }
      guard !Self.adverbs.contains(next) else { return nil }
      _ = positive
      return joined(place, 1, String(words[place]) + " not")
    }

    /// The sentence with other words in the place of some.
    private func joined(_ place: Int, _ count: Int, _ text: String) -> String {
      var text = text
      if words[place].first?.isUppercase == true { text = text.prefix(1).uppercased() + text.dropFirst() }
      return (words[..<place].map(String.init) + [text] + words[(place + count)...].map(String.init))
        .joined(separator: " ")
    }

    private static let auxiliaries: Set<String> = [
      "is", "are", "was", "were", "can", "will", "should", "must", "could",
    ]
    private static let negatives = [
      "isn't": "is", "aren't": "are", "wasn't": "was", "weren't": "were", "can't": "can", "cannot": "can",
      "won't": "will", "shouldn't": "should", "doesn't": "does", "didn't": "did", "don't": "do", "couldn't": "could",
    ]
    private static let contractions = [
      "it's": "it", "that's": "that", "there's": "there", "he's": "he", "she's": "she", "i'm": "i",
    ]
    private static let adverbs: Set<String> = [
      "also", "too", "still", "already", "yet", "even", "so", "there", "it", "you", "we",
    ]
    private static let subordinators: Set<String> = [
      "that", "which", "who", "whom", "whose", "when", "while", "if", "because", "although", "though", "since", "as",
      "after", "before", "until", "where", "what", "how", "why", "whether", "unless", "once", "but", "than", "whatever",
    ]
    /// Around these a "not" more or less changes something else than the statement, or nothing.
    private static let scope: Set<String> = [
      "all", "every", "everyone", "everything", "both", "any", "anyone", "anything", "each", "no", "none", "nobody",
      "nothing", "never", "neither", "nor", "hardly", "barely", "rarely", "only", "just", "either", "whether", "unless",
      "necessarily", "many", "few", "least", "even", "unlike", "without", "some", "sometimes",
    ]
  }
}

extension String {
  /// Without what holds at the ends.
  fileprivate func trimmed(in isOutside: (Character) -> Bool) -> String {
    guard let first = firstIndex(where: { !isOutside($0) }), let last = lastIndex(where: { !isOutside($0) }) else {
      return ""
    }
    return String(self[first...last])
  }
}
