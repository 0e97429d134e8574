@_spi(Command) import DMoERM

/// What a bundle that is read again gives for fixed texts, beside what it gave before: which categories kept their rewards
/// to the bit.
struct ModelComparison: Sendable {
  /// A category that both bundles have.
  struct Category: Sendable {
    let id: String
    let isKept: Bool
  }

  let categories: [Category]
  /// Categories that one of both has not.
  let added: [String]
  let removed: [String]

  private static let texts: [(prompt: String, responses: [String])] = [
    ("What is the boiling point of water at sea level?", ["100 degrees Celsius.", "I would rather not say."]),
    ("I had a rough day and could use a kind word.", ["I'm sorry today was hard. Do you want to talk?", "So what?"]),
    ("Write a function that adds two numbers.", ["def add(a, b):\n    return a + b", "It is in the library."]),
  ]

  /// Scores the texts with both models, each category in turn.
  init(_ old: ServedModel, _ new: ServedModel) throws {
    let before = old.categories.map(\.id)
    let after = new.categories.map(\.id)
    categories = try before.filter(after.contains).map { id in
      Category(id: id, isKept: try Self.rewards(old.model, id) == Self.rewards(new.model, id))
    }
    added = after.filter { !before.contains($0) }
    removed = before.filter { !after.contains($0) }
  }

  private static func rewards(_ model: RewardModel, _ category: String) throws -> [UInt32] {
    try texts.flatMap { text in
      try model.scores(text.responses, to: try Conversation(prompt: text.prompt), category: category).map(\.bitPattern)
    }
  }

  /// Categories whose rewards changed, or that came or went.
  var changed: [String] { categories.filter { !$0.isKept }.map(\.id) + added + removed }
}
