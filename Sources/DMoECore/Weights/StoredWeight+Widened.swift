/// The products of stored weights without kernels of their own: some outputs at a time are widened to floats and multiplied as
/// any matrix is. It is the way of the pure-Swift backend.
extension StoredWeight {
  /// Outputs that are widened at a time.
  private static let tile = 256

  /// y = x Wᵀ. Shapes: x [rows, inputs], y [rows, outputs].
  func multiplyWidened(_ x: Matrix, into y: UnsafeMutablePointer<Float>, _ compute: Compute) {
    forEachTile(compute) { start, weights in
      compute.multiply(
        x.rows, weights.rows, inputs, x.pointer, inputs, transposeA: false, weights.pointer, inputs, transposeB: true,
        y + start, outputs)
    }
  }

  /// dx += dy W. Shapes: dy [rows, outputs], dx [rows, inputs].
  func addWidenedGradient(_ dy: Matrix, to dx: inout Matrix, _ compute: Compute) {
    let to = dx.mutablePointer
    forEachTile(compute) { start, weights in
      compute.multiply(
        dy.rows, inputs, weights.rows, dy.pointer + start, outputs, transposeA: false, weights.pointer, inputs,
        transposeB: false, beta: 1, to, inputs)
    }
  }

  private func forEachTile(_ compute: Compute, _ body: (_ start: Int, _ weights: Matrix) -> Void) {
    for start in stride(from: 0, to: outputs, by: Self.tile) {
      let count = min(Self.tile, outputs - start)
      var weights = Matrix(uninitialized: count, inputs)
      let target = weights.mutablePointer
      compute.parallel(count, grain: max(1, 16_384 / max(1, inputs))) { part in
        widen(start + part.lowerBound..<start + part.upperBound, into: target + part.lowerBound * inputs)
      }
      body(start, weights)
    }
  }
}
