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
  /// The same rewards with their reasons, where a type knows any: what metrics tell of.
  ///
  /// - Parameters:
  ///   - prompt: The conversation that was answered.
  ///   - completions: The texts, without end tokens.
  func judgments(prompt: Conversation, completions: [String]) async throws -> [RewardJudgment]
}

extension RewardFunction {
  /// The name.
  public var identity: String { name }

  /// The rewards, without reasons.
  public func judgments(prompt: Conversation, completions: [String]) async throws -> [RewardJudgment] {
    try await rewards(prompt: prompt, completions: completions).map(RewardJudgment.init(reward:))
  }
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
