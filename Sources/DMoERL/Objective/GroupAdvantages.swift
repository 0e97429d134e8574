import Foundation

/// The advantages of a batch of completions, and what can be said of its groups.
///
/// ```swift
/// let groups: [[Float?]] = [[1, 0, nil, 0.5], [0.2, 0.2, 0.2, 0.2]]
/// let advantages = try GroupAdvantages(rewards: groups, by: .group(.group))
/// print(advantages.values[0][2] as Any, advantages.groupsWithoutVariance)   // nil 1
/// ```
public struct GroupAdvantages: Sendable, Equatable {
  /// The advantage of every completion, group by group; `nil` where there was no reward, or nothing to compare it with. Of
  /// `AdvantageEstimator.generalized` it is the reward: what was expected is a matter of tokens.
  public let values: [[Double?]]
  /// How many completions have no reward.
  public let abstentions: Int
  /// How many groups have two rewards or more, which are all equal: they teach nothing.
  public let groupsWithoutVariance: Int
  /// How many groups have fewer than two rewards.
  public let groupsTooSmall: Int

  /// Added to a standard deviation before it divides, as in TRL.
  public static let epsilon = 1e-4

  /// Compares the rewards of each group.
  ///
  /// A completion without a reward is left out of every mean and deviation; its advantage is `nil`, never 0. Deviations are
  /// those of a sample (n − 1).
  ///
  /// - Parameters:
  ///   - rewards: Group by group, the completions of one prompt each; `nil` where the reward abstained or failed.
  ///   - estimator: How a reward is compared.
  /// - Throws: `RLError.rewardNotFinite`.
  public init(rewards: [[Float?]], by estimator: AdvantageEstimator) throws(RLError) {
    for (group, rewards) in rewards.enumerated() {
      for (index, reward) in rewards.enumerated() where reward.map({ !$0.isFinite }) ?? false {
        throw .rewardNotFinite(prompt: group, completion: index)
      }
    }
    let all = rewards.map { $0.map { $0.map(Double.init) } }
    abstentions = all.reduce(0) { $0 + $1.count { $0 == nil } }
    groupsTooSmall = all.count { $0.count { $0 != nil } < 2 }
    groupsWithoutVariance = all.count { group in
      let known = group.compactMap { $0 }
      return known.count > 1 && known.allSatisfy { $0 == known[0] }
    }
    let batch = Moments(all.flatMap { $0.compactMap { $0 } })
    values = all.map { group in
      let own = Moments(group.compactMap { $0 })
      return group.map { $0.flatMap { estimator.advantage(of: $0, group: own, batch: batch) } }
    }
  }
}

/// Count, mean and sample deviation.
private struct Moments {
  let count: Int
  let mean: Double
  let deviation: Double

  init(_ values: [Double]) {
    count = values.count
    let mean = count > 0 ? values.reduce(0, +) / Double(count) : 0
    self.mean = mean
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    deviation = count > 1 ? (squares / Double(count - 1)).squareRoot() : 0
  }
}

extension AdvantageEstimator {
  /// Nil where there is nothing to compare with.
  fileprivate func advantage(of reward: Double, group: Moments, batch: Moments) -> Double? {
    switch self {
    case .group(let scale):
      guard group.count > 1 else { return nil }
      let difference = reward - group.mean
      return switch scale {
      case .group: difference / (group.deviation + GroupAdvantages.epsilon)
      case .batch: difference / (batch.deviation + GroupAdvantages.epsilon)
      case .none: difference
      }
    case .leaveOneOut:
      guard group.count > 1 else { return nil }
      // r - mean of the others = (r - mean of all) n / (n - 1).
      return (reward - group.mean) * Double(group.count) / Double(group.count - 1)
    case .batchMean: return batch.count > 1 ? reward - batch.mean : nil
    case .generalized: return reward
    }
  }
}
