import DMoECore

/// Features in as many dimensions as there are pairs, where those are fewer: the best weights are a mixture of the
/// pairs' own features (representer theorem), and Newton steps cost the cube of the dimensions.
struct RowSpace {
  /// [pairs, dimensions], with the same products between rows as the original.
  let features: Matrix
  private let original: Matrix
  private let gram: CholeskyFactorization?

  init(_ x: Matrix, _ compute: Compute) throws {
    original = x
    guard x.rows < x.columns else {
      features = x
      gram = nil
      return
    }
    var products = compute.product(x, transposed: false, x, transposed: true)
    let trace = (0..<x.rows).reduce(Float(0)) { $0 + products[$1, $1] }
    for i in 0..<x.rows { products[i, i] += max(1e-5 * trace / Float(x.rows), .leastNormalMagnitude) }
    let factorization = try CholeskyFactorization(products, jitterAttempts: 4, compute: compute)
    gram = factorization
    features = factorization.lowerTriangle
  }

  /// Weights on the original features from weights on the reduced ones: Xᵀ K⁻¹ L β.
  func lift(_ beta: Matrix, _ compute: Compute) throws -> Matrix {
    guard let gram else { return beta }
    let mixed = compute.product(beta, transposed: false, features, transposed: true)
    return compute.product(try gram.solve(rows: mixed), original)
  }
}

extension CholeskyFactorization {
  /// The factor with zeros above the diagonal.
  fileprivate var lowerTriangle: Matrix {
    var result = factor
    for row in 0..<result.rows { for column in row + 1..<max(row + 1, result.columns) { result[row, column] = 0 } }
    return result
  }
}
