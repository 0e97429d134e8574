import CDMoEKernels

extension Compute {
  /// y = x Wᵀ, in which a row's result depends on that row alone: the order of every sum is fixed by the inner size
  /// (`dmoe_stored.h`), as that of weights that stay as they are stored.
  ///
  /// Shapes: x [rows, inputs], w [outputs, inputs], both row-major without gaps -> [rows, outputs].
  func rowProduct(
    _ x: UnsafePointer<Float>, rows: Int, by w: Matrix
  ) -> Matrix {
    let (outputs, inputs) = (w.rows, w.columns)
    var y = Matrix(uninitialized: rows, outputs)
    let to = y.mutablePointer
    guard backend == .openBLAS else {
      // Plain Swift adds in the order of the inputs, whatever else there is.
      multiply(
        rows, outputs, inputs, x, inputs, transposeA: false, w.pointer, inputs, transposeB: true, to, outputs)
      return y
    }
    var matrix = dmoe_stored_matrix(
      bytes: UnsafeRawPointer(w.pointer).assumingMemoryBound(to: UInt8.self),
      row_bytes: Int64(inputs * MemoryLayout<Float>.stride), row_order: nil, outputs: Int64(outputs),
      inputs: Int64(inputs), format: DMOE_STORED_F32)
    let scratchBytes = dmoe_stored_scratch_bytes(&matrix)
    // The kernels only read it, and are done before this function returns.
    nonisolated(unsafe) let shared = matrix
    parallel(rows, grain: max(1, 1_000_000 / max(1, outputs * inputs))) { part in
      var matrix = shared
      withScratch(scratchBytes, of: UInt8.self) { scratch in
        dmoe_stored_multiply_float(
          &matrix, 0, Int64(outputs), x + part.lowerBound * inputs, Int64(inputs), Int64(part.count),
          to + part.lowerBound * outputs, Int64(outputs), scratch)
      }
    }
    withExtendedLifetime(w) {}
    return y
  }
}
