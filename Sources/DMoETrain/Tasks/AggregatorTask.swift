import DMoECore
import DMoEModel

/// Phase 3: the MLP over the states of all experts of a category, which are frozen and were computed once.
struct AggregatorTask: GradientTask {
  let name: String
  var aggregator: Aggregator
  let data: PhaseData<RankedExample>
  /// The concatenated states of each example's responses, [responses, experts · hidden].
  let states: PhaseData<Matrix>
  let configuration: TrainingConfiguration
  let compute: Compute

  var sampleCount: Int { data.training.count }
  var validationCount: Int { data.validation.count }

  mutating func visitParameters(_ body: (String, inout Parameter) -> Void) {
    aggregator.visitParameters("", body)
  }

  func weight(of sample: Int) -> Double { data.training[sample].weight }
  func passes(_ samples: [Int]) -> [[Int]] { [samples] }

  var needsRewardSums: Bool { configuration.regularization.batchSum != nil }

  func rewardSum(_ pass: GradientPass) -> Double {
    rewards(pass.samples.map { states.training[$0] }).reduce(0) { $0 + Double($1) }
  }

  func gradients(_ pass: GradientPass) throws -> (result: PassResult, gradients: [ParameterID: Matrix]) {
    let examples = pass.samples.map { data.training[$0] }
    let tape = Tape(training: parameterIDs)
    let graph = Graph(compute, tape: tape, dropoutSeed: pass.dropoutSeed)
    let rewards = aggregator(graph, Variable(constant: Matrix(stacking: pass.samples.map { states.training[$0] })))
    var (result, gradient) = configuration.loss.evaluate(
      rewards.value.elements, examples.map(\.ranking), totalWeight: pass.totalWeight)
    result.tokens = examples.reduce(0) { $0 + $1.rowCount }
    configuration.regularization.addBatchSum(&result, &gradient, otherRewards: pass.otherRewards)
    tape.backward(from: rewards, seed: Matrix(gradient.count, 1, gradient), compute)
    return (result, tape.gradients)
  }

  func validate() throws -> PassResult {
    configuration.loss.evaluate(
      rewards(states.validation), data.validation.map(\.ranking), totalWeight: 1
    ).result
  }

  /// The reward of every response of examples with these states.
  func rewards(_ states: [Matrix]) -> [Float] {
    states.isEmpty ? [] : aggregator(Graph(compute), Variable(constant: Matrix(stacking: states))).value.elements
  }

  /// Lets the aggregator start as a linear reward: the mean of the experts' own heads, or of the base's head on every
  /// expert's states where that has less loss on the training samples, with a Newton correction if that orders left-out
  /// prompts better.
  ///
  /// Experts know their points; what they say together may be of another thing than overall preference, which the base was
  /// trained on.
  mutating func start(from heads: [ValueHead], base: ValueHead) throws {
    let pairs = PairDifferences(Matrix(stacking: states.training), data.training, scale: aggregator.scale)
    let (own, shared) = (mean(of: heads), mean(of: heads.map { _ in base }))
    let start = pairs.loss(of: shared, compute) < pairs.loss(of: own, compute) ? shared : own
    aggregator.start(
      from: try WarmStart.direction(
        pairs, start: start, ridges: configuration.start.ridges,
        leavesSourcesOut: configuration.start.leavesSourcesOut ?? false, compute))
  }

  /// The mean of the rewards that heads give, each to the states of the expert in its place, in standardized channels.
  private func mean(of heads: [ValueHead]) -> Matrix {
    Matrix(row: heads.flatMap(\.weight.value.elements)).combined(with: aggregator.scale) {
      $0 / ($1 * Float(heads.count))
    }
  }
}
