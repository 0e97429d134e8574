import DMoECore
import DMoEModel

/// The router's gradient steps: cross-entropy on logits (upstream takes the softmax first: Docs/Fidelity.md, row 7).
struct RouterTask: GradientTask {
  let name: String
  var router: Router
  let reader: StateReader
  let data: PhaseData<RoutedText>
  let rowsPerPass: Int
  /// By category; all 1 unless categories are balanced.
  let categoryWeights: [Double]
  /// Those that share out what is only read.
  var ranks: any Communicator = SingleRank()

  var sampleCount: Int { data.training.count }
  var validationCount: Int { data.validation.count }

  mutating func visitParameters(_ body: (String, inout Parameter) -> Void) { router.visitParameters("", body) }

  func weight(of sample: Int) -> Double { categoryWeights[data.training[sample].category] }

  func passes(_ samples: [Int]) -> [[Int]] {
    StateReader.chunks(samples.map { data.training[$0].ids.count }, limit: rowsPerPass).map { Array(samples[$0]) }
  }

  func gradients(_ pass: GradientPass) throws -> (result: PassResult, gradients: [ParameterID: Matrix]) {
    let texts = pass.samples.map { data.training[$0] }
    let tape = Tape(training: parameterIDs)
    let graph = Graph(reader.compute, tape: tape, dropoutSeed: pass.dropoutSeed)
    let logits = try logits(graph, texts)
    let (result, gradient) = evaluate(logits.value, texts, totalWeight: pass.totalWeight)
    tape.backward(from: logits, seed: gradient, reader.compute)
    return (result, tape.gradients)
  }

  func validate() throws -> PassResult {
    var sum = PassResult()
    for chunk in StateReader.chunks(data.validation.map(\.ids.count), limit: rowsPerPass) {
      let texts = Array(data.validation[chunk])
      sum += evaluate(try logits(Graph(reader.compute), texts).value, texts, totalWeight: 1).result
    }
    return sum
  }

  private func logits(_ graph: Graph, _ texts: [RoutedText]) throws -> Variable {
    router.logits(graph, try router.features(graph, of: texts.map(\.ids), reader))
  }

  /// The loss of texts with these logits, [texts, categories].
  func evaluate(
    _ logits: Matrix, _ texts: [RoutedText], totalWeight: Double
  ) -> (result: PassResult, gradient: Matrix) {
    var (result, gradient) = CrossEntropy.evaluate(
      logits, targets: texts.map(\.category), weights: texts.map { categoryWeights[$0.category] },
      totalWeight: totalWeight, reader.compute)
    result.tokens = texts.reduce(0) { $0 + $1.ids.count }
    return (result, gradient)
  }
}
