/// Makes statements say the contrary of what is so.
struct NegationFlipped: PerturbationRule {
  let name = "negation-flipped"
  let summary = "Statements say the contrary: a negation is put in or left out. What is said of the speakers stays."
  let points = ["correctness", "factuality", "consistency"]
  let lengthChange = LengthChange.either

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    let text = subject.text
    var found: [(place: Int, contrary: String)] = []
    for place in text.sentences where !Self.speakers.occur(in: text.pieces[place].text) {
      if let contrary = Negation.flipped(text.pieces[place].text, text.language) { found.append((place, contrary)) }
    }
    guard !found.isEmpty else { return .notApplicable(.nothingToChange) }
    let drawn = generator.draw(max(1, (text.sentences.count + 1) / 3), of: found)
    return .damaged(text.replacing(Dictionary(uniqueKeysWithValues: drawn.map { ($0.place, $0.contrary) })))
  }

  /// Wishes, thanks and what the speakers think of each other are neither true nor false.
  private static let speakers = Phrases(
    english: [
      "i", "i'm", "i've", "i'll", "me", "my", "we", "we're", "our", "let's", "hope", "glad", "happy", "sorry",
      "welcome",
      "please", "thank", "thanks",
    ],
    chinese: ["我", "咱", "希望", "祝", "谢谢", "请", "欢迎"])
}
