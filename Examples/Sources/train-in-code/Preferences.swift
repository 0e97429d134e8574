import DMoERM

/// What the model learns from: kind replies are better than curt ones.
enum Preferences {
  static let kind = "Of course! I am glad to help you with that. Here is what we can do."
  static let curt = "No. Read the manual."

  /// One category with two capability points; each point trains an expert of its own.
  static let taxonomy: Taxonomy = {
    let points = [CapabilityPoint(id: "warmth"), CapabilityPoint(id: "usefulness")]
    return (try? Taxonomy([TaskCategory(id: "support", points: points)])) ?? .single
  }()

  /// Every prompt with an overall preference and with one for each point.
  static func samples() throws -> [RankedResponses] {
    try prompts.enumerated().flatMap { index, prompt in
      try [nil, "warmth", "usefulness"].map { capability in
        try RankedResponses(
          id: "prompt-\(index)", conversation: Conversation(prompt: prompt),
          // Rank 1 is best; here the worse reply stands first as often as the better one.
          responses: index.isMultiple(of: 2) ? [kind, curt] : [curt, kind],
          ranks: index.isMultiple(of: 2) ? [1, 2] : [2, 1], category: "support", capability: capability)
      }
    }
  }

  private static let prompts = [
    "My order is late.", "Where is my parcel?", "I want my money back.", "The lamp does not work.",
    "How do I change my address?", "The invoice is wrong.", "Can I pay by card?", "The app crashes.",
    "I forgot my password.", "The size does not fit.", "Do you ship to Spain?", "The box was empty.",
    "Can I cancel my order?", "Which cable do I need?", "My account is locked.", "The colour is wrong.",
    "Is there a discount?", "How long is the warranty?", "The manual is missing.", "Who can repair it?",
    "I was charged twice.", "Can I talk to a person?", "The door will not close.", "What are your hours?",
  ]
}
