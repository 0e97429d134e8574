import DMoEData
import DMoEFoundation

/// A good response with all that rows say of it.
struct GoodResponse: Sendable {
  let row: PerturbationRow
  let category: TaskCategory
  let language: PerturbationLanguage?
  /// The points at which it is good; nil is all.
  private(set) var capabilities: Set<String>?

  func isGood(at point: String) -> Bool { capabilities?.contains(point) ?? true }

  func hash(seed: UInt64) -> SeededHash {
    var hash = row.conversation.stableHash(seed: seed)
    hash.combine(row.response)
    return hash
  }

  /// The different responses of rows whose category is in the taxonomy, in the order of the rows.
  ///
  /// A data set has one good response in many pairs, and again at every point: each is damaged once.
  static func grouped(
    _ rows: [PerturbationRow], _ taxonomy: Taxonomy
  ) -> (responses: [GoodResponse], repeated: Int, uncategorized: Int) {
    struct Identity: Hashable {
      let conversation: Conversation
      let response: ExactText
      let category: String
    }
    var places: [Identity: Int] = [:]
    var responses: [GoodResponse] = []
    var uncategorized = 0
    for row in rows {
      guard let category = row.category.flatMap(taxonomy.category(named:)) else {
        uncategorized += 1
        continue
      }
      let capability = row.capability.map { category.point(named: $0)?.id ?? $0 }
      let identity = Identity(
        conversation: row.conversation, response: ExactText(row.response), category: category.id)
      if let place = places[identity] {
        responses[place].add(row, capability)
      } else {
        places[identity] = responses.count
        responses.append(GoodResponse(row, category, capability))
      }
    }
    return (responses, rows.count - uncategorized - responses.count, uncategorized)
  }

  private init(_ row: PerturbationRow, _ category: TaskCategory, _ capability: String?) {
    self.row = row
    self.category = category
    language = PerturbationLanguage(of: row.response, tag: row.language)
    capabilities = capability.map { [$0] }
  }

  /// The row that speaks for all is the first by name, whatever order they come in.
  private mutating func add(_ other: PerturbationRow, _ capability: String?) {
    let capabilities = capability.flatMap { capability in self.capabilities.map { $0.union([capability]) } }
    if (other.id, other.source ?? "", other.weight) < (row.id, row.source ?? "", row.weight) {
      self = GoodResponse(other, category, nil)
    }
    self.capabilities = capabilities
  }
}
