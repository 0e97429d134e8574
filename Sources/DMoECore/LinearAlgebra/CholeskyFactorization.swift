/// The Cholesky factorization `matrix = factor factorᵀ` of a symmetric positive definite matrix.
package struct CholeskyFactorization: Sendable {
  /// Lower triangular, [n, n]; the upper triangle is 0.
  package let factor: Matrix
  /// The amount added to the diagonal of the matrix before it could be factored; 0 unless jitter was allowed.
  package let jitter: Float
  private let compute: Compute

  /// The side n of the matrix.
  package var count: Int { factor.rows }

  /// Factors a symmetric matrix [n, n], of which only the lower triangle is read.
  ///
  /// - Parameter jitterAttempts: how often to try again with a growing diagonal if the matrix is not positive definite
  ///   in `Float`: first 10⁻⁶ of the mean diagonal element, then ten times more each time.
  /// - Throws: `CoreError.factorizationFailed` for a matrix that is not positive definite; `info` is the row of the first
  ///   pivot that is not positive, from 1.
  package init(_ matrix: Matrix, jitterAttempts: Int = 0, compute: Compute) throws(CoreError) {
    precondition(matrix.rows == matrix.columns, "Cholesky: [\(matrix.rows), \(matrix.columns)] is not square")
    let n = matrix.rows
    self.compute = compute
    var (attempt, jitter) = (0, Float(0))
    while true {
      do throws(CoreError) {
        factor = try Self.factored(matrix, jitter: jitter, compute: compute)
        self.jitter = jitter
        return
      } catch {
        guard attempt < jitterAttempts else { throw error }
        attempt += 1
        let diagonal = (0..<n).reduce(0.0) { $0 + abs(Double(matrix[$1, $1])) } / Double(n)
        jitter = jitter == 0 ? max(Float(diagonal) * 1e-6, .leastNormalMagnitude) : jitter * 10
      }
    }
  }

  /// A factor that was computed before, lower triangular with a positive diagonal.
  package init(factor: Matrix, compute: Compute) {
    precondition(factor.rows == factor.columns, "Cholesky: [\(factor.rows), \(factor.columns)] is not square")
    self.factor = factor
    self.compute = compute
    jitter = 0
  }

  /// The factorization of the matrix times a positive number.
  func scaled(by scale: Float) -> CholeskyFactorization {
    let root = scale.squareRoot()
    return CholeskyFactorization(factor: Matrix(count, count, factor.elements.map { $0 * root }), compute: compute)
  }

  private static func factored(_ matrix: Matrix, jitter: Float, compute: Compute) throws(CoreError) -> Matrix {
    let n = matrix.rows
    var factor = matrix
    if n == 0 { return factor }
    let pointer = factor.mutablePointer
    for i in 0..<n {
      (pointer + i * n + i + 1).update(repeating: 0, count: n - i - 1)
      pointer[i * n + i] += jitter
      // LAPACK's own check lets an infinite element through.
      for j in 0...i where !pointer[i * n + j].isFinite { throw .nonFinite("a matrix to factor") }
    }
    #if OpenBLAS
      if compute.backend == .openBLAS {
        try LAPACK.potrf(n, pointer)
        withExtendedLifetime(factor) {}
        return factor
      }
    #endif
    try ReferenceCholesky.factor(n, pointer, compute)
    withExtendedLifetime(factor) {}
    return factor
  }

  /// Solves `matrix x = b` for every row b: the result is `b matrix⁻¹`. Shapes: b [count, n], result [count, n].
  ///
  /// Each row is solved by itself, so that its bits do not depend on the rows beside it: LAPACK's kernels for several right
  /// sides round by their place.
  package func solve(rows b: Matrix) throws(CoreError) -> Matrix {
    precondition(b.columns == count, "Cholesky solve: rows of \(b.columns) for a matrix of side \(count)")
    var x = b
    guard b.count > 0 else { return x }
    let pointer = x.mutablePointer
    #if OpenBLAS
      if compute.backend == .openBLAS {
        for row in 0..<b.rows { try LAPACK.potrs(count, 1, factor.pointer, pointer + row * count) }
        withExtendedLifetime((factor, x)) {}
        return x
      }
    #endif
    compute.parallel(b.rows) { rows in
      for row in rows { ReferenceCholesky.solve(count, factor.pointer, pointer + row * count) }
    }
    withExtendedLifetime((factor, x)) {}
    return x
  }

  /// Solves `matrix x = b` for one vector of n elements.
  package func solve(_ b: [Float]) throws(CoreError) -> [Float] { try solve(rows: Matrix(row: b)).elements }

  /// `xᵀ matrix⁻¹ x` for every row x: with the Hessian of a log posterior, the variance of a linear score in Laplace's
  /// approximation. Shapes: x [count, n], result [count].
  package func inverseQuadraticForms(rows x: Matrix) throws(CoreError) -> [Float] {
    let solved = try solve(rows: x)
    return x.withElements { x in
      solved.withElements { y in
        (0..<solved.rows).map { row in
          var sum = 0.0
          for j in row * count..<(row + 1) * count { sum += Double(x[j]) * Double(y[j]) }
          return Float(sum)
        }
      }
    }
  }
}
