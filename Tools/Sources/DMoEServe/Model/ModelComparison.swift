@_spi(Command) import DMoERM

/// What a bundle that is read again gives for fixed texts, beside what it gave before: which categories kept their rewards
/// to the bit, and whether what all of them share is what it was.
struct ModelComparison: Sendable {
  /// A part that both bundles have.
  struct Part: Sendable {
    let id: String
    let isKept: Bool

    var json: JSONTree { JSONTree(["id": JSONTree(id), "kept": JSONTree(isKept)]) }
  }

  /// The categories, by their rewards.
  let categories: [Part]
  /// Categories that one of both has not.
  let added: [String]
  let removed: [String]
  /// What is no category's: the router, the temperature, how texts are read.
  let shared: [Part]

  private static let texts: [(prompt: String, responses: [String])] = [
    ("What is the boiling point of water at sea level?", ["100 degrees Celsius.", "I would rather not say."]),
    ("I had a rough day and could use a kind word.", ["I'm sorry today was hard. Do you want to talk?", "So what?"]),
    ("Write a function that adds two numbers.", ["def add(a, b):\n    return a + b", "It is in the library."]),
  ]

  /// Scores and routes the texts with both models, each category in turn.
  init(_ old: ServedModel, _ new: ServedModel) throws {
    let before = old.categories.map(\.id)
    let after = new.categories.map(\.id)
    categories = try before.filter(after.contains).map { id in
      // A model that gives no reward can be replaced by one that does.
      Part(id: id, isKept: try (try? Self.rewards(old.model, id)) == Self.rewards(new.model, id))
    }
    added = after.filter { !before.contains($0) }
    removed = before.filter { !after.contains($0) }
    shared = [
      Part(id: "router", isKept: try Self.routes(old.model) == Self.routes(new.model)),
      Part(id: "temperature", isKept: old.model.temperature.bitPattern == new.model.temperature.bitPattern),
      Part(id: "reading", isKept: Self.reads(old.model, as: new.model)),
    ]
  }

  private static func rewards(_ model: RewardModel, _ category: String) throws -> [UInt32] {
    try texts.flatMap { text in
      try model.scores(text.responses, to: try Conversation(prompt: text.prompt), category: category).map(\.bitPattern)
    }
  }

  /// What the router says of each text, and the rule by which that becomes a choice.
  private static func routes(_ model: RewardModel) throws -> Routes {
    let decisions = try model.routes(try texts.map { try Conversation(prompt: $0.prompt) })
    return Routes(
      rule: model.configuration.routing, longest: model.configuration.router.maximumTokens,
      probabilities: decisions.map { $0.probabilities.map(\.bitPattern) })
  }

  private struct Routes: Equatable {
    let rule: RewardModel.RoutingPolicy
    let longest: Int
    let probabilities: [[UInt32]]
  }

  /// Whether both make the same tokens of every text, those too that are longer than any fixed one.
  private static func reads(_ old: RewardModel, as new: RewardModel) -> Bool {
    let (a, b) = (old.configuration, new.configuration)
    return a.template == b.template && a.maximumTokens == b.maximumTokens && a.lengthPolicy == b.lengthPolicy
      && a.pooling == b.pooling && a.lowerDepths ?? [] == b.lowerDepths ?? [] && a.paddingID == b.paddingID
      && a.depth == b.depth
      && old.backbone.fingerprint == new.backbone.fingerprint
  }

  /// Everything that changed, by name: categories whose rewards did, or that came or went, and what they share.
  var changed: [String] {
    categories.filter { !$0.isKept }.map(\.id) + added + removed + shared.filter { !$0.isKept }.map(\.id)
  }
}
