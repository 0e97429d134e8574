/// A policy before and after training, on the same prompts.
public struct PolicyComparison: Sendable, Equatable, Codable {
  /// Before training.
  public let before: PolicyEvaluation
  /// After it.
  public let after: PolicyEvaluation

  /// A comparison of two evaluations.
  ///
  /// - Throws: `RLError.incomparable` for other prompts or judges.
  public init(before: PolicyEvaluation, after: PolicyEvaluation) throws(RLError) {
    guard before.judges == after.judges else { throw .incomparable("judges") }
    guard before.answers.map(\.prompt) == after.answers.map(\.prompt) else { throw .incomparable("prompts") }
    self.before = before
    self.after = after
  }

  /// What one judge says of the training.
  public struct Verdict: Sendable, Equatable, Codable {
    /// The judge's name.
    public let judge: String
    /// Its mean reward before training; `nil` if it abstained from all.
    public let before: PolicyEvaluation.Mean?
    /// Its mean reward after it.
    public let after: PolicyEvaluation.Mean?
    /// The mean over prompts of the difference, for prompts that have both.
    public let gain: PolicyEvaluation.Mean?
    /// The share of prompts that are answered better after training, of those that have a reward before and after; equal ones
    /// count half; `nil` if there is none.
    public let better: Double?
    /// The share of texts that it abstained from before training; what has no reward is in no mean.
    public let abstainedBefore: Double
    /// The same after it.
    public let abstainedAfter: Double
  }

  /// What each judge says.
  public var verdicts: [Verdict] {
    before.judges.indices.map { judge in
      let gains = gains(by: judge).compactMap { $0 }
      return Verdict(
        judge: before.judges[judge], before: before.reward(by: judge), after: after.reward(by: judge),
        gain: PolicyEvaluation.Mean(of: gains),
        better: gains.isEmpty ? nil : gains.map { $0 > 0 ? 1 : $0 < 0 ? 0 : 0.5 }.mean,
        abstainedBefore: before.abstentions(by: judge), abstainedAfter: after.abstentions(by: judge))
    }
  }

  /// The places of prompts that show what happened: those whose gain by the first judge is nearest to a sixth, a half and
  /// five sixths of the way from the least to the greatest, not the best there are.
  ///
  /// - Parameter count: How many.
  public func examples(_ count: Int = 3) -> [Int] {
    guard !before.judges.isEmpty else { return Array(before.answers.indices.prefix(count)) }
    let gains = gains(by: 0)
    let order = gains.indices.filter { gains[$0] != nil }.sorted { (gains[$0] ?? 0, $0) < (gains[$1] ?? 0, $1) }
    guard order.count > count else { return order }
    return (0..<count).map { order[(2 * $0 + 1) * order.count / (2 * count)] }
  }

  /// The gain of every prompt; `nil` where the judge abstained.
  func gains(by judge: Int) -> [Double?] {
    zip(before.answers, after.answers).map { before, after in
      guard let old = before.reward(by: judge), let new = after.reward(by: judge) else { return nil }
      return new - old
    }
  }
}
