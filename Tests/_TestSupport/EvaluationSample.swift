package import DMoEData

/// Samples whose evaluation can be counted by hand.
package enum EvaluationSample {
  package static func make(
    _ id: String, _ responses: [String], ranks: [Int], category: String? = nil, capability: String? = nil,
    source: String? = nil, language: String? = nil
  ) throws -> RankedResponses {
    try RankedResponses(
      id: id, source: source, language: language, conversation: try Conversation(prompt: "prompt of \(id)"),
      responses: responses, ranks: ranks, category: category, capability: capability)
  }

  /// Five pairs of different rank over three samples and one tied pair.
  package static func mixed() throws -> [RankedResponses] {
    [
      try make("a", ["long reply", "short"], ranks: [1, 2], category: "chat", source: "x", language: "en"),
      try make("b", ["long reply", "short"], ranks: [2, 1], category: "chat", source: "x", language: "en"),
      try make("c", ["one", "three", "seventeen"], ranks: [1, 2, 1], category: "code", source: "y", language: "zh"),
      try make("d", ["same", "four"], ranks: [1, 2], category: "code", source: "y", language: "zh"),
    ]
  }

  /// The reward is the negated rank: perfect.
  package static func perfectRewards(_ samples: [RankedResponses]) -> [[Float]] {
    samples.map { $0.ranks.map { Float(-$0) } }
  }
}
