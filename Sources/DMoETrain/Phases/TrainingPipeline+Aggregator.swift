import DMoECore
import DMoEModel

extension TrainingPipeline {
  /// Phase 3: the aggregator over the frozen experts, whose states are computed once.
  func trainAggregator(
    _ phase: TrainingPhase, _ index: Int, _ model: RewardModel, _ data: PhaseData, _ folder: RunFolder,
    _ cache: TrunkCache, _ tell: (TrainingEvent) throws -> Void
  ) throws -> PhaseResult {
    guard let experts = model.inner[index].completeExperts else {
      throw TrainError.noSamples(phase: phase.description)
    }
    let compute = model.compute
    func progress(_ done: Int, _ total: Int) throws { try tell(.textsRead(phase, done: done, total: total)) }
    func states(_ examples: [RankedExample]) throws -> [Matrix] {
      try examples.reading(progress) { example in
        let graph = Graph(compute)
        let all = try model.reader.states(
          graph, of: [example.encoded], experts: experts.map { [$0.adapter] }, cache: cache)
        return graph.concatenateBlocks(all, blocks: experts.count).value
      }
    }
    let training = try states(data.training)
    let validation = try states(data.validation)
    let inputs = experts.count * model.stateSize
    var aggregator = Aggregator(
      inputs: inputs, width: model.configuration.aggregatorWidth ?? model.backbone.configuration.hiddenSize,
      seed: seed(of: phase))
    (aggregator.shift, aggregator.scale) = WarmStart.standardization(Matrix(stacking: training))
    var task = AggregatorTask(
      phase: phase, aggregator: aggregator, data: data, trainingStates: training, validationStates: validation,
      loss: configuration.loss, regularization: configuration.regularization, compute: compute)
    if configuration.warmStartsAggregator { try warmStart(&task, experts, data) }
    let outcome = try trainer(configuration.aggregator, phase, model).run(
      &task, checkpoint: folder.checkpoint(of: phase), onEvent: tell)
    let rewards = task.measure(data.training, training).rewards
    let final = task.aggregator
    return PhaseResult(
      outcome: outcome, trainingSamples: data.training.count, normalization: RewardNormalization(of: rewards)
    ) { home in try final.write(to: home.appendingPathComponent("aggregator.safetensors")) }
  }

  /// Lets the aggregator start as a linear reward: the mean of the experts' own, with a Newton correction if
  /// that orders left-out prompts better.
  private func warmStart(_ task: inout AggregatorTask, _ experts: [Expert], _ data: PhaseData) throws {
    let scale = task.aggregator.scale
    let heads = experts.flatMap { $0.head.weight.value.elements }
    // The mean of the heads, in standardized channels.
    let mean = Matrix(row: heads).combined(with: scale) { $0 / ($1 * Float(experts.count)) }
    task.aggregator.start(
      from: try WarmStart.direction(
        Matrix(stacking: task.trainingStates), data.training, scale: scale, start: mean,
        ridges: configuration.warmStartRidges, task.compute))
  }
}
