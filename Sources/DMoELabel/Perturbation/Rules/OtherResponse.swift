/// Gives another prompt's response.
struct OtherResponse: PerturbationRule {
  let name = "other-response"
  let summary =
    "A good response to another prompt of the same category and language, about as long, stands in its place."
  let points = ["question-specificity", "intent-conformity", "conversational-sense", "relevance", "maintains_context"]
  let lengthChange = LengthChange.either

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    // A nod may answer any prompt.
    let least = subject.language == .english ? 80 : 30
    let length = subject.response.count
    let fitting = subject.otherResponses.filter { other in
      other.count >= least && !Phrases.declines(SentenceText(other, language: subject.language))
    }
    guard !Phrases.declines(subject.text) else { return .notApplicable(.isRefusal) }
    guard length >= least else { return .notApplicable(.tooShort) }
    let nearest = fitting.sorted { abs($0.count - length) < abs($1.count - length) }.prefix(3)
    guard let other = nearest.randomElement(using: &generator) else { return .notApplicable(.noOtherResponse) }
    return .damaged(other)
  }
}
