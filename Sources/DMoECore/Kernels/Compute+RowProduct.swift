import CDMoEKernels

extension Compute {
  /// y = x Wᵀ, with every row of y a function of its row of x alone: a sum runs over the inputs in ascending order,
  /// however many rows there are and wherever a row stands.
  ///
  /// For the small products beside and above frozen weights (low-rank terms, heads); large ones are `multiply`'s, whose
  /// kernels take more than one row at a time and may add up a row in another order where it has other company.
  /// Shapes: x [rows, inputs], w [outputs, inputs], y [rows, outputs], all without gaps.
  func multiplyByRow(
    _ rows: Int, _ outputs: Int, _ inputs: Int, _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>,
    _ y: UnsafeMutablePointer<Float>
  ) {
    guard rows > 0, outputs > 0 else { return }
    // A thread is worth waking for some tens of microseconds of work; the weights are laid out anew by each.
    let grain = max(16, 1_000_000 / max(1, outputs * inputs))
    parallel(rows, grain: grain) { part in
      let (from, to) = (x + part.lowerBound * inputs, y + part.lowerBound * outputs)
      guard backend == .openBLAS, inputs > 0 else {
        return ReferenceProduct.multiply(
          part.count, outputs, inputs, alpha: 1, from, inputs, transposeA: false, w, inputs, transposeB: true, beta: 0,
          to, outputs)
      }
      var weights = dmoe_stored_matrix(
        bytes: UnsafeRawPointer(w).assumingMemoryBound(to: UInt8.self),
        row_bytes: Int64(inputs * MemoryLayout<Float>.stride), row_order: nil, outputs: Int64(outputs),
        inputs: Int64(inputs), format: DMOE_STORED_F32)
      withScratch(dmoe_stored_scratch_bytes(&weights), of: UInt8.self) { scratch in
        dmoe_stored_multiply_float(
          &weights, 0, Int64(outputs), from, Int64(inputs), Int64(part.count), to, Int64(outputs), scratch)
      }
    }
  }
}
