public import DMoECore
public import DMoEData
public import DMoEModel
import Foundation

/// The accuracy of a router: how often it sends a prompt to the prompt's own task category.
public struct RouterEvaluation: Sendable, Hashable, Codable {
  /// The accuracy on one category.
  public struct Category: Sendable, Hashable, Codable {
    /// The identifier of the category.
    public let name: String
    /// The share of its prompts that are routed to it.
    public let recall: Proportion
    /// The share of prompts routed to it that are its own.
    public let precision: Proportion
  }

  /// Recall and precision of every category, in the order of the router's outputs.
  public let categories: [Category]
  /// Prompts by true category (row), then by routed category (column), in the order of `categories`.
  public let confusion: [[Int]]
  /// The share of prompts that are routed to their own category.
  public let accuracy: Proportion
  /// The same if every prompt went to the most common category.
  public let mostCommon: Proportion
  /// Mean of −log of the true category's probability, in nats, no probability below 1e-9; nil without prompts.
  public let meanLogLoss: Double?
  /// The number of prompts left out because their category is unknown or not the router's.
  public let unlabeledPrompts: Int

  /// Evaluates routing that is known already.
  ///
  /// - Parameters:
  ///   - prompts: The prompts with their categories.
  ///   - decisions: One a prompt, with a probability for every category.
  ///   - categories: The identifiers in the order of the router's outputs.
  /// - Throws: `EvaluationError.invalidRewards` if numbers do not fit.
  public init(prompts: [CategorizedPrompt], decisions: [RoutingDecision], categories: [String]) throws {
    try self.init(prompts: prompts, decisions: decisions, categories: categories, unlabeled: 0)
  }

  init(
    prompts: [CategorizedPrompt], decisions: [RoutingDecision], categories: [String], unlabeled: Int
  ) throws {
    guard prompts.count == decisions.count else {
      throw EvaluationError.invalidRewards(reason: "\(decisions.count) routing decisions for \(prompts.count) prompts")
    }
    var confusion = categories.map { _ in [Int](repeating: 0, count: categories.count) }
    var loss = 0.0
    var count = 0
    for (index, (prompt, decision)) in zip(prompts, decisions).enumerated() {
      guard let truth = prompt.category.flatMap({ categories.firstIndex(of: $0) }) else { continue }
      guard let routed = categories.firstIndex(of: decision.category), decision.probabilities.count == categories.count
      else {
        throw EvaluationError.invalidRewards(reason: "routing decision \(index) is of other categories")
      }
      confusion[truth][routed] += 1
      loss -= log(max(1e-9, Double(decision.probabilities[truth])))
      count += 1
    }
    let right = categories.indices.map { confusion[$0][$0] }
    let rows = confusion.map { $0.reduce(0, +) }
    self.categories = categories.indices.map { index in
      Category(
        name: categories[index], recall: Proportion(successes: Double(right[index]), total: rows[index]),
        precision: Proportion(
          successes: Double(right[index]), total: confusion.reduce(0) { $0 + $1[index] }))
    }
    self.confusion = confusion
    accuracy = Proportion(successes: Double(right.reduce(0, +)), total: count)
    mostCommon = Proportion(successes: Double(rows.max() ?? 0), total: count)
    meanLogLoss = count > 0 ? loss / Double(count) : nil
    unlabeledPrompts = unlabeled + prompts.count - count
  }
}

extension RewardModel {
  /// Routes prompts whose category is known and says how often the router is right.
  ///
  /// - Parameter progress: Called with the prompts routed so far and their number.
  /// - Throws: What `routes` throws.
  public func evaluateRouter(
    prompts: [CategorizedPrompt], progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> RouterEvaluation {
    try evaluateRouter(prompts: prompts, over: SingleRank(), progress: progress)
  }

  /// The same by several ranks, which share out the prompts.
  ///
  /// - Parameters:
  ///   - prompts: The prompts with their categories, the same on every rank.
  ///   - ranks: The ranks.
  ///   - progress: Called with the prompts of this rank routed so far and their number.
  /// - Throws: What `routes` throws, here or on another rank.
  @_spi(Command) public func evaluateRouter(
    prompts: [CategorizedPrompt], over ranks: any Communicator,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> RouterEvaluation {
    let categories = configuration.taxonomy.categories.map(\.id)
    let known = prompts.filter { $0.category.map(categories.contains) ?? false }
    let conversations = Distinct(known.map(\.conversation))
    let (count, size) = (conversations.values.count, 32)
    let decisions = try ranks.sharing((count + size - 1) / size, as: [RoutingDecision].self) { number in
      defer { progress(min(count, (number + 1) * size), count) }
      return try routes(Array(conversations.values[number * size..<min(count, (number + 1) * size)]))
    }.flatMap { $0 }
    return try RouterEvaluation(
      prompts: known, decisions: conversations.spread(decisions), categories: categories,
      unlabeled: prompts.count - known.count)
  }
}
