extension Graph {
  /// x under the mean of several dropout masks, which a linear layer sees as the mean of its values under each; x itself
  /// in evaluation.
  ///
  /// - Parameters:
  ///   - rate: The share of elements that one mask sets to 0.
  ///   - masks: How many are averaged.
  ///   - key: Tells these masks from those of other places.
  package func dropout(_ x: Variable, rate: Float, masks: Int, key: UInt64) -> Variable {
    precondition(masks > 0, "dropout: \(masks) masks")
    guard let dropoutSeed, rate > 0 else { return x }
    var factors = Matrix(zeros: x.rows, x.columns)
    for index in 0..<masks {
      guard let mask = DropoutMask(rate: rate, seed: dropoutSeed, key: key &+ UInt64(index)) else { continue }
      var one = Matrix(x.rows, x.columns, [Float](repeating: 1 / Float(masks), count: x.rows * x.columns))
      mask.apply(to: &one, compute)
      compute.add(one, scale: 1, to: &factors)
    }
    func masked(_ matrix: Matrix) -> Matrix {
      var result = matrix
      result.withMutableElements { elements in
        factors.withElements { factors in for i in elements.indices { elements[i] *= factors[i] } }
      }
      return result
    }
    return apply(x, value: masked(x.value)) { masked($0) }
  }
}
