#if OpenBLAS
  import CDMoEBLAS

  /// The LAPACKE routines in use, on row-major matrices.
  ///
  /// A row-major matrix is its transpose in column-major order, so each routine is asked for the transposed problem
  /// in column-major order; LAPACKE's own row-major mode would copy every operand to transpose it.
  enum LAPACK {
    /// `a = u diag(s) vt`, thin. Shapes: a [m, n] (overwritten), s [k], u [m, k], vt [k, n] with k = min(m, n).
    static func gesdd(
      _ m: Int, _ n: Int, _ a: UnsafeMutablePointer<Float>, _ s: UnsafeMutablePointer<Float>,
      _ u: UnsafeMutablePointer<Float>, _ vt: UnsafeMutablePointer<Float>
    ) throws(CoreError) {
      let k = min(m, n)
      // Transposed: the left vectors of aT are the right ones of a.
      let info = LAPACKE_sgesdd(
        LAPACK_COL_MAJOR, letter("S"), numericCast(n), numericCast(m), a, numericCast(n), s, vt, numericCast(n), u,
        numericCast(k))
      guard info == 0 else { throw .factorizationFailed(routine: "sgesdd", info: Int(info)) }
    }

    /// Lower Cholesky factor in place of the lower triangle of `a` [n, n]; the upper triangle is neither read nor written.
    static func potrf(_ n: Int, _ a: UnsafeMutablePointer<Float>) throws(CoreError) {
      let info = LAPACKE_spotrf(LAPACK_COL_MAJOR, letter("U"), numericCast(n), a, numericCast(n))
      guard info == 0 else { throw .factorizationFailed(routine: "spotrf", info: Int(info)) }
    }

    /// Solves for every row of `b` [count, n] in place, with the factor of `potrf`.
    static func potrs(
      _ n: Int, _ count: Int, _ factor: UnsafePointer<Float>, _ b: UnsafeMutablePointer<Float>
    ) throws(CoreError) {
      let info = LAPACKE_spotrs(
        LAPACK_COL_MAJOR, letter("U"), numericCast(n), numericCast(count), factor, numericCast(n), b, numericCast(n))
      guard info == 0 else { throw .factorizationFailed(routine: "spotrs", info: Int(info)) }
    }

    private static func letter(_ letter: Unicode.Scalar) -> CChar { CChar(truncatingIfNeeded: letter.value) }
  }
#endif
