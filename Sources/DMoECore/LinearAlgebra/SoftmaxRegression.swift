import Foundation

/// K-class logistic regression on fixed features, fitted by Newton's method.
///
/// Loss: `mean_i w(yᵢ) (-log softmax(W xᵢ + b)[yᵢ]) + ridge/2 |W|²` in nats; the bias is not pulled toward 0. Of the
/// equivalent solutions that differ by a constant for all classes it finds the one whose weights and biases each sum to 0
/// over the classes.
package struct SoftmaxRegression: Sendable {
  /// When and how the iteration stops.
  package struct Options: Sendable {
    /// Strength of the pull of the weights toward 0.
    package var ridge: Double
    /// The most Newton steps taken.
    package var maximumIterations: Int
    /// The iteration has converged when the Euclidean norm of the gradient is at most this.
    package var gradientTolerance: Double

    /// Options with these values.
    package init(ridge: Double = 1e-3, maximumIterations: Int = 50, gradientTolerance: Double = 1e-5) {
      self.ridge = ridge
      self.maximumIterations = maximumIterations
      self.gradientTolerance = gradientTolerance
    }
  }

  /// W, [classes, features].
  package let weights: Matrix
  /// b, [classes].
  package let bias: [Float]
  /// The loss at the start (all weights 0) and after every Newton step.
  package let losses: [Double]
  /// The Euclidean norm of the gradient at the weights and biases.
  package let gradientNorm: Double
  /// Whether that norm came below the tolerance.
  package let converged: Bool

  /// Fits weights and biases.
  ///
  /// - Parameters:
  ///   - features: [samples, features], at least one sample; scale them alike, for the ridge's sake.
  ///   - classes: [samples], each in `0..<classCount`.
  ///   - classWeights: [classCount], not negative; 1 if nil.
  /// - Throws: `CoreError.nonFinite` for a feature that is not finite or if the loss becomes so,
  ///   `CoreError.factorizationFailed` if the Hessian is singular (no ridge and dependent features) beyond repair by jitter.
  package init(
    features: Matrix, classes: [Int], classCount: Int, classWeights: [Float]? = nil, options: Options = Options(),
    compute: Compute
  ) throws(CoreError) {
    precondition(
      features.rows > 0 && classCount > 1, "SoftmaxRegression: \(features.rows) samples, \(classCount) classes")
    precondition(
      classes.count == features.rows && classes.allSatisfy { (0..<classCount).contains($0) },
      "SoftmaxRegression: \(classes.count) classes for \(features.rows) samples, or one beyond \(classCount)")
    precondition(classWeights.map { $0.count == classCount } ?? true, "SoftmaxRegression: \(classCount) class weights")
    guard features.isFinite else { throw .nonFinite("a feature") }
    let objective = SoftmaxObjective(
      features: features, classes: classes, classCount: classCount, classWeights: classWeights, ridge: options.ridge,
      compute: compute)

    var theta = [Double](repeating: 0, count: classCount * objective.width)
    var logits = objective.logits(theta)
    var losses = [objective.loss(logits, theta)]
    while true {
      guard let loss = losses.last, loss.isFinite else { throw .nonFinite("the softmax loss") }
      let probabilities = objective.probabilities(logits)
      let gradient = objective.gradient(probabilities, theta)
      let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      var stopped = norm <= options.gradientTolerance || losses.count > options.maximumIterations
      if !stopped {
        let hessian = try CholeskyFactorization(
          objective.hessian(probabilities), jitterAttempts: 6, compute: compute)
        let step = try hessian.solve(gradient.map { Float(-$0) }).map(Double.init)
        let slope = zip(gradient, step).reduce(0) { $0 + $1.0 * $1.1 }
        let change = objective.logits(step)
        let accepted = NewtonLineSearch.step(from: loss, slope: slope) { length in
          objective.loss(logits, moved: length, along: change, zip(theta, step).map { $0 + length * $1 })
        }
        if let accepted, slope < 0 {
          theta = zip(theta, step).map { $0 + accepted.length * $1 }
          logits = objective.logits(theta)
          losses.append(objective.loss(logits, theta))
        } else {
          stopped = true
        }
      }
      if stopped {
        let (width, columns) = (objective.width, features.columns)
        weights = Matrix(
          classCount, columns, (0..<classCount * columns).map { Float(theta[$0 / columns * width + $0 % columns]) })
        bias = (0..<classCount).map { Float(theta[$0 * width + columns]) }
        self.losses = losses
        gradientNorm = norm
        converged = norm <= options.gradientTolerance
        return
      }
    }
  }

  /// Newton steps taken.
  package var iterations: Int { losses.count - 1 }

  /// `W x + b` for every row x. Shapes: features [count, features], result [count, classes].
  package func logits(of features: Matrix, compute: Compute) -> Matrix {
    var result = compute.product(features, transposed: false, weights, transposed: true)
    result.withMutableElements { z in for i in z.indices { z[i] += bias[i % bias.count] } }
    return result
  }
}
