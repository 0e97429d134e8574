/// Leaves out why.
struct ReasonsCut: PerturbationRule {
  let name = "reasons-cut"
  let summary = "Reasons, evidence and examples are left out: clauses behind \"because\" and sentences that give them."
  let points = ["convincing-ability", "reasoning-ability"]
  let lengthChange = LengthChange.shorter

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    let text = subject.text
    guard !Phrases.declines(text) else { return .notApplicable(.isRefusal) }
    var removed: Set<Int> = []
    var shortened: [Int: String] = [:]
    for place in text.sentences {
      let sentence = text.pieces[place].text
      if let short = Self.withoutReason(sentence) {
        shortened[place] = short
      } else if place != text.sentences.first, Self.reasons.occur(in: sentence) {
        removed.insert(place)
      }
    }
    guard !removed.isEmpty || !shortened.isEmpty else { return .notApplicable(.nothingToChange) }
    guard removed.count < text.sentences.count else { return .notApplicable(.nothingLeft) }
    let whole = SentenceText(text.replacing(shortened), language: text.language)
    // What is left of a sentence is one sentence still, so places stay.
    guard whole.pieces.count == text.pieces.count else { return .notApplicable(.nothingToChange) }
    return .damaged(whole.removing(removed))
  }

  /// The sentence up to the clause that gives its reason; nil if there is none, or nothing much before it.
  private static func withoutReason(_ sentence: String) -> String? {
    for mark in [", because ", " because ", ", since ", " due to ", "，因为", "，因为", ", as it ", "，由于"] {
      guard let range = sentence.firstRange(of: mark) else { continue }
      let head = sentence[..<range.lowerBound]
      let least = mark.first == "，" ? 8 : 24
      guard head.count >= least, let end = sentence.last, !head.contains(where: { "(（\"“".contains($0) }) else {
        return nil
      }
      return String(head) + (end.isLetter || end.isNumber ? "" : String(end))
    }
    return nil
  }

  private static let reasons = Phrases(
    english: [
      "because", "therefore", "thus", "hence", "for example", "for instance", "as a result", "this means",
      "which means", "evidence", "studies show", "study found", "research shows", "research suggests", "the reason",
      "consequently",
      "this is why",
      "that's why", "given that", "proves", "shows that",
    ],
    chinese: [
      "因为", "因此", "所以", "例如", "比如", "由于", "研究表明", "研究发现", "数据显示", "原因", "这意味着", "由此可见",
    ])
}
