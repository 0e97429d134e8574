@_spi(Command) import DMoEData
import DMoEModel

/// What one ranking phase trains on and is validated on.
struct PhaseData: Sendable {
  var training: [RankedExample] = []
  var validation: [RankedExample] = []
  /// How many samples were longer than the model reads.
  var overLength = 0
}

/// A run's samples, shared out among the phases.
struct TrainingData {
  private let samples: [RankedResponses]
  private let split: PhaseSplit
  private let configuration: TrainingConfiguration

  init(_ samples: [RankedResponses], _ configuration: TrainingConfiguration) throws {
    self.configuration = configuration
    self.samples = configuration.categorized(samples)
    split = try PhaseSplit(
      baseFraction: configuration.baseFraction, validationFraction: configuration.validationFraction,
      seed: configuration.seed, expertPrompts: configuration.expertPrompts)
  }

  /// Other samples, shared out alike.
  private init(_ samples: [RankedResponses], like other: TrainingData) {
    self.samples = samples
    split = other.split
    configuration = other.configuration
  }

  /// The samples and labels of a phase, in their order.
  private func samples(of phase: TrainingPhase, hasPoints: Bool) -> (
    training: [RankedResponses], validation: [RankedResponses]
  ) {
    let own = samples.filter { $0.category == phase.category }
    switch phase {
    case .router: return ([], [])
    case .sharedBase:
      let all = samples.filter { $0.category != nil || configuration.unlabelled != .drop }
      return (split.overallSamples(all, in: .baseTraining), split.overallSamples(all, in: .baseValidation))
    case .base:
      let training = split.overallSamples(own, in: .baseTraining)
      let validation = split.overallSamples(own, in: .baseValidation)
      // Without experts there is no third phase to keep prompts for.
      guard !hasPoints else { return (training, validation) }
      return (
        training + split.overallSamples(own, in: .aggregatorTraining),
        validation + split.overallSamples(own, in: .aggregatorValidation)
      )
    case .expert(_, let point):
      return (
        split.expertTrainingSamples(own).filter { $0.capability == point },
        split.expertValidationSamples(own).filter { $0.capability == point }
      )
    case .aggregator:
      return (split.overallSamples(own, in: .aggregatorTraining), split.overallSamples(own, in: .aggregatorValidation))
    }
  }

  /// The examples of a ranking phase.
  ///
  /// - Throws: `ModelError.overLength` unless such samples are skipped; `TokenizerError`.
  func examples(
    of phase: TrainingPhase, hasPoints: Bool, _ model: RewardModel, _ configuration: TrainingConfiguration
  ) throws -> PhaseData {
    let (training, validation) = samples(of: phase, hasPoints: hasPoints)
    var data = PhaseData()
    func encode(_ samples: [RankedResponses]) throws -> [RankedExample] {
      try samples.compactMap { sample in
        do {
          return try RankedExample(sample, model.reader, configuration.loss)
        } catch ModelError.overLength where configuration.skipsOverLength {
          data.overLength += 1
          return nil
        }
      }
    }
    data.training = try encode(training)
    data.validation = try encode(validation)
    if configuration.debiasesLength {
      let bias = try LengthBias(of: data.training, model.compute)
      data.training = data.training.map { $0.relieved(of: bias) }
      data.validation = data.validation.map { $0.relieved(of: bias) }
    }
    return data
  }

  /// Every prompt with a category, once, as the router reads it.
  func routerTexts(
    and prompts: [CategorizedPrompt], _ model: RewardModel
  ) throws -> (training: [RoutedText], validation: [RoutedText]) {
    var seen: Set<Conversation> = []
    var training: [RoutedText] = []
    var validation: [RoutedText] = []
    for prompt in samples.lazy.map({ CategorizedPrompt($0) }) + configuration.categorized(prompts) {
      guard let category = prompt.category.flatMap({ model.configuration.taxonomy.index(of: $0) }),
        seen.insert(prompt.conversation).inserted
      else { continue }
      let ids = try model.reader.encodeUserTurns(
        of: prompt.conversation, limit: model.configuration.router.maximumTokens)
      let text = RoutedText(ids: ids, category: category)
      if split.part(of: prompt.conversation).isValidation { validation.append(text) } else { training.append(text) }
    }
    return (training, validation)
  }

  /// The same data, with a category for every sample that had none and that the router is sure enough of.
  func routed(by model: RewardModel, minimumProbability: Float, trunk: TrunkCache) throws -> TrainingData {
    let open = samples.indices.filter { samples[$0].category == nil && samples[$0].capability == nil }
    let decisions = try model.routes(open.map { samples[$0].conversation }, trunk: trunk)
    var result = samples
    for (index, decision) in zip(open, decisions)
    where (decision.probabilities.max() ?? 0) >= minimumProbability {
      result[index] = samples[index].labelled(category: decision.category, capability: nil)
    }
    return TrainingData(result, like: self)
  }
}

extension Taxonomy {
  /// The samples as a model of this taxonomy trains on them: `Taxonomy.single` takes every overall preference, whatever
  /// category it names or whether it names one; any other takes samples by their categories.
  func taking(_ samples: [RankedResponses]) -> [RankedResponses] {
    guard self == .single, let id = categories.first?.id else { return samples }
    return samples.filter { $0.capability == nil }.map {
      $0.category == id ? $0 : $0.labelled(category: id, capability: nil)
    }
  }
}
