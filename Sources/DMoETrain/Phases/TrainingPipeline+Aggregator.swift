import DMoECore
import DMoEModel

extension TrainingPipeline {
  /// Phase 3: the aggregator over the frozen experts, whose states are computed once.
  func trainAggregator(
    _ phase: TrainingPhase, _ index: Int, _ model: RewardModel, _ data: PhaseData, _ folder: RunFolder,
    _ tell: (TrainingEvent) throws -> Void
  ) throws -> PhaseResult {
    guard let experts = model.inner[index].completeExperts else {
      throw TrainError.noSamples(phase: phase.description)
    }
    let compute = model.compute
    func states(_ examples: [RankedExample]) throws -> [Matrix] {
      try examples.map { example in
        let graph = Graph(compute)
        let all = try model.states(graph, TokenBatch([example.encoded]), experts: experts.map { [$0.adapter] })
        return graph.concatenateBlocks(all, blocks: experts.count).value
      }
    }
    let training = try states(data.training)
    let validation = try states(data.validation)
    let inputs = experts.count * model.backbone.configuration.hiddenSize
    var aggregator = Aggregator(
      inputs: inputs, width: model.configuration.aggregatorWidth ?? model.backbone.configuration.hiddenSize,
      seed: seed(of: phase))
    (aggregator.shift, aggregator.scale) = WarmStart.standardization(Matrix(stacking: training))
    var task = AggregatorTask(
      phase: phase, aggregator: aggregator, data: data, trainingStates: training, validationStates: validation,
      loss: configuration.loss, compute: compute)
    if configuration.warmStartsAggregator { try warmStart(&task, experts, data) }
    let outcome = try trainer(configuration.aggregator, phase, model).run(
      &task, checkpoint: folder.checkpoint(of: phase), onEvent: tell)
    let rewards = task.measure(data.training, training).rewards
    let final = task.aggregator
    return PhaseResult(
      outcome: outcome, trainingSamples: data.training.count, normalization: RewardNormalization(of: rewards)
    ) { home in try final.write(to: home.appendingPathComponent("aggregator.safetensors")) }
  }

  /// Lets the aggregator start as a linear reward: the mean of the experts' own, or that with the Newton correction
  /// that does best on validation.
  private func warmStart(_ task: inout AggregatorTask, _ experts: [Expert], _ data: PhaseData) throws {
    let all = Matrix(stacking: task.trainingStates)
    let scale = task.aggregator.scale
    let heads = experts.flatMap { $0.head.weight.value.elements }
    // The mean of the heads, in standardised channels.
    var mean = Matrix(row: heads.map { $0 / Float(experts.count) })
    mean.withMutableElements { m in scale.withElements { s in for i in m.indices { m[i] /= s[i] } } }
    var candidates = [mean]
    for ridge in configuration.warmStartRidges {
      candidates.append(
        try WarmStart.direction(all, data.training, scale: scale, start: mean, ridge: ridge, task.compute))
    }
    var best: (loss: Double, aggregator: Aggregator)?
    let plain = task.aggregator
    for candidate in candidates {
      task.aggregator = plain
      task.aggregator.start(from: candidate)
      let judged =
        data.validation.isEmpty
        ? task.measure(data.training, task.trainingStates) : task.measure(data.validation, task.validationStates)
      let loss = judged.result.meanLoss
      if best.map({ loss < $0.loss }) ?? true { best = (loss, task.aggregator) }
    }
    if let best { task.aggregator = best.aggregator }
  }
}
