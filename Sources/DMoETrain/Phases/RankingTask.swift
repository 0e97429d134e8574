import DMoECore
import DMoEModel

/// Phases 1 and 2: an adapter with its value head, over frozen adapters, on ranked responses.
///
/// With full fine-tuning the weights of the backbone's upper layers train instead of the adapter.
struct RankingTask: GradientTask {
  let phase: TrainingPhase
  /// Adapters below the one in training: the base's under an expert.
  let frozen: [LoRAAdapter]
  var expert: Expert
  /// The model; under full fine-tuning its backbone's upper layers are trainable.
  var model: RewardModel
  /// The first trainable layer under full fine-tuning.
  let firstTunedLayer: Int?
  let data: PhaseData
  let loss: RankingLoss
  let cache: TrunkCache
  let rowsPerPass: Int
  let checkpointsActivations: Bool

  private var training: [RankedExample] { data.training }
  private var validation: [RankedExample] { data.validation }
  var sampleCount: Int { data.training.count }
  var validationCount: Int { data.validation.count }
  var overLengthCount: Int { data.overLength }

  mutating func visitParameters(_ body: (String, inout Parameter) -> Void) {
    if let firstTunedLayer {
      for layer in firstTunedLayer..<model.depth {
        for projection in Projection.allCases {
          model.backbone.layers[layer][projection].visitWeight("layers.\(layer).\(projection.path)", body)
        }
      }
    } else {
      expert.adapter.visitParameters("", body)
    }
    expert.head.visitParameters("", body)
  }

  func weight(of sample: Int) -> Double { training[sample].weight }

  func passes(_ samples: [Int]) -> [[Int]] {
    RewardModel.chunks(samples.map { training[$0].rowCount }, limit: rowsPerPass).map { Array(samples[$0]) }
  }

  private var stack: [LoRAAdapter] { firstTunedLayer == nil ? frozen + [expert.adapter] : frozen }

  /// Rewards of the examples' responses, [responses, 1].
  private func rewards(_ graph: Graph, _ examples: [RankedExample]) throws -> Variable {
    let items = examples.map(\.encoded)
    let layers = firstTunedLayer ?? model.trunkDepth(of: [stack])
    let trunk = layers == 0 ? nil : try cache.rows(items, model, layers: layers, graph.compute)
    let states = try model.states(
      graph, TokenBatch(items), experts: [stack], trunk: trunk, trunkLayers: layers,
      checkpointing: checkpointsActivations && graph.tape != nil)
    return expert.head(graph, states)
  }

  func gradients(
    _ samples: [Int], totalWeight: Double, dropoutSeed: UInt64
  ) throws -> (result: PassResult, gradients: [ParameterID: Matrix]) {
    let examples = samples.map { training[$0] }
    let tape = Tape(training: parameterIDs)
    let rewards = try rewards(Graph(model.compute, tape: tape, dropoutSeed: dropoutSeed), examples)
    var (result, gradient) = loss.evaluate(rewards.value.elements, examples, totalWeight: totalWeight)
    result.tokens = examples.reduce(0) { $0 + $1.rowCount }
    tape.backward(from: rewards, seed: Matrix(gradient.count, 1, gradient), model.compute)
    return (result, tape.gradients)
  }

  func validate() throws -> PassResult { try measure(validation).result }

  /// The weighted loss of every validation sample.
  func validationLosses() throws -> [Double] {
    var rewards = try measure(validation).rewards[...]
    return validation.map { example in
      let own = Array(rewards.prefix(example.encoded.responses.count))
      rewards = rewards.dropFirst(own.count)
      return loss.evaluate(own, [example], totalWeight: 1).result.loss
    }
  }

  /// The loss on some examples, and every reward.
  func measure(_ examples: [RankedExample]) throws -> (result: PassResult, rewards: [Float]) {
    var sum = PassResult()
    var all: [Float] = []
    for chunk in RewardModel.chunks(examples.map(\.rowCount), limit: rowsPerPass) {
      let part = Array(examples[chunk])
      let rewards = try rewards(Graph(model.compute), part).value.elements
      sum += loss.evaluate(rewards, part, totalWeight: 1).result
      all += rewards
    }
    return (sum, all)
  }

  /// The states that the head reads, before any training. Shapes: -> [responses, hidden].
  func states(_ examples: [RankedExample]) throws -> Matrix {
    var parts: [Matrix] = []
    let graph = Graph(model.compute)
    for example in examples {
      let layers = firstTunedLayer ?? model.trunkDepth(of: [stack])
      let trunk = layers == 0 ? nil : try cache.rows([example.encoded], model, layers: layers, model.compute)
      parts.append(
        try model.states(graph, TokenBatch([example.encoded]), experts: [stack], trunk: trunk, trunkLayers: layers)
          .value)
    }
    return Matrix(stacking: parts)
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
