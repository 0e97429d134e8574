import DMoECore
import DMoEModel

/// Linear rewards on fixed states by Newton's method: where heads and aggregators start.
enum WarmStart {
  /// Mean and reciprocal deviation by column.
  static func standardization(_ x: Matrix) -> (shift: Matrix, scale: Matrix) {
    var mean = [Double](repeating: 0, count: x.columns)
    var square = mean
    x.withElements { x in
      for (i, value) in x.enumerated() {
        mean[i % mean.count] += Double(value)
        square[i % mean.count] += Double(value) * Double(value)
      }
    }
    let n = Double(max(1, x.rows))
    let scale = zip(mean, square).map { sum, squares in
      let variance = max(0, squares / n - (sum / n) * (sum / n))
      // A channel that hardly moves says nothing, and must not be blown up.
      return Float(1 / max(variance.squareRoot(), 1e-4))
    }
    return (Matrix(row: mean.map { Float($0 / n) }), Matrix(row: scale))
  }

  /// Differences chosen − rejected of standardized states, one row a pair, with the pairs' weights, probabilities and
  /// offsets.
  ///
  /// Shapes: states [responses of all examples, columns].
  static func pairs(
    _ states: Matrix, _ examples: [RankedExample], scale: Matrix
  ) -> (differences: Matrix, weights: [Float], labels: [Float], offsets: [Float]) {
    var rows: [(Int, Int)] = []
    var weights: [Float] = []
    var labels: [Float] = []
    var offsets: [Float] = []
    var start = 0
    for example in examples {
      for pair in example.pairs {
        rows.append((start + pair.chosen, start + pair.rejected))
        weights.append(Float(example.weight / Double(example.pairs.count)))
        labels.append(Float(pair.probability))
        offsets.append(Float(pair.offset))
      }
      start += example.encoded.responses.count
    }
    var differences = Matrix(uninitialized: rows.count, states.columns)
    let columns = states.columns
    differences.withMutableElements { to in
      states.withElements { x in
        scale.withElements { scale in
          for (i, (a, b)) in rows.enumerated() {
            for c in 0..<columns { to[i * columns + c] = (x[a * columns + c] - x[b * columns + c]) * scale[c] }
          }
        }
      }
    }
    return (differences, weights, labels, offsets)
  }

  /// The weights on standardized states that fit the pairs best, near `start` if one is given.
  ///
  /// The ridge is the one that does best in cross-validation by dialogue, so that no validation sample is spent on it;
  /// then `start` itself is returned unless that ridge's correction of it gains more than a standard error on the left-out
  /// prompts (the rule of Breiman et al., Classification and Regression Trees, 1984): few pairs, or pairs that `start`
  /// orders as well as they can be, move nothing.
  /// - Throws: `CoreError`.
  static func direction(
    _ states: Matrix, _ examples: [RankedExample], scale: Matrix, start: Matrix? = nil, ridges: [Double],
    _ compute: Compute
  ) throws -> Matrix {
    let (differences, weights, labels, offsets) = pairs(states, examples, scale: scale)
    // d = x·(start + θ) + offset is the regression on θ with the margin −x·start − offset.
    var margins = offsets.map { -$0 }
    if let start {
      let given = compute.product(differences, transposed: false, start, transposed: true).elements
      margins = zip(margins, given).map { $0 - $1 }
    }
    let reduced = try RowSpace(differences, compute)
    let problem = Problem(features: reduced.features, weights: weights, labels: labels, margins: margins)
    let (ridge, gain) = try problem.bestRidge(ridges, prompts: prompts(of: examples), compute)
    if let start, let gain, !gain.isCertain { return start }
    var result = try reduced.lift(try problem.fit(Array(weights.indices), ridge: ridge, compute), compute)
    if let start { compute.add(start, scale: 1, to: &result) }
    return result
  }

  /// The regression on standardized states itself, with its Hessian; the ridge is chosen as for `direction`.
  ///
  /// Not in the span of the pairs: the posterior's spread lies outside of it, too.
  static func regression(
    _ states: Matrix, _ examples: [RankedExample], scale: Matrix, ridges: [Double], _ compute: Compute
  ) throws -> RankingRegression {
    let (differences, weights, labels, offsets) = pairs(states, examples, scale: scale)
    let margins = offsets.map { -$0 }
    let reduced = try RowSpace(differences, compute)
    let (ridge, _) = try Problem(features: reduced.features, weights: weights, labels: labels, margins: margins)
      .bestRidge(ridges, prompts: prompts(of: examples), compute)
    return try RankingRegression(
      differences: differences, pairWeights: weights, softLabels: labels, margins: margins,
      options: .init(ridge: ridge), compute: compute)
  }

