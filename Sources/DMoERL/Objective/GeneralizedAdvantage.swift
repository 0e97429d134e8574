/// Advantages of tokens from rewards and values at every token (GAE; Schulman et al., 1506.02438), as PPO takes them.
public struct GeneralizedAdvantage: Sendable, Equatable, Codable {
  /// What a reward one token later is worth.
  public var discount = 1.0
  /// How far a token's advantage looks beyond the value of the next token: 1 sums all rewards, 0 trusts the values.
  public var lambda = 0.95
  /// Whether the advantages of a step get mean 0 and deviation 1 over all its tokens.
  public var whitens = true

  /// The values of TRL's PPO.
  public init() {}

  /// Advantages and returns of one completion.
  ///
  /// δ_t = r_t + γ V_{t+1} − V_t with V = 0 after the last token; A_t = δ_t + γ λ A_{t+1}; the return is A_t + V_t.
  ///
  /// Shapes: rewards and values [tokens] -> the same.
  public func advantages(rewards: [Double], values: [Double]) -> (advantages: [Double], returns: [Double]) {
    precondition(rewards.count == values.count, "advantages: \(rewards.count) rewards, \(values.count) values")
    var advantages = [Double](repeating: 0, count: rewards.count)
    var (next, nextValue) = (0.0, 0.0)
    for t in rewards.indices.reversed() {
      next = rewards[t] + discount * nextValue - values[t] + discount * lambda * next
      nextValue = values[t]
      advantages[t] = next
    }
    return (advantages, zip(advantages, values).map(+))
  }

  /// Advantages with mean 0 and deviation 1 over all tokens of a batch, as PPO implementations whiten them.
  public static func whitened(_ advantages: [[Double]]) -> [[Double]] {
    let all = advantages.flatMap { $0 }
    guard all.count > 1 else { return advantages }
    let mean = all.reduce(0, +) / Double(all.count)
    let variance = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.count - 1)
    let inverse = 1 / (variance + 1e-8).squareRoot()
    return advantages.map { $0.map { ($0 - mean) * inverse } }
  }
}
