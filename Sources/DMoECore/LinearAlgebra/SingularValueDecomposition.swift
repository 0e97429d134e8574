/// The thin singular value decomposition `matrix = u diag(singularValues) vTransposed`.
///
/// Shapes, for a matrix [m, n] and k = min(m, n): u [m, k] with orthonormal columns, singularValues [k] descending,
/// vTransposed [k, n] with orthonormal rows.
package struct SingularValueDecomposition: Sendable {
  /// The left singular vectors, one a column. Shape: [m, k].
  package let u: Matrix
  /// The singular values, in descending order. Shape: [k].
  package let singularValues: [Float]
  /// The right singular vectors, one a row. Shape: [k, n].
  package let vTransposed: Matrix

  /// Factors a matrix by LAPACK's `sgesdd`, or by Jacobi rotations on the reference backend.
  ///
  /// - Throws: `CoreError.nonFinite` for a matrix with an element that is not finite, `CoreError.factorizationFailed` if
  ///   the iteration does not converge.
  package init(_ matrix: Matrix, compute: Compute) throws(CoreError) {
    guard matrix.isFinite else { throw .nonFinite("a matrix to decompose") }
    let (m, n) = (matrix.rows, matrix.columns)
    let k = min(m, n)
    guard k > 0 else {
      self.init(u: Matrix(zeros: m, 0), singularValues: [], vTransposed: Matrix(zeros: 0, n))
      return
    }
    #if OpenBLAS
      if compute.backend == .openBLAS {
        var work = matrix
        var u = Matrix(uninitialized: m, k)
        var values = Matrix(uninitialized: 1, k)
        var vTransposed = Matrix(uninitialized: k, n)
        try LAPACK.gesdd(
          m, n, work.mutablePointer, values.mutablePointer, u.mutablePointer, vTransposed.mutablePointer)
        withExtendedLifetime(work) {}
        self.init(u: u, singularValues: values.elements, vTransposed: vTransposed)
        return
      }
    #endif
    let elements = matrix.elements.map(Double.init)
    if m <= n {
      let jacobi = try OneSidedJacobi(m, n, elements)
      self.init(
        u: Matrix(m, m, Self.transposed(m, m, jacobi.rotations).lazy.map(Float.init)),
        singularValues: jacobi.values.map(Float.init), vTransposed: Matrix(m, n, jacobi.vectors.lazy.map(Float.init)))
    } else {
      let jacobi = try OneSidedJacobi(n, m, Self.transposed(m, n, elements))
      self.init(
        u: Matrix(m, n, Self.transposed(n, m, jacobi.vectors).lazy.map(Float.init)),
        singularValues: jacobi.values.map(Float.init), vTransposed: Matrix(n, n, jacobi.rotations.lazy.map(Float.init)))
    }
  }

  private init(u: Matrix, singularValues: [Float], vTransposed: Matrix) {
    self.u = u
    self.singularValues = singularValues
    self.vTransposed = vTransposed
  }

  /// The part of the `rank` largest singular values: by Eckart and Young the nearest matrix of that rank. All of it if it
  /// has no more.
  package func truncated(rank: Int) -> SingularValueDecomposition {
    precondition(rank >= 0, "truncated: rank \(rank)")
    let r = min(rank, singularValues.count)
    var left = Matrix(uninitialized: u.rows, r)
    left.withMutableElements { left in
      u.withElements { u in
        for i in 0..<self.u.rows { for j in 0..<r { left[i * r + j] = u[i * self.u.columns + j] } }
      }
    }
    return SingularValueDecomposition(
      u: left, singularValues: Array(singularValues.prefix(r)), vTransposed: vTransposed.rows(0..<r))
  }

  private static func transposed(_ rows: Int, _ columns: Int, _ elements: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: elements.count)
    for i in 0..<rows { for j in 0..<columns { result[j * rows + i] = elements[i * columns + j] } }
    return result
  }
}