  private static let foldCount = 5

  /// The prompt of every pair, counted from 0: all pairs of one dialogue are in one fold, since they share texts.
  private static func prompts(of examples: [RankedExample]) -> [Int] {
    zip(examples, examples.prompts).flatMap { example, prompt in example.pairs.map { _ in prompt } }
  }

  /// A ranking regression that can be fitted on part of its pairs.
  private struct Problem {
    let features: Matrix
    let weights: [Float]
    let labels: [Float]
    let margins: [Float]

    func fit(_ rows: [Int], ridge: Double, _ compute: Compute) throws -> Matrix {
      let part = Matrix(rows.count, features.columns, rows.flatMap { features.row($0) })
      let fit = try RankingRegression(
        differences: part, pairWeights: rows.map { weights[$0] }, softLabels: rows.map { labels[$0] },
        margins: rows.map { margins[$0] }, options: .init(ridge: ridge), compute: compute)
      return Matrix(row: fit.weights)
    }

    /// The ridge that gains most on left-out folds, and what it gains; the largest, and no gain known, where there are
    /// too few pairs to tell.
    func bestRidge(
      _ ridges: [Double], prompts: [Int], _ compute: Compute
    ) throws -> (ridge: Double, gain: PromptGain?) {
      let folds = prompts.map { $0 % foldCount }
      let largest = ridges.max() ?? 1
      guard ridges.count > 1, folds.count >= 2 * foldCount, Set(folds).count == foldCount else { return (largest, nil) }
      var best: (sum: Double, ridge: Double, gain: PromptGain)?
      for ridge in ridges {
        var gain = PromptGain()
        for fold in 0..<foldCount {
          let inside = folds.indices.filter { folds[$0] != fold }
          let theta = try fit(inside, ridge: ridge, compute).elements
          for row in folds.indices where folds[row] == fold {
            let moved = zip(features.row(row), theta).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            gain.add(loss(of: row, moved: 0) - loss(of: row, moved: moved), prompt: prompts[row])
          }
        }
        let sum = gain.sum
        if best.map({ sum > $0.sum }) ?? true { best = (sum, ridge, gain) }
      }
      return best.map { ($0.ridge, $0.gain) } ?? (largest, nil)
    }

    /// The weighted loss of a pair whose difference the fit moves by so much.
    private func loss(of row: Int, moved: Double) -> Double {
      let d = moved - Double(margins[row])
      let q = Double(labels[row])
      return Double(weights[row]) * (q * Logistic.softplus(-d) + (1 - q) * Logistic.softplus(d))
    }
  }

  /// Features in as many dimensions as there are pairs, where those are fewer: the best weights are a mixture of the
  /// pairs' own features (representer theorem), and Newton steps cost the cube of the dimensions.
  private struct RowSpace {
    /// [pairs, dimensions], with the same products between rows as the original.
    let features: Matrix
    private let original: Matrix
    private let gram: CholeskyFactorization?

    init(_ x: Matrix, _ compute: Compute) throws {
      original = x
      guard x.rows < x.columns else {
        features = x
        gram = nil
        return
      }
      var products = compute.product(x, transposed: false, x, transposed: true)
      let trace = (0..<x.rows).reduce(Float(0)) { $0 + products[$1, $1] }
      for i in 0..<x.rows { products[i, i] += max(1e-5 * trace / Float(x.rows), .leastNormalMagnitude) }
      let factorization = try CholeskyFactorization(products, jitterAttempts: 4, compute: compute)
      gram = factorization
      features = factorization.lowerTriangle
    }

    /// Weights on the original features from weights on the reduced ones: Xᵀ K⁻¹ L β.
    func lift(_ beta: Matrix, _ compute: Compute) throws -> Matrix {
      guard let gram else { return beta }
      let mixed = compute.product(beta, transposed: false, features, transposed: true)
      return compute.product(try gram.solve(rows: mixed), original)
    }
  }
}

extension Matrix {
  /// Element by element with a matrix of the same shape.
  func combined(with other: Matrix, _ combine: (Float, Float) -> Float) -> Matrix {
    precondition(rows == other.rows && columns == other.columns, "combined: [\(rows), \(columns)]")
    return Matrix(rows, columns, zip(elements, other.elements).map(combine))
  }
}

extension CholeskyFactorization {
  /// The factor with zeros above the diagonal.
  fileprivate var lowerTriangle: Matrix {
    var result = factor
    for row in 0..<result.rows { for column in row + 1..<max(row + 1, result.columns) { result[row, column] = 0 } }
    return result
  }
}
