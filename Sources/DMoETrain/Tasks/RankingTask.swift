import DMoECore
import DMoEModel

/// Phases 1 and 2: an adapter with its value head, over frozen adapters, on ranked responses.
///
/// With full fine-tuning the weights of the backbone's upper layers train instead of the adapter.
struct RankingTask: GradientTask {
  let name: String
  /// Adapters below the one in training: the base's under an expert.
  var frozen: [LoRAAdapter] = []
  var expert: Expert
  /// What reads texts; under full fine-tuning its backbone's upper layers are trainable.
  var reader: StateReader
  /// The first trainable layer under full fine-tuning.
  var firstTunedLayer: Int?
  let data: PhaseData<RankedExample>
  let configuration: TrainingConfiguration
  /// The backbone's, where steps are to be regularized by language modeling.
  var languageModelHead: Linear?
  let cache: TrunkCache
  /// Those that share out what is only read.
  var ranks: any Communicator = SingleRank()

  private var loss: RankingLoss { configuration.loss }
  private var regularization: Regularization { configuration.regularization }
  var sampleCount: Int { data.training.count }
  var validationCount: Int { data.validation.count }

  mutating func visitParameters(_ body: (String, inout Parameter) -> Void) {
    if let firstTunedLayer {
      for layer in firstTunedLayer..<reader.depth {
        for projection in Projection.allCases {
          reader.backbone.layers[layer][projection].visitWeight("layers.\(layer).\(projection.path)", body)
        }
      }
    } else {
      expert.adapter.visitParameters("", body)
    }
    expert.head.visitParameters("", body)
  }

  func weight(of sample: Int) -> Double { data.training[sample].weight }

  func passes(_ samples: [Int]) -> [[Int]] {
    StateReader.chunks(samples.map { data.training[$0].rowCount }, limit: configuration.memory.rowsPerPass).map {
      Array(samples[$0])
    }
  }

  /// The adapters that texts are read under.
  var stack: [LoRAAdapter] { firstTunedLayer == nil ? frozen + [expert.adapter] : frozen }

  /// Rewards of the examples' responses, [responses, 1].
  private func rewards(_ graph: Graph, _ examples: [RankedExample]) throws -> Variable {
    try forward(graph, examples, tokens: []).rewards
  }

  /// The same, and the states of some tokens of the batch, [tokens, hidden].
  private func forward(
    _ graph: Graph, _ examples: [RankedExample], tokens: [Int]
  ) throws -> (rewards: Variable, tokens: Variable) {
    var (texts, states) = try reader.states(
      graph, of: examples.map(\.encoded), experts: [stack], cache: cache, trunkLayers: firstTunedLayer,
      checkpointing: configuration.memory.checkpointsActivations && graph.tape != nil, tokens: tokens)
    if let dropout = regularization.headDropout {
      texts = graph.dropout(texts, rate: dropout.rate, masks: dropout.masks, key: 1 << 63)
    }
    return (expert.head(graph, texts), states)
  }

  var needsRewardSums: Bool { regularization.batchSum != nil }

  func rewardSum(_ pass: GradientPass) throws -> Double {
    // With a tape, so that adapters see the dropout that they will see.
    let graph = Graph(reader.compute, tape: Tape(training: parameterIDs), dropoutSeed: pass.dropoutSeed)
    return try rewards(graph, pass.samples.map { data.training[$0] }).value.elements.reduce(0) { $0 + Double($1) }
  }

  func gradients(_ pass: GradientPass) throws -> (result: PassResult, gradients: [ParameterID: Matrix]) {
    let examples = pass.samples.map { data.training[$0] }
    let tape = Tape(training: parameterIDs)
    let graph = Graph(reader.compute, tape: tape, dropoutSeed: pass.dropoutSeed)
    let predicted = regularization.languageModeling.map {
      PredictedTokens(
        of: examples, in: reader.batch(examples.map(\.encoded)), limit: $0.tokens, seed: pass.dropoutSeed)
    }
    let (rewards, states) = try forward(graph, examples, tokens: predicted?.rows ?? [])
    var (result, gradient) = loss.evaluate(
      rewards.value.elements, examples.map(\.ranking), totalWeight: pass.totalWeight)
    result.tokens = examples.reduce(0) { $0 + $1.rowCount }
    regularization.addBatchSum(&result, &gradient, otherRewards: pass.otherRewards)
    var ends = [(rewards, Matrix(gradient.count, 1, gradient))]
    // Where all responses tie there is none to predict.
    if let predicted, !predicted.rows.isEmpty, let head = languageModelHead,
      let weight = regularization.languageModeling?.weight
    {
      let logits = graph.linear(states, head)
      let (losses, logitGradient) = reader.compute.crossEntropy(
        logits.value, targets: predicted.targets,
        weights: predicted.weights.map { Float(weight * $0 / pass.totalWeight) })
      let added = zip(losses, predicted.weights).reduce(0) { $0 + weight * $1.0 * $1.1 }
      result.regularization = (result.regularization ?? 0) + added
      ends.append((logits, logitGradient))
    }
    tape.backward(from: ends, reader.compute)
    return (result, tape.gradients)
  }

  func validate() throws -> PassResult { try measure(data.validation).result }

  /// The loss on some examples, and every reward.
  ///
  /// They are read by the micro-batches of steps, if there are any, so that ranks have parts to share out that are
  /// the same on any number of them.
  func measure(_ examples: [RankedExample]) throws -> (result: PassResult, rewards: [Float]) {
    var sum = PassResult()
    var all: [Float] = []
    let chunks = StateReader.chunks(
      examples.map(\.rowCount), limit: configuration.memory.rowsPerPass, count: configuration.microBatch)
    let parts = try ranks.sharing(chunks.count) { number in
      try rewards(Graph(reader.compute), Array(examples[chunks[number]])).value
    }
    for (chunk, part) in zip(chunks, parts.map(\.elements)) {
      sum += loss.evaluate(part, examples[chunk].map(\.ranking), totalWeight: 1).result
      all += part
    }
    return (sum, all)
  }
}

extension Linear {
  /// Shows the weight alone, if it is trainable; biases stay as they are.
  fileprivate mutating func visitWeight(_ path: String, _ body: (String, inout Parameter) -> Void) {
    guard case .trainable(var parameter) = weight else { return }
    body(path + ".weight", &parameter)
    weight = .trainable(parameter)
  }
}
