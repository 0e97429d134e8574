/// Adds sentences that say nothing.
struct PaddingAdded: PerturbationRule {
  let name = "padding-added"
  let summary = "Sentences that say nothing are added: the longer response has no more to say."
  let points = ["content-richness", "question-specificity"]
  let lengthChange = LengthChange.longer

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    let text = subject.text
    let places = text.prose.isEmpty ? text.sentences : text.prose
    guard !places.isEmpty else { return .notApplicable(.tooShort) }
    var added: [Int: [String]] = [:]
    for sentence in Filler.sentences(max(2, text.sentences.count / 3), text.language, using: &generator) {
      guard let place = places.randomElement(using: &generator) else { continue }
      added[place, default: []].append(sentence)
    }
    return .damaged(text.inserting(added))
  }
}
