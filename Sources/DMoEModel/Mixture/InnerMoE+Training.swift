extension InnerMoE {
  /// The rule that makes the reward; `nil` where none does.
  var combination: RewardCombination? {
    if case .mixture(let mixture) = stage, case .rule(let combination, _, _) = mixture.head { combination } else { nil }
  }

  /// Takes a trained base; experts that are there stay.
  ///
  /// - Parameter normalization: The scale of its rewards; `nil` leaves what there is.
  mutating func install(base: Expert, normalization: RewardNormalization?) {
    if case .untrained = stage {
      stage = .base(base, experts: category.points.map { _ in nil })
    } else {
      self.base = base
    }
    if let normalization { self.normalization = normalization }
  }

  /// Takes a trained expert of a point; with the last one a rule, if there is one, makes the rewards from here on.
  ///
  /// - Throws: `ModelError.invalidModel` if the base is not trained, or for a rule over experts without scales.
  mutating func install(
    _ expert: CapabilityExpert, point: Int, combination: RewardCombination?
  ) throws {
    guard isBaseTrained else {
      throw ModelError.invalidModel(reason: "\(category.id) has an expert, but its base is not trained")
    }
    let kept = aggregator
    var all = experts
    all[point] = expert
    stage = .base(base, experts: all)
    try bringTogether(kept, combination)
  }

  /// Takes a trained aggregator.
  ///
  /// - Throws: `ModelError.invalidModel` if an expert is missing.
  mutating func install(
    _ aggregator: Aggregator, normalization: RewardNormalization?, combination: RewardCombination?
  ) throws {
    guard isBaseTrained else {
      throw ModelError.invalidModel(reason: "\(category.id) has an aggregator, but its base is not trained")
    }
    try bringTogether(aggregator, combination)
    if let normalization { self.normalization = normalization }
  }

  /// The mixture as phase 1 left it, without experts.
  ///
  /// The base's rewards are raw where the normalization is the aggregator's.
  var withBaseAlone: InnerMoE {
    guard isBaseTrained else { return self }
    var result = self
    if aggregator != nil { result.normalization = RewardNormalization() }
    result.stage = .base(base, experts: category.points.map { _ in nil })
    return result
  }
}
