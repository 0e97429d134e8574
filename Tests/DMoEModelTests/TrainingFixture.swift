import DMoECore
import DMoEModel
import Foundation

/// Preference pairs with the losses, gradients and Adam steps that torch computes (Fixtures/models/README.md).
struct TrainingFixture: Decodable {
  struct Pair: Decodable {
    var chosen: [Int32]
    var rejected: [Int32]
  }
  struct Step: Decodable {
    var loss: Double
    var chosen: [Float]
    var rejected: [Float]
  }
  struct Run: Decodable {
    var learningRate: Double
    var weightDecay: Double
    var clipping: Double?
    var factors: [Double]?
    var losses: [Double]
    var gradientNorms: [Double]

    enum CodingKeys: String, CodingKey {
      case learningRate = "learning_rate"
      case weightDecay = "weight_decay"
      case clipping, factors, losses
      case gradientNorms = "gradient_norms"
    }
  }

  var pairs: [Pair]
  var step0: Step
  var adam: Run
  var adamw: Run
  /// The value head that full fine-tuning starts from.
  var head: [Float]?

  enum CodingKeys: String, CodingKey {
    case pairs, step0, adam, adamw
    case head = "score.weight"
  }

  /// How the texts of the pairs are laid out.
  enum Layout: CaseIterable { case separate, sharedPrefix }

  /// Chosen and rejected, pair after pair.
  func batch(_ layout: Layout) -> TokenBatch { Self.batch(pairs, layout) }

  /// The texts of pairs, chosen and rejected, pair after pair.
  static func batch(_ pairs: [Pair], _ layout: Layout) -> TokenBatch {
    switch layout {
    case .separate:
      var batch = TokenBatch()
      for pair in pairs {
        batch.append(pair.chosen)
        batch.append(pair.rejected)
      }
      return batch
    case .sharedPrefix:
      return TokenBatch(
        pairs.map { pair in
          let shared = zip(pair.chosen, pair.rejected).prefix { $0 == $1 }.count
          return EncodedResponses(
            prompt: Array(pair.chosen[..<shared]),
            responses: [Array(pair.chosen[shared...]), Array(pair.rejected[shared...])])
        })
    }
  }

  /// Mean of -log σ(chosen - rejected), and its gradient by the rewards [texts, 1].
  static func loss(_ rewards: Matrix) -> (value: Double, gradient: Matrix) {
    let pairs = rewards.rows / 2
    var gradient = Matrix(zeros: rewards.rows, 1)
    var value = 0.0
    for pair in 0..<pairs {
      let difference = Double(rewards[2 * pair, 0]) - Double(rewards[2 * pair + 1, 0])
      value += log1p(exp(-difference)) / Double(pairs)
      let slope = Float(1 / (1 + exp(difference)) / Double(pairs))
      gradient[2 * pair, 0] = -slope
      gradient[2 * pair + 1, 0] = slope
    }
    return (value, gradient)
  }

  /// The steps of one of the fixture's runs; `visit` shows every trained parameter, `rewards` is the forward pass.
  static func steps(
    _ run: Run, count: Int? = nil, on compute: Compute, trained: Set<ParameterID>,
    visit: ((String, inout Parameter) -> Void) -> Void, rewards: (Graph) throws -> Variable
  ) rethrows -> (losses: [Double], norms: [Double]) {
    var moments: [ParameterID: (first: Matrix, second: Matrix)] = [:]
    var losses: [Double] = []
    var norms: [Double] = []
    for step in 0..<(count ?? run.losses.count) {
      let tape = Tape(training: trained)
      let found = try rewards(Graph(compute, tape: tape))
      let (loss, seed) = loss(found.value)
      tape.backward(from: found, seed: seed, compute)
      let gradients = tape.gradients
      let norm = gradients.values.reduce(0) { $0 + compute.sumOfSquares($1) }.squareRoot()
      losses.append(loss)
      norms.append(norm)
      let settings = AdamStep(
        rate: Float(run.learningRate * (run.factors?[step] ?? 1)), beta1: 0.9, beta2: 0.999, eps: 1e-8,
        weightDecay: Float(run.weightDecay), step: step + 1,
        gradientScale: Float(min(1, (run.clipping ?? .infinity) / (norm + 1e-6))))
      visit { _, parameter in
        guard let gradient = gradients[parameter.id] else { return }
        let zeros = Matrix(zeros: gradient.rows, gradient.columns)
        var (first, second) = moments[parameter.id] ?? (zeros, zeros)
        compute.adam(&parameter.value, gradient: gradient, first: &first, second: &second, settings)
        moments[parameter.id] = (first, second)
      }
    }
    return (losses, norms)
  }
}
