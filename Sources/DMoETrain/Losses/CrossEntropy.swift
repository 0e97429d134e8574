import DMoECore

/// The cross-entropy of a classification: −log softmax(logits)[target], in nats.
enum CrossEntropy {
  /// The loss of a batch and its gradient by every logit.
  ///
  /// Shapes: logits [texts, classes], one target and one weight a text -> gradient of the same shape, already divided by
  /// `totalWeight`.
  static func evaluate(
    _ logits: Matrix, targets: [Int], weights: [Double], totalWeight: Double, _ compute: Compute
  ) -> (result: PassResult, gradient: Matrix) {
    let (losses, gradient) = compute.crossEntropy(
      logits, targets: targets, weights: weights.map { Float($0 / totalWeight) })
    var result = PassResult()
    for (row, target) in targets.enumerated() {
      result.loss += weights[row] * losses[row]
      result.weight += weights[row]
      result.pairs += 1
      let values = logits.row(row)
      let best = values.indices.max { values[$0] < values[$1] }
      if best == target { result.correct += 1 }
    }
    return (result, gradient)
  }
}
