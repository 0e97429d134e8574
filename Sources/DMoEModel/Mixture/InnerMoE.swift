package import DMoECore
package import DMoEData

/// Mean and deviation of a category's rewards on its training data: they make the categories' rewards comparable.
public struct RewardNormalization: Sendable, Equatable, Codable {
  public var mean: Float
  public var deviation: Float

  public init(mean: Float = 0, deviation: Float = 1) {
    self.mean = mean
    self.deviation = deviation
  }

  package func callAsFunction(_ raw: Float) -> Float { (raw - mean) / deviation }
}

/// The dense mixture of one task category: its base, its capability experts and the aggregator over them.
package struct InnerMoE: Sendable {
  package let category: TaskCategory
  /// Phase 1; used alone until the aggregator is trained.
  package var base: Expert
  /// Phase 2, in the order of the category's points; `nil` until trained. Each includes the base's adapter.
  package var experts: [Expert?]
  /// Phase 3.
  package var aggregator: Aggregator?
  package var normalization = RewardNormalization()
  /// Whether phase 1 has been trained or read.
  package var isBaseTrained = false

  package init(category: TaskCategory, base: Expert) {
    self.category = category
    self.base = base
    experts = Array(repeating: nil, count: category.points.count)
  }

  /// The experts, if all are there.
  package var completeExperts: [Expert]? {
    let all = experts.compactMap { $0 }
    return all.isEmpty || all.count < experts.count ? nil : all
  }

  /// What a reward is made of now: every expert's state if the aggregator is there, else the base's.
  package var activeExperts: [Expert] { aggregator == nil ? [base] : completeExperts ?? [base] }

  /// Raw rewards from the states of the active experts.
  ///
  /// Shapes: states [experts · rows, hidden], expert after expert -> rewards [rows, 1].
  package func rewards(_ graph: Graph, _ states: Variable) -> Variable {
    guard let aggregator else { return base.head(graph, states) }
    return aggregator(graph, graph.concatenateBlocks(states, blocks: experts.count))
  }
}
