/// Puts the sentences of paragraphs in another order.
struct SentencesShuffled: PerturbationRule {
  let name = "sentences-shuffled"
  let summary = "The sentences of the paragraphs stand in another order; lists, headings and code stay."
  let points = ["logic", "coherence"]
  let lengthChange = LengthChange.same

  /// Fewer sentences may read well in any order.
  private static let least = 5

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    let text = subject.text
    let places = text.prose
    guard places.count >= Self.least else { return .notApplicable(.tooShort) }
    // Where most of a text is a list, its paragraphs are not what carries the thought.
    guard places.count * 2 > text.sentences.count else { return .notApplicable(.nothingToChange) }
    var best = places
    // Of a few orders the one that parts the most neighbors.
    for _ in 0..<8 {
      let order = places.shuffled(using: &generator)
      if Self.partings(order) > Self.partings(best) { best = order }
    }
    let texts = zip(places, best).map { ($0, text.pieces[$1].text) }
    return .damaged(text.replacing(Dictionary(uniqueKeysWithValues: texts)))
  }

  /// How many sentences have another one before them than they had.
  private static func partings(_ order: [Int]) -> Int {
    let sorted = order.sorted()
    let followers = Dictionary(uniqueKeysWithValues: zip(sorted, sorted.dropFirst()))
    return zip(order, order.dropFirst()).count { followers[$0] != $1 }
  }
}
