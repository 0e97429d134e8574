extension Compute {
  /// `op(a) op(b)` as a new matrix, where op is the transpose if asked for.
  ///
  /// Shapes: op(a) [m, k], op(b) [k, n], result [m, n].
  package func product(
    _ a: Matrix, transposed transposeA: Bool, _ b: Matrix, transposed transposeB: Bool
  ) -> Matrix {
    let (m, k) = transposeA ? (a.columns, a.rows) : (a.rows, a.columns)
    let (depth, n) = transposeB ? (b.columns, b.rows) : (b.rows, b.columns)
    precondition(k == depth, "product: [\(m), \(k)] x [\(depth), \(n)]")
    var result = Matrix(uninitialized: m, n)
    let c = result.mutablePointer
    multiply(
      m, n, k, a.pointer, a.columns, transposeA: transposeA, b.pointer, b.columns, transposeB: transposeB, c, n)
    withExtendedLifetime((a, b, result)) {}
    return result
  }

  /// `a b` as a new matrix. Shapes: a [m, k], b [k, n], result [m, n].
  package func product(_ a: Matrix, _ b: Matrix) -> Matrix { product(a, transposed: false, b, transposed: false) }
}
