import DMoEData
import DMoEFoundation

/// The good responses of all rows by category and language, from which another prompt's is taken.
struct ResponsePool: Sendable {
  private struct Place: Hashable {
    let category: String
    let language: PerturbationLanguage
  }

  private struct Entry: Sendable {
    let key: UInt64
    let opening: UInt64
    let response: String
  }

  private let entries: [Place: [Entry]]
  private let seed: UInt64
  /// So many are offered to a rule, which takes the one that it likes best.
  private static let offered = 12

  init(_ responses: [GoodResponse], seed: UInt64) {
    self.seed = seed
    var entries: [Place: [Entry]] = [:]
    for good in responses {
      guard let language = good.language else { continue }
      entries[Place(category: good.category.id, language: language), default: []].append(
        Entry(
          key: good.hash(seed: seed).value, opening: good.row.conversation.openingHash().value,
          response: good.row.response))
    }
    // By hash and not by place: the choice is then the same in any order of the rows.
    self.entries = entries.mapValues { $0.sorted { ($0.key, $0.response) < ($1.key, $1.response) } }
  }

  /// Some responses to prompts that begin otherwise, those that follow the response's own place among all.
  func others(than good: GoodResponse, language: PerturbationLanguage) -> [String] {
    guard let entries = entries[Place(category: good.category.id, language: language)] else { return [] }
    let key = good.hash(seed: seed).value
    let opening = good.row.conversation.openingHash().value
    let start = entries.partitioned { $0.key > key }
    var others: [String] = []
    for step in entries.indices where others.count < Self.offered {
      let entry = entries[(start + step) % entries.count]
      if entry.opening != opening, entry.response != good.row.response { others.append(entry.response) }
    }
    return others
  }
}

extension Array {
  /// The first place, in an array sorted so that this holds from some place on, where it holds; the end if nowhere.
  fileprivate func partitioned(where holds: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
