import Foundation

/// The pairwise ranking loss (Bradley-Terry) on fixed features, minimized over linear weights θ by Newton's method.
///
/// Loss: `mean_i wᵢ [ qᵢ softplus(-dᵢ) + (1 - qᵢ) softplus(dᵢ) ] + ridge/2 |θ|²` in nats, with `dᵢ = xᵢ·θ - marginᵢ`,
/// xᵢ the features of the chosen response minus those of the rejected one, qᵢ the probability that chosen is the better
/// one and wᵢ the weight of the pair. The loss is convex, so the result does not depend on the start.
package struct RankingRegression: Sendable {
  /// When and how the iteration stops.
  package struct Options: Sendable {
    /// Strength of the pull of the weights toward 0.
    package var ridge: Double
    /// The most Newton steps taken.
    package var maximumIterations: Int
    /// The iteration has converged when the Euclidean norm of the gradient is at most this.
    package var gradientTolerance: Double

    /// Options with these values.
    package init(ridge: Double = 1e-3, maximumIterations: Int = 50, gradientTolerance: Double = 1e-6) {
      self.ridge = ridge
      self.maximumIterations = maximumIterations
      self.gradientTolerance = gradientTolerance
    }
  }

  /// θ, one for each feature.
  package let weights: [Float]
  /// Newton steps taken.
  package let iterations: Int
  /// The loss at the weights, ridge included.
  package let loss: Double
  /// The Euclidean norm of the gradient at the weights.
  package let gradientNorm: Double
  /// Whether that norm came below the tolerance.
  package let converged: Bool
  /// The Hessian of the loss at the weights, factored.
  package let hessian: CholeskyFactorization
  /// Pairs that the loss is a mean of: the Hessian of the negative log posterior is this many times `hessian`.
  private let pairCount: Int

  /// Fits the weights.
  ///
  /// - Parameters:
  ///   - differences: [pairs, features], at least one pair; chosen minus rejected.
  ///   - pairWeights: [pairs], not negative; 1 if nil.
  ///   - softLabels: [pairs] in 0...1; 1 if nil.
  ///   - margins: [pairs]; 0 if nil.
  /// - Throws: `CoreError.nonFinite` for a feature that is not finite or if the loss becomes so,
  ///   `CoreError.factorizationFailed` if the Hessian is singular (no ridge and dependent features) beyond repair by jitter.
  package init(
    differences: Matrix, pairWeights: [Float]? = nil, softLabels: [Float]? = nil, margins: [Float]? = nil,
    options: Options = Options(), compute: Compute
  ) throws(CoreError) {
    let (n, features) = (differences.rows, differences.columns)
    precondition(n > 0 && features > 0, "RankingRegression: [\(n), \(features)] feature differences")
    for given in [pairWeights, softLabels, margins] {
      precondition(given.map { $0.count == n } ?? true, "RankingRegression: \(given?.count ?? 0) values for \(n) pairs")
    }
    guard differences.isFinite else { throw .nonFinite("a feature difference") }
    let problem = Problem(
      differences: differences, weights: pairWeights ?? [Float](repeating: 1, count: n),
      labels: softLabels ?? [Float](repeating: 1, count: n), margins: margins ?? [Float](repeating: 0, count: n),
      ridge: options.ridge, compute: compute)

    var theta = [Double](repeating: 0, count: features)
    var scores = problem.scores(theta)
    var loss = problem.loss(scores, theta)
    var iterations = 0
    while true {
      guard loss.isFinite else { throw .nonFinite("the ranking loss") }
      let gradient = problem.gradient(scores, theta)
      let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let hessian = try CholeskyFactorization(problem.hessian(scores), jitterAttempts: 6, compute: compute)
      var stopped = norm <= options.gradientTolerance || iterations == options.maximumIterations
      if !stopped {
        let step = try hessian.solve(gradient.map { Float(-$0) }).map(Double.init)
        let slope = zip(gradient, step).reduce(0) { $0 + $1.0 * $1.1 }
        let change = problem.scores(step)
        let accepted = NewtonLineSearch.step(from: loss, slope: slope) { length in
          problem.loss(
            zip(scores, change).map { $0 + length * $1 }, zip(theta, step).map { $0 + length * $1 })
        }
        if let accepted, slope < 0 {
          theta = zip(theta, step).map { $0 + accepted.length * $1 }
          scores = problem.scores(theta)
          loss = problem.loss(scores, theta)
          iterations += 1
        } else {
          stopped = true
        }
      }
      if stopped {
        weights = theta.map(Float.init)
        self.iterations = iterations
        self.loss = loss
        gradientNorm = norm
        converged = norm <= options.gradientTolerance
        self.hessian = hessian
        pairCount = n
        return
      }
    }
  }

  /// The precision of Laplace's approximation of the posterior: its inverse quadratic forms are variances of rewards `x·θ`.
  ///
  /// The prior is the one that the ridge stands for, normal with variance `1 / (ridge pairs)` for each weight.
  package var precision: CholeskyFactorization { hessian.scaled(by: Float(pairCount)) }
}

/// The loss and its derivatives, in `Double` but for the product that assembles the Hessian.
private struct Problem {
  let differences: Matrix
  let weights: [Float]
  let labels: [Float]
  let margins: [Float]
  let ridge: Double
  let compute: Compute

  /// x·θ for every pair.
  func scores(_ theta: [Double]) -> [Double] {
    let width = differences.columns
    return differences.withElements { x in
      (0..<differences.rows).map { i in
        var sum = 0.0
        for j in 0..<width { sum += Double(x[i * width + j]) * theta[j] }
        return sum
      }
    }
  }

  func loss(_ scores: [Double], _ theta: [Double]) -> Double {
    var sum = 0.0
    for i in scores.indices {
      let d = scores[i] - Double(margins[i])
      let q = Double(labels[i])
      sum +=
        Double(weights[i])
        * (q * Logistic.softplus(-d) + (1 - q) * Logistic.softplus(d))
    }
    return sum / Double(scores.count) + ridge / 2 * theta.reduce(0) { $0 + $1 * $1 }
  }

  func gradient(_ scores: [Double], _ theta: [Double]) -> [Double] {
    let width = differences.columns
    var sum = [Double](repeating: 0, count: width)
    differences.withElements { x in
      sum.withUnsafeMutableBufferPointer { sum in
        for i in scores.indices {
          let slope = Double(weights[i]) * (sigmoid(scores[i] - Double(margins[i])) - Double(labels[i]))
          for j in 0..<width { sum[j] += slope * Double(x[i * width + j]) }
        }
      }
    }
    return zip(sum, theta).map { $0 / Double(scores.count) + ridge * $1 }
  }

  /// Xᵀ diag(wᵢ σ(dᵢ) σ(-dᵢ)) X / pairs + ridge I
  func hessian(_ scores: [Double]) -> Matrix {
    let width = differences.columns
    var scaled = differences
    scaled.withMutableElements { x in
      for i in scores.indices {
        let p = sigmoid(scores[i] - Double(margins[i]))
        let root = Float((Double(weights[i]) * p * (1 - p) / Double(scores.count)).squareRoot())
        for j in i * width..<(i + 1) * width { x[j] *= root }
      }
    }
    var result = compute.product(scaled, transposed: true, scaled, transposed: false)
    result.withMutableElements { h in for j in 0..<width { h[j * width + j] += Float(ridge) } }
    return result
  }

  /// Not `Logistic.sigmoid`, which rounds otherwise below 0: the weights of warm starts stay as they are, to the bit.
  private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}
