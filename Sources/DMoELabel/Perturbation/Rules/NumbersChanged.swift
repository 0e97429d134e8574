/// Puts other numbers in the place of those that a response gives.
struct NumbersChanged: PerturbationRule {
  let name = "numbers-changed"
  let summary =
    "Every number, in digits or Chinese numerals, becomes another one throughout; marks of lists and code stay."
  let points = ["correctness", "factuality"]
  let lengthChange = LengthChange.same

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    var changer = NumberChanger()
    var changed: [Int: String] = [:]
    for place in subject.text.sentences {
      let sentence = subject.text.pieces[place].text
      // Digits of an address are no statement.
      if sentence.contains("http") || sentence.contains("www.") { continue }
      if let other = changer.change(sentence, using: &generator) { changed[place] = other }
    }
    return changed.isEmpty ? .notApplicable(.nothingToChange) : .damaged(subject.text.replacing(changed))
  }
}
