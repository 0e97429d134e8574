import Foundation

/// The loss of `SoftmaxRegression` and its derivatives.
///
/// Parameters are laid out class by class, each with its weights and then its bias: θ [K (F + 1)]. Products run in `Float`,
/// sums over samples of the loss and the parameters themselves are `Double`.
struct SoftmaxObjective {
  /// Features with a column of ones, [N, F + 1].
  private let extended: Matrix
  private let classes: [Int]
  private let classCount: Int
  private let sampleWeights: [Double]
  private let ridge: Double
  private let compute: Compute

  /// Parameters of one class: F + 1.
  var width: Int { extended.columns }

  init(
    features: Matrix, classes: [Int], classCount: Int, classWeights: [Float]?, ridge: Double, compute: Compute
  ) {
    let (n, columns) = (features.rows, features.columns)
    var extended = Matrix(repeating: 1, n, columns + 1)
    extended.withMutableElements { x in
      features.withElements { f in
        for i in 0..<n { for j in 0..<columns { x[i * (columns + 1) + j] = f[i * columns + j] } }
      }
    }
    self.extended = extended
    self.classes = classes
    self.classCount = classCount
    sampleWeights = classes.map { Double(classWeights?[$0] ?? 1) / Double(n) }
    self.ridge = ridge
    self.compute = compute
  }

  /// [N, K]
  func logits(_ theta: [Double]) -> Matrix {
    compute.product(
      extended, transposed: false, Matrix(classCount, width, theta.lazy.map(Float.init)), transposed: true)
  }

  func loss(_ logits: Matrix, _ theta: [Double]) -> Double { loss(logits, moved: 0, along: logits, theta) }

  /// The loss at `logits + length change`, whose parameters are `theta`.
  func loss(_ logits: Matrix, moved length: Double, along change: Matrix, _ theta: [Double]) -> Double {
    var sum = 0.0
    logits.withElements { z in
      change.withElements { dz in
        for i in classes.indices {
          let row = i * classCount..<(i + 1) * classCount
          var highest = -Double.infinity
          for k in row { highest = max(highest, Double(z[k]) + length * Double(dz[k])) }
          var total = 0.0
          for k in row { total += exp(Double(z[k]) + length * Double(dz[k]) - highest) }
          let own = row.lowerBound + classes[i]
          sum += sampleWeights[i] * (log(total) + highest - Double(z[own]) - length * Double(dz[own]))
        }
      }
    }
    var squares = 0.0
    for i in theta.indices where i % width != width - 1 { squares += theta[i] * theta[i] }
    return sum + ridge / 2 * squares
  }

  /// [N, K]
  func probabilities(_ logits: Matrix) -> Matrix {
    var result = logits
    result.withMutableElements { p in
      for start in stride(from: 0, to: p.count, by: classCount) {
        let row = start..<start + classCount
        let highest = row.reduce(-Float.infinity) { max($0, p[$1]) }
        var total = 0.0
        for k in row { total += exp(Double(p[k] - highest)) }
        for k in row { p[k] = Float(exp(Double(p[k] - highest)) / total) }
      }
    }
    return result
  }

  /// Σ_i wᵢ (pᵢ - onehot(yᵢ)) xᵢᵀ + ridge θ, in the layout of θ.
  func gradient(_ probabilities: Matrix, _ theta: [Double]) -> [Double] {
    var residuals = probabilities
    residuals.withMutableElements { r in
      for i in classes.indices {
        r[i * classCount + classes[i]] -= 1
        for k in i * classCount..<(i + 1) * classCount { r[k] *= Float(sampleWeights[i]) }
      }
    }
    let products = compute.product(residuals, transposed: true, extended, transposed: false)
    return products.withElements { g in
      theta.indices.map { Double(g[$0]) + ($0 % width == width - 1 ? 0 : ridge * theta[$0]) }
    }
  }

  /// The blocks `Xᵀ diag(wᵢ pᵢₖ (δₖₗ - pᵢₗ)) X` with k >= l plus the ridge, [K (F + 1), K (F + 1)]; those above are 0.
  ///
  /// A row of blocks sums to 0, because the probabilities sum to 1, so the blocks of the diagonal follow from the others.
  /// For the same reason the loss does not change when all classes move alike; ½ (Σ_k θₖⱼ)² for every j is added, which
  /// fixes that direction and is 0 at every point the iteration visits.
  func hessian(_ probabilities: Matrix) -> Matrix {
    let (n, side) = (extended.rows, classCount * width)
    var result = Matrix(zeros: side, side)
    var scaled = Matrix(uninitialized: n, width)
    let (h, x) = (result.mutablePointer, scaled.mutablePointer)
    let (plain, p) = (extended.pointer, probabilities.pointer)
    for k in 1..<classCount {
      for l in 0..<k {
        compute.parallel(n, grain: 256) { rows in
          for i in rows {
            let weight = sampleWeights[i] * Double(p[i * classCount + k]) * Double(p[i * classCount + l])
            let factor = Float(-weight)
            for j in i * width..<(i + 1) * width { x[j] = plain[j] * factor }
          }
        }
        let block = h + k * width * side + l * width
        multiplySymmetric(plain, x, into: block, side)
        for diagonal in [k, l] {
          let target = h + diagonal * width * side + diagonal * width
          for i in 0..<width { for j in 0...i { target[i * side + j] -= block[i * side + j] } }
        }
      }
    }
    for k in 0..<classCount {
      for l in 0...k { for j in 0..<width { h[(k * width + j) * side + l * width + j] += 1 } }
    }
    for i in 0..<side where i % width != width - 1 { h[i * side + i] += Float(ridge) }
    withExtendedLifetime((extended, probabilities, scaled, result)) {}
    return result
  }

  /// The symmetric product `xᵀ y` [F + 1, F + 1]: panels of its lower triangle are multiplied, the rest is mirrored.
  private func multiplySymmetric(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, into block: UnsafeMutablePointer<Float>, _ stride: Int
  ) {
    let panel = 160
    for start in Swift.stride(from: 0, to: width, by: panel) {
      compute.multiply(
        width - start, min(panel, width - start), extended.rows, x + start, width, transposeA: true,
        y + start, width, transposeB: false, block + start * stride + start, stride)
    }
    for i in 0..<width { for j in 0..<i { block[j * stride + i] = block[i * stride + j] } }
  }
}
