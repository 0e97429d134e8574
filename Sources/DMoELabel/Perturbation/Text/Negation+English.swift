extension Negation {
  /// An English sentence, word by word.
  struct English {
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
        guard place > 0 || Self.contractions.contains(plain[0]) || plain[0].hasSuffix("'re") else { continue }
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
      // "It's been" has another verb in it.
      guard Self.contractions.contains(word) || word.hasSuffix("'re"), next != "been", next != "got" else { return nil }
      if next == "not" { return joined(place, 2, String(words[place])) }
      return Self.adverbs.contains(next) ? nil : joined(place, 1, String(words[place]) + " not")
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
    private static let contractions: Set<String> = ["it's", "that's", "there's", "he's", "she's", "i'm"]
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
