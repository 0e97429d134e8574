import DMoECore
import Foundation
import Testing

@Suite struct LinearAlgebraRegressionTests {
  static let computes = ProductTests.computes

  // MARK: Ranking

  /// Everything that can be given: weights, soft labels, margins.
  private struct Pairs {
    let differences = Matrix(60, 5, testNumbers(300, seed: 1))
    let weights = testNumbers(60, seed: 2).map { $0 + 1.5 }
    let labels = testNumbers(60, seed: 3).map { ($0 + 1) / 2 }
    let margins = testNumbers(60, seed: 4).map { $0 * 0.3 }
    let ridge = 0.01

    func loss(_ theta: [Double]) -> Double {
      var sum = 0.0
      for i in 0..<60 {
        var d = -Double(margins[i])
        for j in 0..<5 { d += Double(differences[i, j]) * theta[j] }
        let (q, p) = (Double(labels[i]), 1 / (1 + exp(-d)))
        sum -= Double(weights[i]) * (q * log(p) + (1 - q) * log(1 - p))
      }
      return sum / 60 + ridge / 2 * theta.reduce(0) { $0 + $1 * $1 }
    }
  }

  @Test func rankingWeightsMinimiseTheStatedLoss() throws {
    let pairs = Pairs()
    for compute in Self.computes {
      let fit = try RankingRegression(
        differences: pairs.differences, pairWeights: pairs.weights, softLabels: pairs.labels, margins: pairs.margins,
        options: .init(ridge: pairs.ridge), compute: compute)
      #expect(fit.converged && fit.iterations >= 1 && fit.iterations < 10)
      let theta = fit.weights.map(Double.init)
      #expect(abs(fit.loss - pairs.loss(theta)) < 1e-7)
      for slope in gradient(at: theta, of: pairs.loss) { #expect(abs(slope) < 2e-6) }
      // Not already there at the start.
      #expect(pairs.loss([0, 0, 0, 0, 0]) > fit.loss + 1e-3)
    }
  }

  @Test func rankingHessianIsTheSecondDerivativeOfTheLoss() throws {
    let pairs = Pairs()
    for compute in Self.computes {
      let fit = try RankingRegression(
        differences: pairs.differences, pairWeights: pairs.weights, softLabels: pairs.labels, margins: pairs.margins,
        options: .init(ridge: pairs.ridge), compute: compute)
      let theta = fit.weights.map(Double.init)
      let factor = fit.hessian.factor
      let h = 1e-3
      for i in 0..<5 {
        for j in 0...i {
          func at(_ x: Double, _ y: Double) -> Double {
            var moved = theta
            moved[i] += x
            moved[j] += y
            return pairs.loss(moved)
          }
          let numeric = (at(h, h) - at(h, -h) - at(-h, h) + at(-h, -h)) / (4 * h * h)
          let exact = (0..<5).reduce(0.0) { $0 + Double(factor[i, $1] * factor[j, $1]) }
          #expect(abs(numeric - exact) < 1e-5)
        }
      }
    }
  }

  @Test func separablePairsWithRidgeConverge() throws {
    for compute in Self.computes {
      let fit = try RankingRegression(
        differences: Matrix(3, 2, [1, 0, 2, 1, 30, 0.5]), options: .init(ridge: 1e-4), compute: compute)
      #expect(fit.converged)
      #expect(fit.weights[0] > 1)
    }
  }

  @Test func rewardVarianceShrinksWithTheNumberOfPairs() throws {
    let few = testNumbers(40 * 3, seed: 11)
    let many = Matrix(160, 3, few + few + few + few)
    let direction = Matrix(1, 3, [1, -1, 0.5])
    for compute in Self.computes {
      // The same mean loss four times as often: the same weights, a quarter of the variance.
      let one = try RankingRegression(differences: Matrix(40, 3, few), compute: compute)
      let four = try RankingRegression(differences: many, compute: compute)
      func variance(_ fit: RankingRegression) throws -> Float {
        try fit.precision.inverseQuadraticForms(rows: direction)[0]
      }
      let ratio = try variance(one) / variance(four)
      #expect(abs(ratio - 4) < 1e-3)
      for (a, b) in zip(one.weights, four.weights) { #expect(abs(a - b) < 1e-4) }
    }
  }

  @Test func dependentFeaturesWithoutRidgeStillFit() throws {
    // The second feature is the first once more: without ridge the Hessian is singular.
    let values = testNumbers(30, seed: 12)
    let doubled = Matrix(30, 2, values.flatMap { [$0, $0] })
    let labels = [Float](repeating: 0.7, count: 30)
    for compute in Self.computes {
      let fit = try RankingRegression(
        differences: doubled, softLabels: labels, options: .init(ridge: 0), compute: compute)
      #expect(fit.gradientNorm < 1e-5)
      #expect(fit.hessian.jitter < 1e-2)
    }
  }

  @Test func aFeatureThatIsNotFiniteIsRefused() {
    let bad = Matrix(2, 2, [1, .nan, 0, 1])
    for compute in Self.computes {
      #expect(throws: CoreError.self) { try RankingRegression(differences: bad, compute: compute) }
      #expect(throws: CoreError.self) {
        try SoftmaxRegression(features: bad, classes: [0, 1], classCount: 2, compute: compute)
      }
    }
  }

  // MARK: Softmax

  private struct Samples {
    let features = Matrix(50, 3, testNumbers(150, seed: 21))
    let classes: [Int]
    let classWeights: [Float] = [1, 0.5, 2, 1.5]
    let ridge = 0.02

    init() {
      let noise = testNumbers(50, seed: 22)
      classes = (0..<50).map { i in min(3, max(0, Int((noise[i] + 1) * 2))) }
    }

    /// theta: four classes of three weights and a bias.
    func loss(_ theta: [Double]) -> Double {
      var sum = 0.0
      for i in 0..<50 {
        let logits = (0..<4).map { k in
          (0..<3).reduce(theta[k * 4 + 3]) { $0 + theta[k * 4 + $1] * Double(features[i, $1]) }
        }
        let total = logits.reduce(0.0) { $0 + exp($1) }
        sum += Double(classWeights[classes[i]]) * (log(total) - logits[classes[i]])
      }
      let squares = theta.indices.filter { $0 % 4 != 3 }.reduce(0.0) { $0 + theta[$1] * theta[$1] }
      return sum / 50 + ridge / 2 * squares
    }
  }

  @Test func softmaxWeightsMinimiseTheStatedLoss() throws {
    let samples = Samples()
    for compute in Self.computes {
      let fit = try SoftmaxRegression(
        features: samples.features, classes: samples.classes, classCount: 4, classWeights: samples.classWeights,
        options: .init(ridge: samples.ridge), compute: compute)
      #expect(fit.converged && fit.iterations >= 1 && fit.iterations < 10)
      let theta = (0..<4).flatMap { fit.weights.row($0).map(Double.init) + [Double(fit.bias[$0])] }
      for slope in gradient(at: theta, of: samples.loss) { #expect(abs(slope) < 1e-5) }
      #expect(abs(samples.loss(theta) - (fit.losses.last ?? 0)) < 1e-6)
      #expect(abs(samples.loss([Double](repeating: 0, count: 16)) - fit.losses[0]) < 1e-6)
      for (before, after) in zip(fit.losses, fit.losses.dropFirst()) { #expect(after <= before + 1e-8) }
      // The solution among the equivalent ones whose classes sum to 0.
      #expect(abs(fit.bias.reduce(0, +)) < 1e-4)
      for j in 0..<3 { #expect(abs((0..<4).reduce(Float(0)) { $0 + fit.weights[$1, j] }) < 1e-4) }
    }
  }

  @Test func softmaxSeparatesClustersAndItsLogitsIncludeTheBias() throws {
    let noise = testNumbers(80, seed: 31)
    var features = Matrix(zeros: 40, 2)
    for i in 0..<40 {
      features[i, 0] = (i % 2 == 0 ? 0 : 6) + noise[i]
      features[i, 1] = (i % 4 < 2 ? 0 : 6) + noise[i + 40]
    }
    let classes = (0..<40).map { [0, 2, 2, 1][$0 % 4] }
    for compute in Self.computes {
      let fit = try SoftmaxRegression(features: features, classes: classes, classCount: 4, compute: compute)
      let logits = fit.logits(of: features, compute: compute)
      for i in [0, 3, 17] {
        for k in 0..<4 {
          var expected = fit.bias[k]
          for j in 0..<2 { expected += fit.weights[k, j] * features[i, j] }
          #expect(abs(logits[i, k] - expected) < 1e-4)
        }
        let row = logits.row(i)
        // Corners 0 and 3 are classes of their own; the fourth class has no sample at all.
        #expect(row.firstIndex(of: row.max() ?? 0) == classes[i])
      }
    }
  }

  /// Central differences.
  private func gradient(at theta: [Double], of loss: ([Double]) -> Double) -> [Double] {
    theta.indices.map { i in
      var (up, down) = (theta, theta)
      up[i] += 1e-5
      down[i] -= 1e-5
      return (loss(up) - loss(down)) / 2e-5
    }
  }
}
