@_spi(Command) import DMoEData
import DMoEModel

/// A run's samples and prompts, of which every phase takes its share.
struct TrainingData {
  /// A share of a category's prompts.
  enum Share {
    /// The base's.
    case base
    /// The aggregator's.
    case aggregator
    /// Both.
    case whole

    fileprivate var parts: [(training: PhaseSplit.Part, validation: PhaseSplit.Part)] {
      switch self {
      case .base: [(.baseTraining, .baseValidation)]
      case .aggregator: [(.aggregatorTraining, .aggregatorValidation)]
      case .whole: Share.base.parts + Share.aggregator.parts
      }
    }
  }

  private var samples: [RankedResponses]
  private let prompts: [CategorizedPrompt]
  private let split: PhaseSplit

  /// - Throws: `DataError.invalidFractions`.
  init(
    _ samples: [RankedResponses], prompts: [CategorizedPrompt] = [], _ configuration: TrainingConfiguration
  ) throws {
    self.samples = configuration.categorized(samples)
    self.prompts = configuration.categorized(prompts)
    split = try configuration.split()
  }

  /// The overall preferences of a category.
  func overall(of category: String, _ share: Share) -> PhaseData<RankedResponses> {
    overall(samples.filter { $0.category == category }, share)
  }

  /// The overall preferences of all categories, in their order, and those without a category if they are wanted.
  func overall(_ share: Share, includingUncategorized: Bool) -> PhaseData<RankedResponses> {
    overall(samples.filter { $0.category != nil || includingUncategorized }, share)
  }

  /// The overall preferences that a category's base trains on: its own, or, if conversations fall back on it, those of all
  /// categories, and those without a category if they are wanted.
  func base(
    of category: TaskCategory, isFallback: Bool = false, includingUncategorized: Bool = false
  ) -> PhaseData<RankedResponses> {
    // Without experts there is no third phase to keep prompts for.
    let share: Share = category.points.isEmpty ? .whole : .base
    return isFallback
      ? overall(share, includingUncategorized: includingUncategorized) : overall(of: category.id, share)
  }

  private func overall(_ samples: [RankedResponses], _ share: Share) -> PhaseData<RankedResponses> {
    PhaseData(
      training: share.parts.flatMap { split.overallSamples(samples, in: $0.training) },
      validation: share.parts.flatMap { split.overallSamples(samples, in: $0.validation) })
  }

  /// The labels of one point of a category.
  func labels(of category: String, point: String) -> PhaseData<RankedResponses> {
    let own = samples.filter { $0.category == category && $0.capability == point }
    return PhaseData(training: split.expertTrainingSamples(own), validation: split.expertValidationSamples(own))
  }

  /// Every prompt with a category, once, as the router reads it.
  func routerTexts(_ model: RewardModel) throws -> PhaseData<RoutedText> {
    var seen: Set<Conversation> = []
    var result = PhaseData<RoutedText>()
    for prompt in samples.map({ CategorizedPrompt($0) }) + prompts {
      guard let category = prompt.category.flatMap({ model.configuration.taxonomy.index(of: $0) }),
        seen.insert(prompt.conversation).inserted
      else { continue }
      let ids = try model.reader.encodeUserTurns(
        of: prompt.conversation, limit: model.configuration.router.maximumTokens)
      let text = RoutedText(ids: ids, category: category)
      if split.part(of: prompt.conversation).isValidation {
        result.validation.append(text)
      } else {
        result.training.append(text)
      }
    }
    return result
  }

  /// Gives a category to every sample that had none and that the router is sure enough of.
  mutating func route(by model: RewardModel, minimumProbability: Float, trunk: TrunkCache) throws {
    let open = samples.indices.filter { samples[$0].category == nil && samples[$0].capability == nil }
    let decisions = try model.routes(open.map { samples[$0].conversation }, trunk: trunk)
    for (index, decision) in zip(open, decisions)
    where (decision.probabilities.max() ?? 0) >= minimumProbability {
      samples[index] = samples[index].labeled(category: decision.category, capability: nil)
    }
  }
}

extension TrainingConfiguration {
  /// The split of the prompts among the phases.
  ///
  /// - Throws: `DataError.invalidFractions`.
  func split() throws -> PhaseSplit {
    try PhaseSplit(
      baseFraction: data.baseFraction, validationFraction: data.validationFraction, seed: seed,
      expertPrompts: data.expertPrompts)
  }
}
