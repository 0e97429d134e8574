extension RandomSource {
  /// Uniform in [-bound, bound).
  ///
  /// Shapes: rows × columns.
  package mutating func uniform(_ rows: Int, _ columns: Int, bound: Float) -> Matrix {
    var result = Matrix(uninitialized: rows, columns)
    result.withMutableElements { for i in $0.indices { $0[i] = (2 * uniform() - 1) * bound } }
    return result
  }
}
