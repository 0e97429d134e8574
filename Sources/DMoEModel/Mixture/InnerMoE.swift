import DMoECore
package import DMoEData

/// The dense mixture of one task category: what makes one reward of the hidden states of a response.
package struct InnerMoE: Sendable {
  /// How far a category has come, with all that it has at that point.
  package enum Stage: Sendable {
    /// Nothing is trained: the base is as it was drawn.
    case untrained(Expert)
    /// The base gives the reward. Some of the capability experts may be trained, in the order of the points; all of
    /// them, where nothing brings them together.
    case base(Expert, experts: [CapabilityExpert?])
    /// The capability experts give the reward.
    case mixture(Mixture)
  }

  /// All experts of a category, with what makes one reward of them.
  package struct Mixture: Sendable {
    /// What the experts were trained on top of.
    package var base: Expert
    /// One a capability point, in the order of the points. Each includes the base's adapter.
    package var experts: [Expert]
    /// Makes one reward of the experts' states.
    package var head: Head
  }

  /// What makes one reward of the states of all experts.
  package enum Head: Sendable {
    /// An aggregator over the states, side by side. The scales are those of the experts' own rewards, for a rule to be
    /// put in its place; bundles from before they were recorded have none.
    case aggregator(Aggregator, scales: [RewardNormalization]?)
    /// A rule over the experts' own rewards, each on its scale; it may stand in place of an aggregator.
    case rule(RewardCombination, scales: [RewardNormalization], aggregator: Aggregator?)
  }

  /// The task category that it scores.
  package let category: TaskCategory
  /// The numbers that bring its rewards to the scale of the other categories'; of no use to a rule, whose experts have
  /// scales of their own.
  package var normalization = RewardNormalization()
  /// How far it has come.
  package internal(set) var stage: Stage

  /// A mixture of which nothing is trained.
  package init(untrained category: TaskCategory, base: Expert) {
    self.category = category
    stage = .untrained(base)
  }

  /// A mixture with a trained base, and what there is on top of it.
  ///
  /// - Parameters:
  ///   - experts: One a capability point, or `nil` until it is trained; an empty list means none.
  ///   - combination: The rule that makes the reward once all experts are there.
  /// - Throws: `ModelError.invalidModel` for an aggregator without every expert, or a rule over experts without scales.
  package init(
    category: TaskCategory, base: Expert, experts: [CapabilityExpert?] = [], aggregator: Aggregator? = nil,
    normalization: RewardNormalization = RewardNormalization(), combination: RewardCombination? = nil
  ) throws {
    self.category = category
    self.normalization = normalization
    stage = .base(base, experts: experts.isEmpty ? category.points.map { _ in nil } : experts)
    try bringTogether(aggregator, combination)
  }
}

/// A capability expert with the scale of its own rewards.
package struct CapabilityExpert: Sendable {
  /// The expert; it includes the adapter of the base that it was trained on.
  package var expert: Expert
  /// The mean and deviation of its rewards on its training data; `nil` if they were not recorded, and no rule may combine
  /// them with others.
  package var scale: RewardNormalization?

  /// An expert with its scale.
  package init(_ expert: Expert, scale: RewardNormalization?) {
    self.expert = expert
    self.scale = scale
  }
}

extension InnerMoE {
  /// Phase 1: what rewards come from alone until experts are brought together.
  package internal(set) var base: Expert {
    get {
      switch stage {
      case .untrained(let base), .base(let base, _): base
      case .mixture(let mixture): mixture.base
      }
    }
    set {
      switch stage {
      case .untrained: stage = .untrained(newValue)
      case .base(_, let experts): stage = .base(newValue, experts: experts)
      case .mixture(var mixture):
        mixture.base = newValue
        stage = .mixture(mixture)
      }
    }
  }

  /// Phase 2: the capability experts with their scales, in the order of the points; `nil` until trained.
  package var experts: [CapabilityExpert?] {
    switch stage {
    case .untrained: category.points.map { _ in nil }
    case .base(_, let experts): experts
    case .mixture(let mixture):
      mixture.experts.enumerated().map { place, expert in
        CapabilityExpert(expert, scale: mixture.head.scales.map { $0[place] })
      }
    }
  }

  /// The experts, if there are any and none is missing.
  package var completeExperts: [Expert]? {
    let all = experts.compactMap { $0?.expert }
    return all.isEmpty || all.count < experts.count ? nil : all
  }

  /// The scales of the experts' own rewards, in the order of the points, 0 and 1 for one that is not trained; `nil` if
  /// that of an expert was not recorded.
  package var expertScales: [RewardNormalization]? {
    let scales = experts.compactMap { expert in expert.map { $0.scale } ?? RewardNormalization() }
    return scales.count == experts.count ? scales : nil
  }

  /// Phase 3, whether or not a rule stands in its place.
  package var aggregator: Aggregator? {
    switch stage {
    case .untrained, .base: nil
    case .mixture(let mixture):
      switch mixture.head {
      case .aggregator(let aggregator, _): aggregator
      case .rule(_, _, let aggregator): aggregator
      }
    }
  }

  /// Whether phase 1 has been trained or read.
  package var isBaseTrained: Bool { if case .untrained = stage { false } else { true } }

  /// Whether rewards come from all experts and not from the base alone.
  package var isMixing: Bool { if case .mixture = stage { true } else { false } }

  /// Makes the experts that are there one: by the rule, if there is one, else by the aggregator.
  ///
  /// - Throws: `ModelError.invalidModel` for an aggregator without every expert, or a rule over experts without scales.
  mutating func bringTogether(_ aggregator: Aggregator?, _ combination: RewardCombination?) throws {
    guard isBaseTrained else { return }
    let (base, own) = (base, experts)
    guard let complete = completeExperts else {
      guard aggregator == nil else {
        throw ModelError.invalidModel(reason: "\(category.id) has an aggregator, but not every expert")
      }
      stage = .base(base, experts: own)
      return
    }
    let scales = expertScales
    if let combination {
      guard let scales else {
        throw ModelError.invalidModel(reason: "\(category.id) does not say on which scales its experts' rewards are")
      }
      stage = .mixture(
        Mixture(
          base: base, experts: complete, head: .rule(combination, scales: scales, aggregator: aggregator)))
    } else if let aggregator {
      stage = .mixture(Mixture(base: base, experts: complete, head: .aggregator(aggregator, scales: scales)))
    } else {
      stage = .base(base, experts: own)
    }
  }
}

extension InnerMoE.Head {
  /// The scales of the experts' own rewards, in the order of the points.
  fileprivate var scales: [RewardNormalization]? {
    switch self {
    case .aggregator(_, let scales): scales
    case .rule(_, let scales, _): scales
    }
  }
}
