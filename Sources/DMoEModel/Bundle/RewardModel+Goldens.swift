import DMoEData

extension RewardModel {
  /// A text with the ids and the reward that it has here.
  func golden(_ candidate: Candidate) throws -> Golden {
    let encoded = try reader.encode(candidate.conversation, responses: [candidate.response])
    let breakdown = try breakdown(of: candidate.response, to: candidate.conversation)
    return Golden(
      conversation: candidate.conversation, response: candidate.response, ids: encoded.prompt + encoded.responses[0],
      category: breakdown.category, reward: breakdown.reward)
  }

  /// Those of the built-in texts that the model is long enough for.
  func standardGoldens() throws -> [Golden] {
    try Self.standardGoldens.compactMap { candidate in
      do { return try golden(candidate) } catch ModelError.overLength { return nil }
    }
  }

  /// Holds the model to recorded texts.
  ///
  /// - Parameters:
  ///   - areKnown: Whether they are known to get their rewards: then their ids are compared, and none is scored.
  ///   - tolerance: As the coarser precision asks for, of writing and reading.
  /// - Throws: `ModelError.goldenMismatch`.
  func check(_ goldens: [Golden], _ extent: GoldenCheck, areKnown: Bool = false, tolerance: Float) throws {
    guard extent != .none else { return }
    let shortest = goldens.indices.min { goldens[$0].ids.count < goldens[$1].ids.count }
    for (index, golden) in goldens.enumerated() {
      let encoded = try reader.encode(golden.conversation, responses: [golden.response])
      let sameIDs = encoded.prompt + encoded.responses[0] == golden.ids
      guard !areKnown && (extent == .all || index == shortest) || !sameIDs else { continue }
      // The category is held to the recorded one: a router on the edge may fall to the other side.
      let category = isMixing ? nil : golden.category
      let reward = try score(golden.response, to: golden.conversation, category: category)
      guard sameIDs, abs(reward - golden.reward) <= tolerance * max(1, abs(golden.reward))
      else {
        throw ModelError.goldenMismatch(index: index, expected: golden.reward, found: reward)
      }
    }
  }

  /// Whether a recorded reward may be a mixture of several categories.
  private var isMixing: Bool { if case .mixture = configuration.routing { true } else { false } }

  private static let standardGoldens: [Candidate] = [
    ("What is the boiling point of water at sea level?", "At sea level water boils at 100 degrees Celsius."),
    ("I had a rough day and could use a kind word.", "I'm sorry today was hard. Do you want to tell me about it?"),
    ("Write a one-line slogan for a bicycle shop.", "Two wheels, one city, no hurry."),
  ].compactMap { try? Candidate(prompt: $0, response: $1) }
}
