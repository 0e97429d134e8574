import DMoECore

// Between completions and the rows of a pass, which has the tokens of all completions one below the other.

extension ArraySlice<RollOut> {
  /// Hands a column of what was read of the tokens of all completions back to where the tokens are.
  ///
  /// Shapes: values [tokens of all, any].
  mutating func distribute(
    _ values: Matrix, column: Int, to path: WritableKeyPath<RollOut, [[Float]]>
  ) {
    var row = 0
    for index in indices {
      self[index][keyPath: path] = self[index].completions.map { completion in
        defer { row += completion.tokens.count }
        return (row..<row + completion.tokens.count).map { values[$0, column] }
      }
    }
  }

  /// Hands the states of the reference back to where the tokens are.
  ///
  /// Shapes: states [tokens of all, hidden].
  mutating func keep(_ states: Matrix) {
    var row = 0
    for index in indices {
      let rows = row..<row + self[index].completions.reduce(0) { $0 + $1.tokens.count }
      self[index].measures.referenceStates = states.rows(rows)
      row = rows.upperBound
    }
  }
}

extension [ScoredCompletion] {
  /// Takes log-probabilities, entropies and, where they are there, divergences. Shapes: [tokens of all, 2 or 3].
  mutating func read(_ values: Matrix) {
    var row = 0
    for index in indices {
      let rows = row..<row + self[index].oldLogProbabilities.count
      self[index].logProbabilities = rows.map { values[$0, 0] }
      self[index].entropies = rows.map { values[$0, 1] }
      if values.columns == 3 { self[index].divergences = rows.map { values[$0, 2] } }
      row = rows.upperBound
    }
  }
}

extension PolicyLoss {
  /// The derivatives by log-probability, entropy and divergence, as far as the head gives them. Shape: [tokens of all, columns].
  func seed(columns: Int) -> Matrix {
    let rows = gradients.flatMap { own in
      own.logProbabilities.indices.flatMap {
        [own.logProbabilities[$0], own.entropies[$0], own.divergences[$0]].prefix(columns)
      }
    }
    return Matrix(rows.count / columns, columns, rows)
  }
}
