package import DMoEData
package import DMoEModel

/// How much work the phases of a run are, as far as it can be told before: bytes of text that are read, where a gradient step
/// counts three times what scoring does (forward, and backward to activations and to weights).
struct PhaseCosts {
  private static let gradient = 3.0

  let configuration: TrainingConfiguration
  let data: TrainingData
  let model: RewardModel.Configuration

  /// The cost of a phase.
  func cost(of phase: TrainingPhase) -> Double {
    let taxonomy = model.taxonomy
    switch phase {
    case .router:
      // Every conversation is read once.
      return taxonomy.categories.reduce(0) { $0 + Self.size(data.overall(of: $1.id, .whole).training) }
    case .sharedHead:
      // Every sample that names a category is read once.
      return taxonomy.categories.reduce(0) { $0 + Self.size(data.base(of: $1).training) }
    case .sharedBase:
      return cost(
        of: data.overall(.base, includingUncategorized: configuration.data.unlabeled != .drop), configuration.base)
    case .base(let id):
      guard let category = taxonomy[id] else { return 0 }
      return cost(
        of: data.base(
          of: category, isFallback: model.isFallback(id),
          includingUncategorized: configuration.data.unlabeled != .drop), configuration.base)
    case .expert(let category, let point):
      return cost(of: data.labels(of: category, point: point), configuration.expert)
    case .aggregator(let category):
      // The experts read every response once; the steps are over what they gave.
      return Self.size(data.overall(of: category, .aggregator).training) * Double(taxonomy[category]?.points.count ?? 1)
    }
  }

  private func cost(of samples: PhaseData<RankedResponses>, _ settings: PhaseTraining) -> Double {
    let count = samples.training.count
    guard count > 0 else { return 0 }
    let read = settings.plannedSteps(samples: count) * settings.batchSize(samples: count)
    return Self.gradient * Double(read) * Self.size(samples.training) / Double(count)
  }

  private static func size(_ samples: [RankedResponses]) -> Double {
    samples.reduce(0) { sum, sample in
      let turns = sample.conversation.turns.reduce(0) { $0 + $1.content.utf8.count }
      return sum + Double(turns + sample.responses.reduce(0) { $0 + $1.utf8.count })
    }
  }
}

extension TrainingPipeline {
  /// How much work a run is, in the unit of its phases' costs: to compare runs.
  ///
  /// - Parameters:
  ///   - samples: Preferences, overall and by capability point.
  ///   - prompts: More prompts with categories for the router.
  ///   - model: The configuration of the model.
  /// - Throws: what dividing the samples throws.
  package func cost(
    of samples: [RankedResponses], prompts: [CategorizedPrompt], _ model: RewardModel.Configuration
  ) throws -> Double {
    let own = try configuration.taking(samples, for: model.taxonomy)
    let costs = PhaseCosts(
      configuration: configuration, data: try TrainingData(own, prompts: prompts, configuration), model: model)
    return PhasePlan(model.taxonomy, configuration).names.reduce(0) { $0 + costs.cost(of: $1) }
  }
}
