import Foundation

extension Compute {
  /// The cross-entropy of rows of logits with one right column each, in nats.
  ///
  /// Shapes: logits [rows, columns], targets [rows], weights [rows] -> losses [rows], unweighted, and the gradient of their
  /// weighted sum by the logits, [rows, columns].
  package func crossEntropy(
    _ logits: Matrix, targets: [Int], weights: [Float]
  ) -> (losses: [Double], gradient: Matrix) {
    let (rows, columns) = (logits.rows, logits.columns)
    precondition(
      targets.count == rows && weights.count == rows && targets.allSatisfy { (0..<columns).contains($0) },
      "crossEntropy: \(targets.count) targets and \(weights.count) weights of [\(rows), \(columns)]")
    var gradient = logits
    var losses = [Double](repeating: 0, count: rows)
    let (from, to) = (logits.pointer, gradient.mutablePointer)
    losses.withUnsafeMutableBufferPointer { losses in
      // Shared by threads: each row is written by the one that has it.
      nonisolated(unsafe) let losses = losses
      parallel(rows, grain: max(1, 16_384 / max(1, columns))) { part in
        for row in part {
          let (own, p) = (from + row * columns, to + row * columns)
          softmax(p, columns)
          var top = 0
          for c in 1..<columns where own[c] > own[top] { top = c }
          // Through the largest: a small probability may be 0 in floats.
          losses[row] = Double(own[top]) - log(Double(p[top])) - Double(own[targets[row]])
          for c in 0..<columns { p[c] *= weights[row] }
          p[targets[row]] -= weights[row]
        }
      }
    }
    return (losses, gradient)
  }
}
