import DMoECore

/// When a run is ended because it learns nothing, or the wrong thing: what is otherwise found out too late.
public struct RunLimits: Sendable, Equatable, Codable {
  /// Steps in a row in which no group has rewards that differ; `nil` never ends a run for it.
  public var stepsWithoutVariance: Int? = 5
  /// Steps in a row in which every completion was cut off; of no effect where `PolicyObjective.masksTruncated` is off, since
  /// those are learned from then.
  public var stepsAllTruncated: Int? = 3
  /// The mean divergence from the reference, in nats a token, above which the run ends; of no effect without a penalty, since
  /// nobody measures it then.
  public var divergence: Double? = 2
  /// The mean entropy, in nats a token, below which the run ends: the policy writes one text.
  public var entropy: Double? = 0.01
  /// The share of completions without a reward above which the run ends.
  public var abstentions: Double? = 0.5

  /// These bounds.
  public init() {}

  /// - Throws: `CoreError.outOfRange` for the first bound that would end every run, or none.
  func validate() throws(CoreError) {
    for (name, steps) in [("stepsWithoutVariance", stepsWithoutVariance), ("stepsAllTruncated", stepsAllTruncated)] {
      if let steps, steps < 1 {
        throw .outOfRange("limits." + name, value: "\(steps)", allowed: "at least 1, or nothing for no bound")
      }
    }
    for (name, bound) in [("divergence", divergence), ("entropy", entropy), ("abstentions", abstentions)] {
      if let bound, !(bound >= 0 && bound.isFinite) {
        throw .outOfRange("limits." + name, value: "\(bound)", allowed: "at least 0, or nothing for no bound")
      }
    }
  }
}

/// The reason for which a run was ended.
public enum StopReason: Sendable, Equatable, Codable {
  /// All steps were taken.
  case finished
  /// In so many steps no two rewards of a group differed: the reward cannot tell the completions apart.
  case noVariance(steps: Int)
  /// In so many steps every completion was cut off: `maximumTokens` is too small, or the policy never ends a text.
  case allTruncated(steps: Int)
  /// The policy is too far from its reference, in nats a token.
  case divergence(Double)
  /// The policy has become certain of every token, in nats a token.
  case entropyCollapsed(Double)
  /// Too large a share of completions has no reward.
  case abstentions(Double)
}

extension StopReason: CustomStringConvertible {
  /// One sentence for the end of a run.
  public var description: String {
    switch self {
    case .finished: "all steps were taken"
    case .noVariance(let steps):
      "in \(steps) steps no two rewards of a group differed, so that nothing could be learned"
    case .allTruncated(let steps):
      "in \(steps) steps every completion was cut off: allow more tokens, or a policy that ends its texts"
    case .divergence(let nats): "the policy is \(nats) nats a token from its reference"
    case .entropyCollapsed(let nats): "the policy's entropy is \(nats) nats a token: it writes one text"
    case .abstentions(let share): "\(Int((100 * share).rounded())) % of completions have no reward"
    }
  }
}

/// Watches a run for reasons to end it.
struct RunWatch: Sendable, Equatable, Codable {
  private var withoutVariance = 0
  private var allTruncated = 0

  /// The reason to end the run after a step, if there is one.
  mutating func observe(_ step: PolicyStepMetrics, _ limits: RunLimits) -> StopReason? {
    withoutVariance = step.groupsWithVariance == 0 ? withoutVariance + 1 : 0
    allTruncated = step.truncated == 1 ? allTruncated + 1 : 0
    if let most = limits.abstentions, step.abstentions > most { return .abstentions(step.abstentions) }
    if let most = limits.stepsAllTruncated, allTruncated >= most { return .allTruncated(steps: allTruncated) }
    if let most = limits.stepsWithoutVariance, withoutVariance >= most { return .noVariance(steps: withoutVariance) }
    if let most = limits.divergence, let divergence = step.divergence, divergence > most {
      return .divergence(divergence)
    }
    if let least = limits.entropy, step.entropy < least { return .entropyCollapsed(step.entropy) }
    return nil
  }
}
