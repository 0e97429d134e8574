/// Lets a response say the contrary of what it said.
struct SentenceContradicted: PerturbationRule {
  let name = "sentence-contradicted"
  let summary = "A statement of the response is followed by its contrary, so that the response contradicts itself."
  let points = ["logic", "consistency", "coherence"]
  let lengthChange = LengthChange.longer

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    let text = subject.text
    let found = text.sentences.compactMap { place in
      Negation.flipped(text.pieces[place].text, text.language).map { (place: place, contrary: $0) }
    }
    guard !found.isEmpty else { return .notApplicable(.nothingToChange) }
    var added: [Int: [String]] = [:]
    for statement in generator.draw(max(1, text.sentences.count / 6), of: found) {
      // Somewhere after the statement, at the end of a sentence of a paragraph.
      let later = text.prose.filter { $0 >= statement.place }
      let place = text.pieces[statement.place].isListItem ? statement.place : later.randomElement(using: &generator)
      added[place ?? statement.place, default: []].append(statement.contrary)
    }
    return .damaged(text.inserting(added))
  }
}
