/// Says some of a response twice.
struct RepetitionAdded: PerturbationRule {
  let name = "repetition-added"
  let summary = "Sentences are said again later on, word by word: the longer response has no more to say."
  let points = ["content-richness", "expressiveness", "readability", "diversity"]
  let lengthChange = LengthChange.longer

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    let text = subject.text
    let places = text.sentences
    // "Hi! Hi!" is no fault yet.
    let worth = places.filter { text.pieces[$0].text.count >= (text.language == .english ? 20 : 8) }
    guard !worth.isEmpty else { return .notApplicable(.tooShort) }
    var added: [Int: [String]] = [:]
    for place in generator.draw(max(1, places.count / 3), of: worth) {
      let later = places.filter { $0 >= place }
      let target = text.pieces[place].isListItem ? place : later.randomElement(using: &generator)
      added[target ?? place, default: []].append(text.pieces[place].text)
    }
    return .damaged(text.inserting(added))
  }
}
