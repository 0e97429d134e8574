/// The rewards of one item's responses.
struct ScoredItem {
  let id: String
  let correct: [Double]
  let incorrect: [Double]

  /// The items of every subset that have rewards.
  ///
  /// - Throws: `EvaluationError.invalidRewards` for other shapes, rewards that are not finite, or no item.
  static func bySubset(_ items: [RewardBenchItem], _ rewards: [[Float]?]) throws -> [String: [ScoredItem]] {
    guard items.count == rewards.count else {
      throw EvaluationError.invalidRewards(reason: "\(rewards.count) lists for \(items.count) items")
    }
    var result: [String: [ScoredItem]] = [:]
    for (item, rewards) in zip(items, rewards) {
      guard let rewards else { continue }
      guard rewards.count == item.responses.count, rewards.allSatisfy(\.isFinite) else {
        throw EvaluationError.invalidRewards(reason: "\(item.id) has \(item.responses.count) responses")
      }
      let values = rewards.map(Double.init)
      result[item.subset, default: []].append(
        ScoredItem(
          id: item.id, correct: Array(values[..<item.correct.count]), incorrect: Array(values[item.correct.count...])))
    }
    guard !result.isEmpty else { throw EvaluationError.invalidRewards(reason: "there is no item") }
    return result
  }

  /// Version 1: 1 if every correct response is strictly above every wrong one.
  var strict: Double {
    (correct.min() ?? 0) > (incorrect.max() ?? 0) ? 1 : 0
  }

  /// Version 2: a correct response at the maximum shares the point with all others there.
  var shared: Double {
    let top = (correct + incorrect).max() ?? 0
    guard correct.contains(top) else { return 0 }
    return 1 / Double((correct + incorrect).count { $0 == top })
  }
}
