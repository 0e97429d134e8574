import DMoECore
import DMoEData
import DMoEModel
import Foundation

/// Phase 3: the aggregator of a category over its frozen experts, whose states are computed once, on overall preferences
/// that no earlier phase saw. Where it is surely worse than the base on its validation samples, the base stays.
struct AggregatorPhase: Phase {
  let category: TaskCategory
  /// The category's place in the model.
  let index: Int
  /// Fewer validation prompts do not say whether a base is better.
  private static let leastPrompts = 10

  var name: TrainingPhase { .aggregator(category: category.id) }

  func obstacle(in model: RewardModel) -> String? { model.inner[index].missingBase }

  func samples(for model: RewardModel, in run: TrainingRun) throws -> PhaseData<RankedExample> {
    try run.examples(of: run.data.overall(of: category.id, .aggregator))
  }

  func train(_ model: RewardModel, on data: PhaseData<RankedExample>, in run: TrainingRun) throws -> PhaseResult {
    guard let experts = model.inner[index].completeExperts else {
      throw TrainError.noSamples(phase: name.description)
    }
    let states = try PhaseData(
      training: states(of: data.training, under: experts, model, run),
      validation: states(of: data.validation, under: experts, model, run))
    var task = AggregatorTask(
      name: name.description, aggregator: untrained(over: experts.count, model, seed: run.seed(of: name)), data: data,
      states: states, configuration: run.configuration, compute: model.compute)
    let standardized = Standardization(of: Matrix(stacking: states.training))
    (task.aggregator.shift, task.aggregator.scale) = (standardized.shift, standardized.scale)
    let base = model.inner[index].base
    if run.configuration.start.warmsAggregator { try task.start(from: experts.map(\.head), base: base.head) }
    let outcome = try run.fit(&task, name, on: data, by: run.configuration.aggregator)
    let aggregator = task.aggregator
    var result = PhaseResult(
      outcome: outcome, trainingSamples: data.training.count,
      normalization: RewardNormalization(of: task.rewards(states.training))
    ) { folder in try aggregator.write(to: Self.file(in: folder)) }
    // Where a rule makes the rewards there is no choice between these two.
    if run.configuration.keepsBetterBases, model.configuration.combination == nil {
      result.base = try validation(of: base, beside: task, model, run)
    }
    return result
  }

  /// How the base does on the aggregator's validation samples: the best if it is surely better there.
  private func validation(
    of base: Expert, beside task: AggregatorTask, _ model: RewardModel, _ run: TrainingRun
  ) throws -> TrainingState.Validation? {
    let validation = task.data.validation
    guard !validation.isEmpty else { return nil }
    let (measured, rewards) = try RankingTask(
      name: name.description, expert: base, reader: model.reader, data: task.data, configuration: run.configuration,
      cache: run.cache, ranks: run.ranks
    ).measure(validation)
    let loss = run.configuration.loss
    let gain = PromptGain(
      from: loss.losses(task.rewards(task.states.validation), of: validation),
      to: loss.losses(rewards, of: validation), prompts: validation.prompts)
    return .init(
      step: 0, loss: measured.meanLoss, accuracy: measured.accuracy, count: measured.pairs,
      isBest: gain.promptCount >= Self.leastPrompts && gain.isCertain)
  }

  private func untrained(over experts: Int, _ model: RewardModel, seed: UInt64) -> Aggregator {
    Aggregator(
      inputs: experts * model.stateSize,
      width: model.configuration.aggregatorWidth ?? model.backbone.configuration.hiddenSize, seed: seed)
  }

  /// Shapes: a matrix [responses, experts · state size] an example.
  private func states(
    of examples: [RankedExample], under experts: [Expert], _ model: RewardModel, _ run: TrainingRun
  ) throws -> [Matrix] {
    let graph = Graph(model.compute)
    return try model.reader.states(
      ofEach: examples.map(\.encoded), experts: experts.map { [$0.adapter] }, cache: run.cache,
      ranks: run.ranks, progress: run.progress(of: name)
    ).map { graph.concatenateBlocks(Variable(constant: $0), blocks: experts.count).value }
  }

  func install(_ kept: KeptPhase, in model: inout RewardModel) throws {
    guard !kept.finished.summary.keepsBase else { return }
    let aggregator = try Aggregator(
      contentsOf: Self.file(in: kept.folder), inputs: category.points.count * model.stateSize)
    try model.install(aggregator: aggregator, normalization: kept.finished.normalization, at: index)
  }

  private static func file(in folder: URL) -> URL { folder.appendingPathComponent("aggregator.safetensors") }
}
