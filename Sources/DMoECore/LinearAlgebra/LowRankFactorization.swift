/// A weight difference ΔW [out, in] as a product `b a` of two thin matrices, the form in which LoRA stores it.
///
/// Shapes: a [rank, in], b [out, rank]. The singular values are shared: each side carries their square roots. Scaling
/// (alpha / rank) is not part of it; `b a` is ΔW itself.
package struct LowRankFactorization: Sendable {
  /// The first factor. Shape: [rank, in].
  package let a: Matrix
  /// The second factor. Shape: [out, rank].
  package let b: Matrix
  /// ‖ΔW − b a‖ / ‖ΔW‖ in the Frobenius norm; 0 if ΔW is 0.
  package let relativeError: Double

  /// The rank of the product.
  package var rank: Int { a.rows }

  /// One adapter as it is stored: it adds `scaling b a` to its weight. Shapes: a [r, in], b [out, r].
  package struct Term: Sendable {
    /// The first factor. Shape: [r, in].
    package let a: Matrix
    /// The second factor. Shape: [out, r].
    package let b: Matrix
    /// The factor that the product is multiplied by.
    package let scaling: Float

    /// A term of these factors and this scaling.
    package init(a: Matrix, b: Matrix, scaling: Float) {
      precondition(b.columns == a.rows, "low-rank term: b [\(b.rows), \(b.columns)], a [\(a.rows), \(a.columns)]")
      self.a = a
      self.b = b
      self.scaling = scaling
    }
  }

  /// Far more than the sides of any layer whose adapter would be called low-rank.
  package static let maximumRank = 1 << 14

  /// - Throws: `CoreError.outOfRange`, `.tooLarge`: a rank is a number that users choose.
  private static func check(rank: Int, rows: Int, columns: Int) throws(CoreError) {
    guard (1...maximumRank).contains(rank) else {
      throw .outOfRange("the rank", value: "\(rank)", allowed: "from 1 to \(maximumRank)")
    }
    try Memory.require(
      floats: Double(rank) * (Double(rows) + Double(columns)), for: "a factorization of rank \(rank)")
  }

  /// The best approximation of a weight difference [out, in] with `rank`; rows and columns beyond its own rank are 0.
  ///
  /// - Throws: `CoreError.outOfRange` or `.tooLarge` for the rank; what `SingularValueDecomposition.init` throws.
  package init(approximating difference: Matrix, rank: Int, compute: Compute) throws(CoreError) {
    try Self.check(rank: rank, rows: difference.rows, columns: difference.columns)
    let svd = try SingularValueDecomposition(difference, compute: compute)
    let kept = min(rank, svd.singularValues.count)
    var a = Matrix(zeros: rank, difference.columns)
    var b = Matrix(zeros: difference.rows, rank)
    for r in 0..<kept {
      let root = svd.singularValues[r].squareRoot()
      for j in 0..<a.columns { a[r, j] = root * svd.vTransposed[r, j] }
      for i in 0..<b.rows { b[i, r] = root * svd.u[i, r] }
    }
    self.a = a
    self.b = b
    relativeError = Self.tailShare(svd.singularValues.map(Double.init), kept)
  }

  /// The best approximation with `rank` of a sum of adapters, without forming the [out, in] matrix: exact up to rounding
  /// if `rank` is at least the sum of their ranks.
  ///
  /// With b = Q_b R_b and aᵀ = Q_a R_a of the stacked sides, ΔW = Q_b (R_b R_aᵀ) Q_aᵀ, so the small middle matrix has its
  /// singular values.
  ///
  /// - Throws: `CoreError.outOfRange` or `.tooLarge` for the rank; `CoreError.nonFinite` for an adapter with an element that
  ///   is not finite, `CoreError.factorizationFailed`.
  package init(joining terms: [Term], rank: Int) throws(CoreError) {
    guard let first = terms.first else { preconditionFailure("LowRankFactorization: nothing to join") }
    try Self.check(rank: rank, rows: first.b.rows, columns: first.a.columns)
    let (rowLength, columnLength) = (first.a.columns, first.b.rows)
    var (left, right): ([[Double]], [[Double]]) = ([], [])
    for term in terms {
      precondition(
        term.a.columns == rowLength && term.b.rows == columnLength,
        "LowRankFactorization: [\(term.b.rows), \(term.a.columns)] joined to [\(columnLength), \(rowLength)]")
      guard term.a.isFinite, term.b.isFinite, term.scaling.isFinite else { throw .nonFinite("a low-rank adapter") }
      for r in 0..<term.a.rows {
        right.append(term.a.row(r).map(Double.init))
        left.append((0..<columnLength).map { Double(term.scaling) * Double(term.b[$0, r]) })
      }
    }
    let (leftBasis, rightBasis) = (OrthonormalBasis(left), OrthonormalBasis(right))
    let n = left.count
    // middle = R_b R_aᵀ, [n, n]
    var middle = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for j in 0..<n {
        for p in max(i, j)..<n { middle[i * n + j] += leftBasis.coefficients[p][i] * rightBasis.coefficients[p][j] }
      }
    }
    let svd = try OneSidedJacobi(n, n, middle)
    let kept = min(rank, n)
    var a = Matrix(zeros: rank, rowLength)
    var b = Matrix(zeros: columnLength, rank)
    for r in 0..<kept where svd.values[r] > 0 {
      let root = svd.values[r].squareRoot()
      for (j, value) in rightBasis.combined((0..<n).map { svd.vectors[r * n + $0] }).enumerated() {
        a[r, j] = Float(root * value)
      }
      for (i, value) in leftBasis.combined((0..<n).map { svd.rotations[r * n + $0] }).enumerated() {
        b[i, r] = Float(root * value)
      }
    }
    self.a = a
    self.b = b
    relativeError = Self.tailShare(svd.values, kept)
  }

  private static func tailShare(_ values: [Double], _ kept: Int) -> Double {
    let total = values.reduce(0) { $0 + $1 * $1 }
    return total > 0 ? (values.dropFirst(kept).reduce(0) { $0 + $1 * $1 } / total).squareRoot() : 0
  }
}

/// Gram-Schmidt, twice for orthogonality to rounding: `vectors[p] = Σ_i coefficients[p][i] basis[i]` with i <= p.
///
/// A vector that depends on those before it leaves a basis vector of 0.
private struct OrthonormalBasis {
  private(set) var basis: [[Double]] = []
  private(set) var coefficients: [[Double]] = []

  init(_ vectors: [[Double]]) {
    for vector in vectors {
      var rest = vector
      var row = [Double](repeating: 0, count: vectors.count)
      for _ in 0..<2 {
        for (i, direction) in basis.enumerated() {
          var dot = 0.0
          for j in rest.indices { dot += direction[j] * rest[j] }
          guard dot != 0 else { continue }
          row[i] += dot
          for j in rest.indices { rest[j] -= dot * direction[j] }
        }
      }
      let norm = rest.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let independent = norm > 1e-13 * length
      if independent { row[basis.count] = norm }
      basis.append(independent ? rest.map { $0 / norm } : [Double](repeating: 0, count: rest.count))
      coefficients.append(row)
    }
  }

  /// Σ_i weights[i] basis[i]
  func combined(_ weights: [Double]) -> [Double] {
    var sum = [Double](repeating: 0, count: basis.first?.count ?? 0)
    for (weight, direction) in zip(weights, basis) where weight != 0 {
      for j in sum.indices { sum[j] += weight * direction[j] }
    }
    return sum
  }
}
