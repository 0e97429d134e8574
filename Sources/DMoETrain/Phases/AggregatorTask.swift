import DMoECore
import DMoEEvaluate
import DMoEModel

/// Phase 3: the MLP over the states of all experts of a category, which are frozen and were computed once.
struct AggregatorTask: GradientTask {
  let phase: TrainingPhase
  var aggregator: Aggregator
  let data: PhaseData
  /// The concatenated states of each example's responses, [responses, experts · hidden].
  let trainingStates: [Matrix]
  let validationStates: [Matrix]
  let loss: RankingLoss
  let regularization: Regularization?
  let compute: Compute

  private var training: [RankedExample] { data.training }
  private var validation: [RankedExample] { data.validation }
  var sampleCount: Int { data.training.count }
  var validationCount: Int { data.validation.count }
  var overLengthCount: Int { data.overLength }

  mutating func visitParameters(_ body: (String, inout Parameter) -> Void) {
    aggregator.visitParameters("", body)
  }

  func weight(of sample: Int) -> Double { training[sample].weight }
  func passes(_ samples: [Int]) -> [[Int]] { [samples] }

  func gradients(_ pass: GradientPass) throws -> (result: PassResult, gradients: [ParameterID: Matrix]) {
    let examples = pass.samples.map { training[$0] }
    let tape = Tape(training: parameterIDs)
    let graph = Graph(compute, tape: tape, dropoutSeed: pass.dropoutSeed)
    let rewards = aggregator(graph, Variable(constant: Matrix(stacking: pass.samples.map { trainingStates[$0] })))
    var (result, gradient) = loss.evaluate(rewards.value.elements, examples, totalWeight: pass.totalWeight)
    result.tokens = examples.reduce(0) { $0 + $1.rowCount }
    regularization?.addBatchSum(pass, &result, &gradient)
    tape.backward(from: rewards, seed: Matrix(gradient.count, 1, gradient), compute)
    return (result, tape.gradients)
  }

  func validate() throws -> PassResult { measure(validation, validationStates).result }

  func measure(_ examples: [RankedExample], _ states: [Matrix]) -> (result: PassResult, rewards: [Float]) {
    guard !examples.isEmpty else { return (PassResult(), []) }
    let rewards = aggregator(Graph(compute), Variable(constant: Matrix(stacking: states))).value.elements
    return (loss.evaluate(rewards, examples, totalWeight: 1).result, rewards)
  }
}
