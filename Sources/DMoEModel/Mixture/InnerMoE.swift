import DMoECore
package import DMoEData

/// A mean and deviation of a category's rewards on its training data: they make the categories' rewards comparable.
public struct RewardNormalization: Sendable, Equatable, Codable {
  /// The mean of the raw rewards.
  public var mean: Float
  /// The standard deviation of the raw rewards.
  public var deviation: Float

  /// The normalization by this mean and deviation; the default leaves rewards as they are.
  public init(mean: Float = 0, deviation: Float = 1) {
    self.mean = mean
    self.deviation = deviation
  }

  /// The normalized reward: how many deviations the raw one lies from the mean.
  package func callAsFunction(_ raw: Float) -> Float { (raw - mean) / deviation }
}

/// The dense mixture of one task category: its base, its capability experts, and the aggregator over their states or a
/// rule that combines their rewards.
package struct InnerMoE: Sendable {
  /// The task category that it scores.
  package let category: TaskCategory
  /// Phase 1; used alone until the experts' states or rewards are brought together.
  package var base: Expert
  /// Phase 2, in the order of the category's points; `nil` until trained. Each includes the base's adapter.
  package var experts: [Expert?]
  /// Phase 3.
  package var aggregator: Aggregator?
  /// The numbers that bring its rewards to the scale of the other categories'.
  package var normalization = RewardNormalization()
  /// The normalizations of every expert's own rewards, in the order of the points: what makes them comparable with each
  /// other; `nil` if it was not recorded, and no rule may combine them.
  package var expertNormalizations: [RewardNormalization]?
  /// Makes one reward of the experts' own; `nil` leaves that to the aggregator.
  package var combination: RewardCombination?
  /// Whether phase 1 has been trained or read.
  package var isBaseTrained = false

  /// A mixture of a category with its base and no expert yet.
  package init(category: TaskCategory, base: Expert) {
    self.category = category
    self.base = base
    experts = Array(repeating: nil, count: category.points.count)
    expertNormalizations = Array(repeating: RewardNormalization(), count: category.points.count)
  }

  /// The experts, if all are there.
  package var completeExperts: [Expert]? {
    let all = experts.compactMap { $0 }
    return all.isEmpty || all.count < experts.count ? nil : all
  }

  /// Whether rewards come from all experts and not from the base alone.
  package var isMixing: Bool { (aggregator != nil || combination != nil) && completeExperts != nil }

  /// The experts that a reward is made of now: every expert's state, or the base's.
  package var activeExperts: [Expert] { isMixing ? completeExperts ?? [base] : [base] }

  /// Raw rewards from the states of the active experts, where no rule combines their own.
  ///
  /// Shapes: states [experts · rows, hidden], expert after expert -> rewards [rows, 1].
  func rewards(_ graph: Graph, _ states: Variable) -> Variable {
    guard isMixing, let aggregator else { return base.head(graph, states) }
    return aggregator(graph, graph.concatenateBlocks(states, blocks: experts.count))
  }
}
