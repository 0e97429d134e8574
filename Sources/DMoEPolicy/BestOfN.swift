public import DMoEData
import DMoEModel

/// Samples of one conversation with their rewards, and the best of them.
///
/// ```swift
/// let chosen = try policy.best(of: 16, for: "Tell me a joke.", by: model)
/// print(chosen.best?.completion.text ?? "no reward for any of them")
/// ```
public struct BestOfN: Sendable, Equatable {
  /// A sample that was judged.
  public struct Candidate: Sendable, Equatable {
    /// What was written.
    public let completion: Completion
    /// How good it is; `nil` if the reward abstained.
    public let reward: Float?
  }

  /// All samples, in their order.
  public let candidates: [Candidate]

  /// The one with the greatest reward, the first of equals; `nil` if no sample has one.
  public var best: Candidate? {
    candidates.reduce(nil) { best, candidate in
      guard let reward = candidate.reward else { return best }
      guard let known = best?.reward, known >= reward else { return candidate }
      return best
    }
  }

  /// How many samples have no reward.
  public var abstentions: Int { candidates.count { $0.reward == nil } }
}

extension LanguageModel {
  /// Draws samples and lets a reward of any kind choose among them.
  ///
  /// - Parameters:
  ///   - count: How many samples.
  ///   - conversation: What is answered.
  ///   - options: How tokens are chosen, and where a text ends.
  ///   - rewards: One number a response, greater is better; `nil` or what is not finite is an abstention.
  /// - Throws: As `generate(_:count:options:)`; `PolicyError.rewardCount`; what `rewards` throws.
  public func best(
    of count: Int, for conversation: Conversation, options: GenerationOptions = GenerationOptions(),
    rewards: (Conversation, [String]) throws -> [Float?]
  ) throws -> BestOfN {
    let samples = try generate(conversation, count: count, options: options)
    let found = try rewards(conversation, samples.map(\.text))
    guard found.count == samples.count else {
      throw PolicyError.rewardCount(found: found.count, expected: samples.count)
    }
    return BestOfN(
      candidates: zip(samples, found).map { completion, reward in
        BestOfN.Candidate(completion: completion, reward: reward.flatMap { $0.isFinite ? $0 : nil })
      })
  }
}
