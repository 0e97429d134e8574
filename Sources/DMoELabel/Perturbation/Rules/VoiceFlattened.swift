/// Takes the voice out of a response.
struct VoiceFlattened: PerturbationRule {
  let name = "voice-flattened"
  let summary = "Exclamations, interjections, emoji, acted gestures and Chinese mood particles are taken out."
  let points = ["personalized-expression", "emotion-expression", "engaging", "engagingness"]
  let lengthChange = LengthChange.either

  /// One exclamation mark more or less changes no voice.
  private static let least = 3

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    // In code an exclamation mark is no exclamation.
    guard !subject.response.contains(where: { "`{".contains($0) }) else { return .notApplicable(.code) }
    // A short exclamation in quotes may be spoken of, not spoken.
    guard !subject.response.contains(/["“'][^"”'!！]{1,14}[!！]["”']/) else { return .notApplicable(.nothingToChange) }
    var flattener = VoiceFlattener(language: subject.language)
    var texts: [Int: String] = [:]
    for place in subject.text.sentences {
      texts[place] = flattener.flattened(subject.text.pieces[place].text)
    }
    guard flattener.changes >= Self.least else { return .notApplicable(.nothingToChange) }
    let flat = SentenceText.tidied(subject.text.replacing(texts))
    return flat.contains(where: \.isLetter) ? .damaged(flat) : .notApplicable(.nothingLeft)
  }
}
