public import DMoEData

/// Several reward functions as one: the weighted sum of what they say.
///
/// ```swift
/// let brief = RewardClosure("brief") { _, texts in texts.map { -Float($0.count) / 100 } }
/// let polite = RewardClosure("polite") { _, texts in texts.map { $0.contains("please") ? 1 : 0 } }
/// let both = WeightedRewards("both", [.init(brief, weight: 0.3), .init(polite, weight: 0.7)])
/// ```
public struct WeightedRewards: RewardFunction {
  /// One of the functions with its weight.
  public struct Part: Sendable {
    /// The name that metrics are told under.
    public let name: String
    /// What it is that judges.
    public let function: any RewardFunction
    /// What its reward is multiplied by.
    public let weight: Float

    /// A part of this weight, by the function's own name unless it is given another.
    public init(_ function: any RewardFunction, weight: Float, name: String? = nil) {
      (self.function, self.weight, self.name) = (function, weight, name ?? function.name)
    }
  }

  /// The name that metrics are told under.
  public let name: String
  private let parts: [Part]

  /// The sum of these.
  public init(_ name: String, _ parts: [Part]) {
    self.name = name
    self.parts = parts
  }

  /// Those of its parts with their weights.
  public var identity: String {
    name + parts.map { " \($0.weight)*\($0.function.identity)" }.joined()
  }

  /// The sums; `nil` where one of the functions gave no reward: a sum of fewer terms is no sum to compare with.
  public func rewards(prompt: Conversation, completions: [String]) async throws -> [Float?] {
    try await judgments(prompt: prompt, completions: completions).map(\.reward)
  }

  /// The sums with what each function says, and with its reasons under its name; the most that one of them doubts, and the
  /// deviation of its experts that counts most.
  public func judgments(prompt: Conversation, completions: [String]) async throws -> [RewardJudgment] {
    var sums = completions.map { _ in RewardJudgment(reward: 0) }
    for (place, part) in parts.enumerated() {
      let own = try await part.function.countedJudgments(prompt: prompt, completions: completions)
      // Of two of one name the second is told apart by its number.
      let isTaken = parts[..<place].contains { $0.name == part.name }
      let name = isTaken ? "\(part.name) (\(place + 1))" : part.name
      for index in own.indices { sums[index].add(own[index], weight: part.weight, name: name) }
    }
    return sums
  }
}

extension RewardJudgment {
  /// Takes up what one function of a sum says.
  fileprivate mutating func add(_ other: RewardJudgment, weight: Float, name: String) {
    reward = reward.flatMap { sum in other.reward.map { sum + weight * $0 } }
    parts[name] = other.reward
    for (part, value) in other.parts { parts[name + "/" + part] = value }
    if let apart = other.disagreement { disagreement = max(disagreement ?? 0, weight.magnitude * apart) }
    if let doubt = other.routerDoubt { routerDoubt = max(routerDoubt ?? 0, doubt) }
  }
}
