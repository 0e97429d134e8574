/// Cholesky factorization and solution in plain Swift.
enum ReferenceCholesky {
  private static let blockSize = 48

  /// The lower factor in place of the lower triangle of `a` [n, n], by blocks of columns whose products go through
  /// `Compute.multiply`; the upper triangle must be 0 and is left 0.
  static func factor(_ n: Int, _ a: UnsafeMutablePointer<Float>, _ compute: Compute) throws(CoreError) {
    for start in stride(from: 0, to: n, by: blockSize) {
      let end = min(start + blockSize, n)
      for j in start..<end {
        let pivotRow = a + j * n
        var pivot = Double(pivotRow[j])
        for p in start..<j { pivot -= Double(pivotRow[p]) * Double(pivotRow[p]) }
        guard pivot > 0, pivot.isFinite else { throw .factorizationFailed(routine: "Cholesky", info: j + 1) }
        let root = pivot.squareRoot()
        pivotRow[j] = Float(root)
        for i in j + 1..<max(n, j + 1) {
          let row = a + i * n
          var sum = Double(row[j])
          for p in start..<j { sum -= Double(row[p]) * Double(pivotRow[p]) }
          row[j] = Float(sum / root)
        }
      }
      // The blocks below the new columns lose their part, one block of columns at a time, on and below the diagonal.
      for column in stride(from: end, to: n, by: blockSize) {
        let width = min(blockSize, n - column)
        compute.multiply(
          n - column, width, end - start, alpha: -1, a + column * n + start, n, transposeA: false,
          a + column * n + start, n, transposeB: true, beta: 1, a + column * n + column, n)
        for i in column..<column + width - 1 {
          (a + i * n + i + 1).update(repeating: 0, count: column + width - i - 1)
        }
      }
    }
  }

  /// Solves `factor factorᵀ x = b` in place of b [n].
  static func solve(_ n: Int, _ factor: UnsafePointer<Float>, _ b: UnsafeMutablePointer<Float>) {
    var x = (0..<n).map { Double(b[$0]) }
    for i in 0..<n {
      let row = factor + i * n
      var sum = x[i]
      for j in 0..<i { sum -= Double(row[j]) * x[j] }
      x[i] = sum / Double(row[i])
    }
    for i in (0..<n).reversed() {
      let row = factor + i * n
      x[i] /= Double(row[i])
      let value = x[i]
      for j in 0..<i { x[j] -= Double(row[j]) * value }
    }
    for i in 0..<n { b[i] = Float(x[i]) }
  }
}
