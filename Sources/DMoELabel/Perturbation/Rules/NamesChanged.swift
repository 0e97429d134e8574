/// Puts other names in the place of those that a response gives.
struct NamesChanged: PerturbationRule {
  let name = "names-changed"
  let summary =
    "Names of places, people, days, elements and the like become others of their kind throughout, by lists of names."
  let points = ["correctness", "factuality"]
  let lengthChange = LengthChange.either

  /// So many different names are changed at most.
  private static let most = 4

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    let kinds = subject.language == .english ? NameKinds.english : NameKinds.chinese
    let prompt = subject.conversation.turns.map(\.content).joined(separator: "\n")
    var found: [(name: String, kind: [String])] = []
    for kind in kinds {
      for name in kind where Self.occurs(name, in: subject.response, subject.language) { found.append((name, kind)) }
    }
    guard !found.isEmpty else { return .notApplicable(.nothingToChange) }
    var others: [String: String] = [:]
    for (name, kind) in generator.draw(Self.most, of: found) {
      // A name that the conversation knows might be right in the new place.
      let free = kind.filter { other in
        other != name && !others.values.contains(other) && !subject.response.contains(other) && !prompt.contains(other)
      }
      if let other = free.randomElement(using: &generator) { others[name] = other }
    }
    guard !others.isEmpty else { return .notApplicable(.nothingToChange) }
    let text = subject.text
    let changed = text.sentences.map { place in
      (place, Self.replaced(text.pieces[place].text, others, subject.language))
    }
    return .damaged(text.replacing(Dictionary(uniqueKeysWithValues: changed)))
  }

  private static func occurs(_ name: String, in text: String, _ language: PerturbationLanguage) -> Bool {
    guard text.contains(name) else { return false }
    return replaced(text, [name: ""], language) != text
  }

  /// The text with other names; English ones as whole words that are no part of a longer name.
  private static func replaced(_ text: String, _ others: [String: String], _ language: PerturbationLanguage) -> String {
    guard language == .english else { return replacedInChinese(text, others) }
    var result = ""
    var word = ""
    var characters = Array(text)
    characters.append("\n")
    var last = ""
    for (place, character) in characters.enumerated() {
      if character.isLetter {
        word.append(character)
        continue
      }
      if !word.isEmpty {
        let isPart =
          continues(characters, place)
          || last.first?.isUppercase == true && result.last == " " && !NameKinds.titles.contains(last)
        result += isPart ? word : others[word] ?? word
        last = word
        word = ""
      }
      if !character.isWhitespace { last = "" }
      result.append(character)
    }
    return String(result.dropLast())
  }

  /// Whether a capitalized word follows, with which the one before is a longer name.
  private static func continues(_ text: [Character], _ place: Int) -> Bool {
    guard text[place] == " " || text[place] == "-", place + 1 < text.count else { return false }
    return text[place + 1].isUppercase && text[place + 1].isLetter
  }

  private static func replacedInChinese(_ text: String, _ others: [String: String]) -> String {
    var result = ""
    var rest = text[...]
    // Longer names first: one may be the beginning of another.
    let names = others.sorted { ($1.key.count, $0.key) < ($0.key.count, $1.key) }
    while let first = rest.first {
      if let (name, other) = names.first(where: { rest.hasPrefix($0.key) }),
        !NameKinds.isPart(rest.dropFirst(name.count), of: name)
      {
        result += other
        rest = rest.dropFirst(name.count)
      } else {
        result.append(first)
        rest = rest.dropFirst()
      }
    }
    return result
  }
}
