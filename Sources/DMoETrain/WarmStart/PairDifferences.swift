import DMoECore

/// Pairs as a regression sees them: the difference chosen − rejected of standardized states, one row a pair.
struct PairDifferences {
  /// Shape: [pairs, columns].
  let differences: Matrix
  let weights: [Float]
  /// The probabilities that the chosen response is the better one.
  let labels: [Float]
  /// What lengths alone say for the chosen response.
  let offsets: [Float]
  /// The prompt of every pair, counted from 0.
  let prompts: [Int]
  /// The source of every pair, counted from 0; pairs without one are of one more.
  let sources: [Int]

  /// The pairs of examples whose responses have these states.
  ///
  /// Shapes: states [responses of all examples, columns], scale [1, columns].
  init(_ states: Matrix, _ examples: [RankedExample], scale: Matrix) {
    var rows: [(chosen: Int, rejected: Int)] = []
    var (weights, labels, offsets): ([Float], [Float], [Float]) = ([], [], [])
    var (prompts, sources): ([Int], [Int]) = ([], [])
    let places = Distinct(examples.map(\.source)).places
    var start = 0
    for (example, (prompt, source)) in zip(examples, zip(examples.prompts, places)) {
      for pair in example.pairs {
        rows.append((start + pair.chosen, start + pair.rejected))
        weights.append(Float(example.ranking.pairWeight))
        labels.append(Float(pair.probability))
        offsets.append(Float(pair.offset))
        prompts.append(prompt)
        sources.append(source)
      }
      start += example.ranking.responseCount
    }
    differences = Self.differences(states, rows, scale: scale)
    self.weights = weights
    self.labels = labels
    self.offsets = offsets
    self.prompts = prompts
    self.sources = sources
  }

  /// The weighted loss of a pair whose difference is so much.
  func loss(of row: Int, difference d: Double) -> Double {
    let q = Double(labels[row])
    return Double(weights[row]) * (q * Logistic.softplus(-d) + (1 - q) * Logistic.softplus(d))
  }

  /// The summed loss of a reward that is linear in the standardized states. Shape: direction [1, columns].
  func loss(of direction: Matrix, _ compute: Compute) -> Double {
    let own = compute.product(differences, transposed: false, direction, transposed: true).elements
    return own.indices.reduce(0) { $0 + loss(of: $1, difference: Double(own[$1]) + Double(offsets[$1])) }
  }

  private static func differences(
    _ states: Matrix, _ rows: [(chosen: Int, rejected: Int)], scale: Matrix
  ) -> Matrix {
    let columns = states.columns
    var result = Matrix(uninitialized: rows.count, columns)
    result.withMutableElements { to in
      states.withElements { x in
        scale.withElements { scale in
          for (i, (a, b)) in rows.enumerated() {
            for c in 0..<columns { to[i * columns + c] = (x[a * columns + c] - x[b * columns + c]) * scale[c] }
          }
        }
      }
    }
    return result
  }
}
