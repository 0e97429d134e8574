import DMoEData

extension RewardFunction {
  /// What it says of the completions, one judgment each.
  ///
  /// - Throws: What the function throws; `RLError.rewardCount`.
  func countedJudgments(prompt: Conversation, completions: [String]) async throws -> [RewardJudgment] {
    let found = try await judgments(prompt: prompt, completions: completions)
    try check(found.count, of: completions)
    return found
  }

  /// The rewards, one a completion, each finite or missing.
  ///
  /// - Parameter place: Which prompt it is, for the error.
  /// - Throws: What the function throws; `RLError.rewardCount`, `.rewardNotFinite`.
  func checkedRewards(prompt: Conversation, _ completions: [String], place: Int) async throws -> [Float?] {
    let found = try await rewards(prompt: prompt, completions: completions)
    try check(found.count, of: completions)
    if let bad = found.firstIndex(where: { $0.map { !$0.isFinite } ?? false }) {
      throw RLError.rewardNotFinite(prompt: place, completion: bad)
    }
    return found
  }

  private func check(_ count: Int, of completions: [String]) throws(RLError) {
    guard count == completions.count else {
      throw .rewardCount(name: name, count: count, expected: completions.count)
    }
  }
}
