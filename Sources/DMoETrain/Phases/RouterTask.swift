import DMoECore
import DMoEModel
import Foundation

/// The router's gradient steps: cross-entropy on logits (upstream takes the softmax first: Docs/Fidelity.md, row 7).
struct RouterTask: GradientTask {
  let phase = TrainingPhase.router
  var router: Router
  let reader: StateReader
  let training: [RoutedText]
  let validation: [RoutedText]
  let rowsPerPass: Int
  /// By category; all 1 unless categories are balanced.
  let categoryWeights: [Double]

  var sampleCount: Int { training.count }
  var validationCount: Int { validation.count }
  var overLengthCount: Int { 0 }

  mutating func visitParameters(_ body: (String, inout Parameter) -> Void) { router.visitParameters("", body) }

  func weight(of sample: Int) -> Double { categoryWeights[training[sample].category] }

  func passes(_ samples: [Int]) -> [[Int]] {
    StateReader.chunks(samples.map { training[$0].ids.count }, limit: rowsPerPass).map { Array(samples[$0]) }
  }

  func gradients(_ pass: GradientPass) throws -> (result: PassResult, gradients: [ParameterID: Matrix]) {
    let texts = pass.samples.map { training[$0] }
    let tape = Tape(training: parameterIDs)
    let graph = Graph(reader.compute, tape: tape, dropoutSeed: pass.dropoutSeed)
    let logits = router.logits(graph, try router.features(graph, of: texts.map(\.ids), reader))
    let (result, gradient) = CrossEntropy.evaluate(
      logits.value, texts, categoryWeights: categoryWeights, totalWeight: pass.totalWeight, reader.compute)
    tape.backward(from: logits, seed: gradient, reader.compute)
    return (result, tape.gradients)
  }

  func validate() throws -> PassResult {
    var sum = PassResult()
    for chunk in StateReader.chunks(validation.map(\.ids.count), limit: rowsPerPass) {
      let graph = Graph(reader.compute)
      let texts = Array(validation[chunk])
      let logits = router.logits(graph, try router.features(graph, of: texts.map(\.ids), reader))
      sum +=
        CrossEntropy.evaluate(
          logits.value, texts, categoryWeights: categoryWeights, totalWeight: 1, reader.compute
        ).result
    }
    return sum
  }
}

/// A prompt as the router reads it, with its category's place in the taxonomy.
struct RoutedText: Sendable {
  let ids: [Int32]
  let category: Int
}

/// −log softmax(logits)[category], in nats.
enum CrossEntropy {
  /// Shapes: logits [texts, categories] -> gradient of the same shape, already divided by `totalWeight`.
  static func evaluate(
    _ logits: Matrix, _ texts: [RoutedText], categoryWeights: [Double], totalWeight: Double, _ compute: Compute
  ) -> (result: PassResult, gradient: Matrix) {
    let weights = texts.map { categoryWeights[$0.category] }
    let (losses, gradient) = compute.crossEntropy(
      logits, targets: texts.map(\.category), weights: weights.map { Float($0 / totalWeight) })
    var result = PassResult()
    for (row, text) in texts.enumerated() {
      result.loss += weights[row] * losses[row]
      result.weight += weights[row]
      result.pairs += 1
      let values = logits.row(row)
      let best = values.indices.max { values[$0] < values[$1] }
      if best == text.category { result.correct += 1 }
      result.tokens += text.ids.count
    }
    return (result, gradient)
  }
}
