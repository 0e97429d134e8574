/// Singular values by one-sided Jacobi rotations in `Double`: slower than LAPACK, but short, and accurate for small
/// singular values too (Demmel and Veselić, "Jacobi's method is more accurate than QR", 1992).
///
/// For a matrix of n rows it finds an orthogonal G with `G matrix = diag(values) vectors`, so
/// `matrix = Gᵀ diag(values) vectors`.
struct OneSidedJacobi {
  /// G, [n, n] row after row.
  private(set) var rotations: [Double]
  /// Descending.
  private(set) var values: [Double]
  /// Orthonormal rows, [n, length] row after row.
  private(set) var vectors: [Double]

  private static let maximumSweeps = 60
  private static let tolerance = 1e-14

  /// - Parameter matrix: [n, length] with n <= length, row after row, finite.
  /// - Throws: `CoreError.factorizationFailed` if the rotations do not come to rest.
  init(_ n: Int, _ length: Int, _ matrix: [Double]) throws(CoreError) {
    precondition(
      n <= length && matrix.count == n * length, "OneSidedJacobi: \(matrix.count) elements for [\(n), \(length)]")
    // Rotate the rows of [matrix | identity] together.
    let width = (length + n + 3) / 4
    var rows = [SIMD4<Double>](repeating: .zero, count: n * width)
    let converged = rows.withUnsafeMutableBytes { bytes -> Bool in
      let rows = bytes.bindMemory(to: SIMD4<Double>.self)
      let scalars = UnsafeMutableRawPointer(rows.baseAddress)?.assumingMemoryBound(to: Double.self)
      guard let base = rows.baseAddress, let scalars else { return true }
      for i in 0..<n {
        for j in 0..<length { scalars[i * width * 4 + j] = matrix[i * length + j] }
        scalars[i * width * 4 + length + i] = 1
      }
      return Self.rotate(n, length, base, scalars, width)
    }
    guard converged else { throw .factorizationFailed(routine: "one-sided Jacobi", info: Self.maximumSweeps) }

    var unsorted: [(norm: Double, row: Int)] = []
    let flat = rows.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
    for i in 0..<n {
      var sum = 0.0
      for j in 0..<length { sum += flat[i * width * 4 + j] * flat[i * width * 4 + j] }
      unsorted.append((sum.squareRoot(), i))
    }
    let order = unsorted.sorted { $0.norm != $1.norm ? $0.norm > $1.norm : $0.row < $1.row }
    let floor = (order.first?.norm ?? 0) * 1e-14 * Double(max(length, 1))
    values = order.map { $0.norm > floor ? $0.norm : 0 }
    rotations = []
    vectors = []
    for (position, entry) in order.enumerated() {
      let start = entry.row * width * 4
      rotations += flat[start + length..<start + length + n]
      if values[position] > 0 {
        vectors += flat[start..<start + length].map { $0 / entry.norm }
      } else {
        vectors += Self.orthogonalUnitVector(to: vectors, length)
      }
    }
  }

  private static func rotate(
    _ n: Int, _ length: Int, _ rows: UnsafeMutablePointer<SIMD4<Double>>, _ scalars: UnsafeMutablePointer<Double>,
    _ width: Int
  ) -> Bool {
    var total = 0.0
    for i in 0..<n { for j in 0..<length { total += scalars[i * width * 4 + j] * scalars[i * width * 4 + j] } }
    // Rows of rounding noise have no direction of their own to rotate to.
    let negligible = total * 1e-30
    for _ in 0..<maximumSweeps {
      var rotated = false
      for p in 0..<max(n - 1, 0) {
        for q in p + 1..<n {
          let (x, y) = (scalars + p * width * 4, scalars + q * width * 4)
          let (xx, yy, xy) = products(x, y, length)
          guard xx > negligible, yy > negligible, abs(xy) > tolerance * (xx * yy).squareRoot() else { continue }
          rotated = true
          let zeta = (yy - xx) / (2 * xy)
          let t = (zeta >= 0 ? 1.0 : -1.0) / (abs(zeta) + (1 + zeta * zeta).squareRoot())
          let c = 1 / (1 + t * t).squareRoot()
          let s = c * t
          let (a, b) = (rows + p * width, rows + q * width)
          for i in 0..<width {
            let (u, v) = (a[i], b[i])
            a[i] = u * c - v * s
            b[i] = u * s + v * c
          }
        }
      }
      if !rotated { return true }
    }
    return false
  }

  private static func products(
    _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ length: Int
  ) -> (Double, Double, Double) {
    var (xx, yy, xy) = (SIMD4<Double>.zero, SIMD4<Double>.zero, SIMD4<Double>.zero)
    let whole = length / 4 * 4
    for i in stride(from: 0, to: whole, by: 4) {
      let u = UnsafeRawPointer(x + i).loadUnaligned(as: SIMD4<Double>.self)
      let v = UnsafeRawPointer(y + i).loadUnaligned(as: SIMD4<Double>.self)
      xx += u * u
      yy += v * v
      xy += u * v
    }
    var result = (xx.sum(), yy.sum(), xy.sum())
    for i in whole..<length {
      result.0 += x[i] * x[i]
      result.1 += y[i] * y[i]
      result.2 += x[i] * y[i]
    }
    return result
  }

  /// A unit vector orthogonal to the given orthonormal rows, of which there are fewer than `length`.
  private static func orthogonalUnitVector(to rows: [Double], _ length: Int) -> [Double] {
    let count = rows.count / length
    // The coordinate that the rows cover least.
    var covered = [Double](repeating: 0, count: length)
    for i in 0..<rows.count { covered[i % length] += rows[i] * rows[i] }
    var vector = [Double](repeating: 0, count: length)
    vector[covered.indices.min { covered[$0] < covered[$1] } ?? 0] = 1
    for _ in 0..<2 {
      for i in 0..<count {
        var dot = 0.0
        for j in 0..<length { dot += rows[i * length + j] * vector[j] }
        for j in 0..<length { vector[j] -= dot * rows[i * length + j] }
      }
    }
    let norm = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return vector.map { $0 / norm }
  }
}
