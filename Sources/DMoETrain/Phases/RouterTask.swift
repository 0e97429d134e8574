import DMoECore
import DMoEModel
import Foundation

/// The router's gradient steps: cross-entropy on logits (upstream takes the softmax first, PAPER 9.7).
struct RouterTask: GradientTask {
  let phase = TrainingPhase.router
  var model: RewardModel
  let training: [RoutedText]
  let validation: [RoutedText]
  let rowsPerPass: Int
  /// By category; all 1 unless categories are balanced.
  let categoryWeights: [Double]

  var sampleCount: Int { training.count }
  var validationCount: Int { validation.count }
  var overLengthCount: Int { 0 }

  mutating func visitParameters(_ body: (String, inout Parameter) -> Void) { model.router.visitParameters("", body) }

  func weight(of sample: Int) -> Double { categoryWeights[training[sample].category] }

  func passes(_ samples: [Int]) -> [[Int]] {
    RewardModel.chunks(samples.map { training[$0].ids.count }, limit: rowsPerPass).map { Array(samples[$0]) }
  }

  func gradients(
    _ samples: [Int], totalWeight: Double, dropoutSeed: UInt64
  ) throws -> (result: PassResult, gradients: [ParameterID: Matrix]) {
    let texts = samples.map { training[$0] }
    let tape = Tape(training: parameterIDs)
    let graph = Graph(model.compute, tape: tape, dropoutSeed: dropoutSeed)
    let logits = model.router.logits(graph, try model.routerFeatures(graph, texts.map(\.ids)))
    let (result, gradient) = CrossEntropy.evaluate(
      logits.value, texts, categoryWeights: categoryWeights, totalWeight: totalWeight)
    tape.backward(from: logits, seed: gradient, model.compute)
    return (result, tape.gradients)
  }

  func validate() throws -> PassResult {
    var sum = PassResult()
    for chunk in RewardModel.chunks(validation.map(\.ids.count), limit: rowsPerPass) {
      let graph = Graph(model.compute)
      let texts = Array(validation[chunk])
      let logits = model.router.logits(graph, try model.routerFeatures(graph, texts.map(\.ids)))
      sum += CrossEntropy.evaluate(logits.value, texts, categoryWeights: categoryWeights, totalWeight: 1).result
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
    _ logits: Matrix, _ texts: [RoutedText], categoryWeights: [Double], totalWeight: Double
  ) -> (result: PassResult, gradient: Matrix) {
    var result = PassResult()
    var gradient = Matrix(uninitialized: logits.rows, logits.columns)
    for (row, text) in texts.enumerated() {
      let values = logits.row(row)
      let top = Double(values.max() ?? 0)
      let logSum = top + log(values.reduce(0) { $0 + exp(Double($1) - top) })
      let weight = categoryWeights[text.category]
      result.loss += weight * (logSum - Double(values[text.category]))
      result.weight += weight
      result.pairs += 1
      let best = values.indices.max { values[$0] < values[$1] }
      if best == text.category { result.correct += 1 }
      result.tokens += text.ids.count
      for (c, value) in values.enumerated() {
        let probability = exp(Double(value) - logSum)
        gradient[row, c] = Float(weight * (probability - (c == text.category ? 1 : 0)) / totalWeight)
      }
    }
    return (result, gradient)
  }
}
