/// The weights of a frozen linear layer, which know how to multiply rows by themselves.
///
/// What they are stored as and who multiplies is decided once, at load; nothing above this seam knows.
/// Shapes: weights [outputs, inputs]; x [rows, inputs]; y [rows, outputs].
package protocol WeightMatrix: Sendable {
  /// The number of outputs: rows of the weights.
  var outputs: Int { get }
  /// The number of inputs: columns of the weights.
  var inputs: Int { get }
  /// What they are kept as.
  var precision: WeightPrecision { get }
  /// Whether a row of a product depends, to the bit, on its row of the input alone: not on how many rows there are, or where
  /// among them it stands.
  var keepsRowsApart: Bool { get }
  /// Whether rows are rounded to fewer bits before they are multiplied: what is multiplied beside them need not be finer.
  var roundsRows: Bool { get }
  /// y = x Wᵀ.
  func multiply(_ x: Matrix, into y: inout Matrix, _ compute: Compute)
  /// dx = dy W + beta dx.
  func multiplyTransposed(_ dy: Matrix, into dx: inout Matrix, beta: Float, _ compute: Compute)
  /// The weights as floats, for merging, saving and factorizing.
  func dense() -> Matrix
}

extension WeightMatrix {
  /// Kernels that take several rows at a time may add up a row in an order that depends on where it stands.
  package var keepsRowsApart: Bool { false }
  /// Rows stay `Float`.
  package var roundsRows: Bool { false }
}

/// Weights as `Float`, owned or mapped from a file.
///
/// Unchecked for the sake of `base`: nobody writes to what it points to, and `owner`, which is `Sendable`, keeps it.
package struct DenseWeight: WeightMatrix, @unchecked Sendable {
  /// The number of outputs: rows of the weights.
  package let outputs: Int
  /// The number of inputs: columns of the weights.
  package let inputs: Int
  /// The precision in which the weights are kept.
  package var precision: WeightPrecision { .float32 }
  private let base: UnsafePointer<Float>
  /// Keeps `base` alive: a matrix or a mapped file.
  private let owner: any Sendable

  /// The weights of a matrix, which is kept alive. Shape: [outputs, inputs].
  package init(_ matrix: Matrix) {
    outputs = matrix.rows
    inputs = matrix.columns
    base = matrix.pointer
    owner = matrix
  }

  /// Weights that lie in memory kept by `owner`, row-major and 4-byte aligned.
  package init(outputs: Int, inputs: Int, mapped base: UnsafePointer<Float>, owner: any Sendable) {
    self.outputs = outputs
    self.inputs = inputs
    self.base = base
    self.owner = owner
  }

  /// y = x Wᵀ. Shapes: x [rows, inputs], y [rows, outputs].
  package func multiply(_ x: Matrix, into y: inout Matrix, _ compute: Compute) {
    precondition(
      x.columns == inputs && y.columns == outputs, "multiply: [\(x.rows), \(x.columns)] by [\(outputs), \(inputs)]")
    compute.multiply(
      x.rows, outputs, inputs, x.pointer, inputs, transposeA: false, base, inputs, transposeB: true,
      y.mutablePointer, outputs)
  }

  /// dx = dy W + beta dx, the gradient of the input. Shapes: dy [rows, outputs], dx [rows, inputs].
  package func multiplyTransposed(_ dy: Matrix, into dx: inout Matrix, beta: Float, _ compute: Compute) {
    precondition(dy.columns == outputs && dx.columns == inputs, "multiplyTransposed: [\(dy.rows), \(dy.columns)]")
    compute.multiply(
      dy.rows, inputs, outputs, dy.pointer, outputs, transposeA: false, base, inputs, transposeB: false,
      beta: beta, dx.mutablePointer, inputs)
  }

  /// A copy of the weights. Shape: [outputs, inputs].
  package func dense() -> Matrix {
    Matrix(outputs, inputs, UnsafeBufferPointer(start: base, count: outputs * inputs))
  }
}

extension Compute {
  /// The weights of a frozen layer as this compute is to keep them: what they are stored as and who multiplies. A layer
  /// that oneDNN cannot pack stays in `Float`.
  package func frozenWeight(_ weights: Matrix) -> any WeightMatrix {
    switch precision {
    case .float32: (usesOneDNN ? PackedWeight(weights, .float32) : nil) ?? DenseWeight(weights)
    case .bfloat16:
      (multipliesBFloat16 ? PackedWeight(weights, .bfloat16) : nil)
        ?? (multipliesStored ? StoredWeight(bfloat16: weights) : nil) ?? WidenedWeight(weights)
    case .int8: Int8Weight(weights) ?? DenseWeight(weights)
    // Made in memory: there is no file that they could stay in.
    case .stored: DenseWeight(weights)
    }
  }

  /// Whether floats may stay in the file they are mapped from.
  package var keepsMappedWeights: Bool { precision == .float32 && !usesOneDNN }

  /// y = x Wᵀ for each of the weights over the same rows. Shapes: x [rows, inputs], results [rows, outputs].
  package func products(_ x: Matrix, by weights: [any WeightMatrix]) -> [Matrix] {
    var results = weights.map { Matrix(uninitialized: x.rows, $0.outputs) }
    let stored = weights.compactMap { $0 as? StoredWeight }
    guard stored.count == weights.count else {
      for index in weights.indices { weights[index].multiply(x, into: &results[index], self) }
      return results
    }
    precondition(stored.allSatisfy { $0.inputs == x.columns }, "products: [\(x.rows), \(x.columns)]")
    let targets = results.indices.map { results[$0].mutablePointer }
    StoredProduct(of: ProductInput(x), by: stored, into: targets).run(self)
    return results
  }
}
