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

  /// Differences chosen − rejected of standardised states, one row a pair, with the pairs' weights and probabilities.
  ///
  /// Shapes: states [responses of all examples, columns].
  static func pairs(
    _ states: Matrix, _ examples: [RankedExample], scale: Matrix
  ) -> (differences: Matrix, weights: [Float], labels: [Float]) {
    var rows: [(Int, Int)] = []
    var weights: [Float] = []
    var labels: [Float] = []
    var start = 0
    for example in examples {
      for pair in example.pairs {
        rows.append((start + pair.chosen, start + pair.rejected))
        weights.append(Float(example.weight / Double(example.pairs.count)))
        labels.append(Float(pair.probability))
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
    return (differences, weights, labels)
  }

  /// The weights on standardised states that fit the pairs best, near `start` if one is given.
  ///
  /// - Throws: `CoreError`.
  static func direction(
    _ states: Matrix, _ examples: [RankedExample], scale: Matrix, start: Matrix? = nil, ridge: Double,
    _ compute: Compute
  ) throws -> Matrix {
    let (differences, weights, labels) = pairs(states, examples, scale: scale)
    // d = x·(start + θ) is the regression on θ with the margin −x·start.
    let margins = start.map { compute.product(differences, transposed: false, $0, transposed: true).elements.map { -$0 } }
    let fit = try RankingRegression(
      differences: differences, pairWeights: weights, softLabels: labels, margins: margins,
      options: .init(ridge: ridge), compute: compute)
    var result = Matrix(row: fit.weights)
    if let start { compute.add(start, scale: 1, to: &result) }
    return result
  }
}
