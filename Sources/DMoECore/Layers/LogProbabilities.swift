extension Graph {
  /// The log-probability of one token a row, and the entropy of the row's distribution, both in nats; with a reference its
  /// divergence from that one's, summed over the whole vocabulary, too.
  ///
  /// The logits of a block of rows are all that there is of them at a time; for the gradient they are computed again.
  /// Shapes: states and reference [rows, hidden], targets [rows] -> [rows, 2], the log-probability and the entropy, or [rows, 3]
  /// with the divergence.
  ///
  /// - Parameters:
  ///   - states: After the final norm.
  ///   - head: The language-model head, frozen.
  ///   - targets: Columns of the logits.
  ///   - temperature: What logits are divided by; above 0.
  ///   - reference: Other states before the same head; they get no gradient.
  package func logProbabilities(
    _ states: Variable, head: Linear, targets: [Int32], temperature: Float, reference: Matrix? = nil
  ) -> Variable {
    guard case .frozen(let weight) = head.weight, head.bias == nil else {
      preconditionFailure("logProbabilities: a head that is trained, or has a bias")
    }
    precondition(
      targets.count == states.rows && weight.inputs == states.columns && temperature > 0
        && targets.allSatisfy { (0..<weight.outputs).contains(Int($0)) },
      "logProbabilities: \(targets.count) targets for [\(states.rows), \(states.columns)] at \(temperature)")
    if let reference {
      precondition(
        reference.rows == states.rows && reference.columns == states.columns,
        "logProbabilities: a reference [\(reference.rows), \(reference.columns)]")
    }
    let pass = LogProbabilityPass(
      states: states.value, reference: reference, weight: weight, targets: targets, scale: 1 / temperature,
      compute: compute)
    let value = pass.forward()
    return apply(states, value: value) { pass.backward(value, gradient: $0) }
  }
}

/// Log-probabilities block by block, forward above backward.
private struct LogProbabilityPass {
  let states: Matrix
  let reference: Matrix?
  let weight: any WeightMatrix
  let targets: [Int32]
  let scale: Float
  let compute: Compute

  /// Rows whose logits are there at once: 12 MB of a vocabulary of 49,152.
  private static let block = 64

  private var blocks: [Range<Int>] {
    stride(from: 0, to: states.rows, by: Self.block).map { $0..<min($0 + Self.block, states.rows) }
  }

  private func logits(_ states: Matrix, _ rows: Range<Int>) -> Matrix {
    var logits = Matrix(uninitialized: rows.count, weight.outputs)
    weight.multiply(states.rows(rows), into: &logits, compute)
    return logits
  }

  /// Calls `body` for every row of a block of logits, with room for as many numbers again.
  private func forEachRow(
    _ logits: Matrix, _ body: (Int, UnsafeBufferPointer<Float>, UnsafeMutablePointer<Double>) -> Void
  ) {
    let (from, columns) = (logits.pointer, logits.columns)
    compute.parallel(logits.rows) { part in
      withScratch(SoftmaxRow.chunks(columns), of: Double.self) { sums in
        for row in part { body(row, UnsafeBufferPointer(start: from + row * columns, count: columns), sums) }
      }
    }
  }

  /// Numbers that a row has.
  private var width: Int { reference == nil ? 2 : 3 }

  func forward() -> Matrix {
    var result = Matrix(uninitialized: states.rows, width)
    let (to, width) = (result.mutablePointer, width)
    for rows in blocks {
      let logits = logits(states, rows)
      let others = reference.map { self.logits($0, rows) }
      forEachRow(logits) { row, x, sums in
        withScratch(x.count, of: Float.self) { e in
          let softmax = SoftmaxRow(x, scale: scale, exponentials: e, sums: sums, compute)
          let place = rows.lowerBound + row
          to[width * place] = softmax.logProbability(x[Int(targets[place])])
          to[width * place + 1] = softmax.entropy(x, e, compute)
          guard let others else { return }
          let y = others.pointer + row * x.count
          withRow(UnsafeBufferPointer(start: y, count: x.count), sums) { other in
            to[width * place + 2] = softmax.divergence(x, e, from: other, y, compute)
          }
        }
      }
    }
    return result
  }

  /// Calls `body` with a row of the reference; its exponentials are of no use.
  private func withRow(
    _ logits: UnsafeBufferPointer<Float>, _ sums: UnsafeMutablePointer<Double>, _ body: (SoftmaxRow) -> Void
  ) {
    withScratch(logits.count, of: Float.self) {
      body(SoftmaxRow(logits, scale: scale, exponentials: $0, sums: sums, compute))
    }
  }

  /// Shapes: value and gradient [rows, 2 or 3] -> [rows, hidden].
  func backward(_ value: Matrix, gradient: Matrix) -> Matrix {
    let parts = blocks.map { rows in
      let logits = logits(states, rows)
      var others = reference.map { self.logits($0, rows) }
      let apart = others?.mutablePointer
      var dlogits = Matrix(uninitialized: logits.rows, logits.columns)
      let (to, columns) = (dlogits.mutablePointer, logits.columns)
      forEachRow(logits) { row, x, sums in
        let e = to + row * columns
        let softmax = SoftmaxRow(x, scale: scale, exponentials: e, sums: sums, compute)
        let place = rows.lowerBound + row
        let y = apart.map { $0 + row * columns }
        if let y {
          withRow(UnsafeBufferPointer(start: y, count: columns), sums) { other in
            softmax.divergenceBackward(
              x, e, from: other, own: gradient[place, 2], divergence: value[place, 2], into: y, compute)
          }
        }
        softmax.backward(
          x, target: Int(targets[place]), own: gradient[place, 0], entropy: gradient[place, 1], h: value[place, 1],
          into: e, compute)
        if let y { compute.axpy(1, y, e, columns) }
      }
      withExtendedLifetime(others) {}
      var dx = Matrix(uninitialized: rows.count, states.columns)
      weight.multiplyTransposed(dlogits, into: &dx, beta: 0, compute)
      return dx
    }
    return Matrix(stacking: parts)
  }
}
