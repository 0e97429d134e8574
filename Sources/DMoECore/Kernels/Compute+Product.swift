extension Compute {
  /// `c = alpha op(a) op(b) + beta c` over the threads of this compute.
  ///
  /// With `beta` 0 the elements of `c` are not read, so they may be uninitialized or not finite. The longer side of `c`
  /// is split among the threads at multiples of 16; small products and those of `serial` stay on the calling thread.
  ///
  /// Shapes: op(a) [m, k], op(b) [k, n], c [m, n], all row-major; a leading dimension is the distance between the rows of
  /// the matrix as stored, in elements.
  package func multiply(
    _ m: Int, _ n: Int, _ k: Int, alpha: Float = 1,
    _ a: UnsafePointer<Float>, _ lda: Int, transposeA: Bool,
    _ b: UnsafePointer<Float>, _ ldb: Int, transposeB: Bool,
    beta: Float = 0, _ c: UnsafeMutablePointer<Float>, _ ldc: Int
  ) {
    precondition(m >= 0 && n >= 0 && k >= 0, "multiply: negative shape [\(m), \(k)] x [\(k), \(n)]")
    guard m > 0, n > 0 else { return }
    precondition(
      k == 0 || (lda >= (transposeA ? m : k) && ldb >= (transposeB ? k : n)),
      "multiply: rows of length \(lda) and \(ldb) for [\(m), \(k)] x [\(k), \(n)]")
    precondition(ldc >= n, "multiply: rows of length \(ldc) for a result [\(m), \(n)]")

    let unit = 16
    let (longer, shorter) = (max(m, n), min(m, n))
    // A thread is worth waking for some tens of microseconds of work.
    let work = backend == .openBLAS ? 2_000_000 : 500_000
    // To read a number takes as long as some operations: few rows are as much work as this many.
    let unitWork = max(1, 2 * unit * max(shorter, 8) * max(1, k))
    parallel((longer + unit - 1) / unit, grain: (work + unitWork - 1) / unitWork) { units in
      let start = units.lowerBound * unit
      let count = min(units.upperBound * unit, longer) - start
      if m >= n {
        multiplyPart(
          count, n, k, alpha, a + (transposeA ? start : start * lda), lda, transposeA,
          b, ldb, transposeB, beta, c + start * ldc, ldc)
      } else {
        multiplyPart(
          m, count, k, alpha, a, lda, transposeA,
          b + (transposeB ? start * ldb : start), ldb, transposeB, beta, c + start, ldc)
      }
    }
  }

  private func multiplyPart(
    _ m: Int, _ n: Int, _ k: Int, _ alpha: Float,
    _ a: UnsafePointer<Float>, _ lda: Int, _ transposeA: Bool,
    _ b: UnsafePointer<Float>, _ ldb: Int, _ transposeB: Bool,
    _ beta: Float, _ c: UnsafeMutablePointer<Float>, _ ldc: Int
  ) {
    // BLAS wants leading dimensions of at least 1 even where nothing is multiplied; the reference then only scales `c`.
    if backend == .openBLAS && k > 0 {
      BLAS.multiply(
        m, n, k, a, lda, transposeA: transposeA, b, ldb, transposeB: transposeB, alpha: alpha, beta: beta, c, ldc)
    } else {
      ReferenceProduct.multiply(
        m, n, k, alpha: alpha, a, lda, transposeA: transposeA, b, ldb, transposeB: transposeB, beta: beta, c, ldc)
    }
  }
}
