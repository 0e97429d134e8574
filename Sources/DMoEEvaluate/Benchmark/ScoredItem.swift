import DMoEData

/// An item with the rewards of its responses.
struct ScoredItem: Sendable {
  let item: BenchmarkItem
  /// One a response, in their order.
  let rewards: [Double]
  /// The number of its prompt: items of one prompt are drawn together.
  let prompt: Int

  var category: String { item.category }
  /// The rewards of the right responses.
  var correct: [Double] { zip(rewards, item.isCorrect).filter(\.1).map(\.0) }
  /// The rewards of the wrong ones.
  var incorrect: [Double] { zip(rewards, item.isCorrect).filter { !$0.1 }.map(\.0) }

  /// 1 if every right response is strictly above every wrong one, else 0; equal rewards are wrong.
  var strict: Double {
    guard let least = correct.min(), let most = incorrect.max() else { return 0 }
    return least > most ? 1 : 0
  }

  /// A right response at the maximum shares the point with all others there.
  var shared: Double {
    guard let top = rewards.max(), correct.contains(top) else { return 0 }
    return 1 / Double(rewards.count { $0 == top })
  }

  /// The items that have rewards, with their prompts numbered.
  ///
  /// - Throws: `EvaluationError.invalidRewards` for other shapes, rewards that are not finite, or no item.
  static func all(_ items: [BenchmarkItem], _ rewards: [[Float]?]) throws -> [ScoredItem] {
    guard items.count == rewards.count else {
      throw EvaluationError.invalidRewards(reason: "\(rewards.count) lists for \(items.count) items")
    }
    var prompts: [Conversation: Int] = [:]
    var scored: [ScoredItem] = []
    for (item, rewards) in zip(items, rewards) {
      guard let rewards else { continue }
      guard rewards.count == item.responses.count else {
        throw EvaluationError.invalidRewards(
          reason: "\(item.id) has \(item.responses.count) responses and \(rewards.count) rewards")
      }
      guard rewards.allSatisfy(\.isFinite) else {
        throw EvaluationError.invalidRewards(reason: "a reward of \(item.id) is not finite")
      }
      let prompt = prompts[item.conversation] ?? prompts.count
      prompts[item.conversation] = prompt
      scored.append(ScoredItem(item: item, rewards: rewards.map(Double.init), prompt: prompt))
    }
    guard !scored.isEmpty else { throw EvaluationError.invalidRewards(reason: "there is no item") }
    return scored
  }
}
