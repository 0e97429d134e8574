public import DMoEData

/// A judge of completions: a reward model, a rule, a remote judge, a closure.
///
/// ```swift
/// let brief = RewardClosure("brief") { prompt, completions in completions.map { -Float($0.count) / 100 } }
/// ```
public protocol RewardFunction: Sendable {
  /// The name that metrics are told under.
  var name: String { get }
  /// What tells it from other functions, so that a run goes on with the same reward only; the name unless a type knows better.
  var identity: String { get }
  /// The rewards of the completions of one prompt, in their order; `nil` where none can be given. What fails for one
  /// completion is an abstention, never a number; what fails for all is thrown.
  ///
  /// - Parameters:
  ///   - prompt: The conversation that was answered.
  ///   - completions: The texts, without end tokens.
  func rewards(prompt: Conversation, completions: [String]) async throws -> [Float?]
}

extension RewardFunction {
  /// The name.
  public var identity: String { name }
}

/// A reward function made of a closure.
public struct RewardClosure: RewardFunction {
  /// The name that metrics are told under.
  public let name: String
  private let body: @Sendable (Conversation, [String]) async throws -> [Float?]

  /// A reward function of this name.
  public init(_ name: String, _ body: @escaping @Sendable (Conversation, [String]) async throws -> [Float?]) {
    self.name = name
    self.body = body
  }

  /// What the closure gives.
  public func rewards(prompt: Conversation, completions: [String]) async throws -> [Float?] {
    try await body(prompt, completions)
  }
}

/// Several reward functions as one: the weighted sum of those that answered.
public struct WeightedRewards: RewardFunction {
  /// The name that metrics are told under.
  public let name: String
  private let parts: [(function: any RewardFunction, weight: Float)]

  /// The sum of these.
  public init(_ name: String, _ parts: [(function: any RewardFunction, weight: Float)]) {
    self.name = name
    self.parts = parts
  }

  /// Those of its parts with their weights.
  public var identity: String {
    name + parts.map { " \($0.weight)*\($0.function.identity)" }.joined()
  }

  /// The sums; `nil` where one of the functions gave no reward: a sum of fewer terms is no sum to compare with.
  public func rewards(prompt: Conversation, completions: [String]) async throws -> [Float?] {
    var sums = [Float?](repeating: 0, count: completions.count)
    for (function, weight) in parts {
      let rewards = try await function.rewards(prompt: prompt, completions: completions)
      guard rewards.count == completions.count else {
        throw RLError.rewardCount(name: function.name, count: rewards.count, expected: completions.count)
      }
      for (index, reward) in rewards.enumerated() {
        sums[index] = sums[index].flatMap { sum in reward.map { sum + weight * $0 } }
      }
    }
    return sums
  }
}
