import CDMoEKernels

/// Weights that stay in their mapped file, quantized or not, and are multiplied from there; or that are kept in memory as a file
/// would have them.
///
/// A small tile of them is unpacked at a time, for all rows of a part of the product. Sums have an order that the number of
/// inputs alone decides, so that a row's result is the same bits whatever is multiplied beside it, and on every CPU, but
/// for bf16 activations, whose instructions differ (`dmoe_stored.h`).
///
/// Unchecked for the sake of the pointers in `matrix`: they point into the bytes that `tensor` keeps and to the numbers
/// that `order` keeps, and nobody writes to either.
package struct StoredWeight: WeightMatrix, @unchecked Sendable {
  /// The precision in which the weights are kept.
  package let precision: WeightPrecision
  /// The order of every sum is fixed.
  package var keepsRowsApart: Bool { true }
  /// To bytes or bf16, where activations are to be.
  package var roundsRows: Bool { road != .float32 }
  /// The number of outputs: rows of the weights.
  package var outputs: Int { Int(matrix.outputs) }
  /// The number of inputs: columns of the weights.
  package var inputs: Int { Int(matrix.inputs) }
  /// How the weights are written.
  package var format: WeightFormat { tensor.format }
  /// What rows become before they are multiplied.
  let road: Road
  let matrix: dmoe_stored_matrix
  /// What is multiplied, but by plain Swift, which multiplies floats.
  enum Road { case bytes, bfloat16, float32 }

  private let tensor: StoredTensor
  private let order: RowOrder?
  private let first: Int

  /// - Parameters:
  ///   - tensor: The matrix in its file.
  ///   - range: The stored rows that are these weights; `nil` means all.
  ///   - order: Which of them each output is, counted from the first; `nil` means that they are in order.
  ///   - activations: What rows are multiplied as.
  ///   - precision: What was asked for, of which these weights came.
  /// - Returns: nil for a format that is not multiplied as it is stored (F64).
  package init?(
    _ tensor: StoredTensor, rows range: Range<Int>? = nil, order: [Int]? = nil, activations: ActivationPrecision,
    precision: WeightPrecision = .stored
  ) {
    let range = range ?? 0..<tensor.rows
    precondition(
      range.lowerBound >= 0 && range.upperBound <= tensor.rows && (order?.count ?? range.count) == range.count
        && (order?.allSatisfy { (0..<range.count).contains($0) } ?? true),
      "StoredWeight: rows \(range) of \(tensor.name) \(tensor.shape)")
    guard let format = tensor.format.kernelFormat, let start = tensor.pointer(toRow: range.lowerBound) else {
      return nil
    }
    self.tensor = tensor
    self.precision = precision
    self.order = order.map { RowOrder($0) }
    first = range.lowerBound
    road =
      switch activations {
      case .automatic, .int8: dmoe_stored_has_int8(format) ? .bytes : .float32
      // Pairs of numbers are multiplied, in blocks of 32.
      case .bfloat16: tensor.columns.isMultiple(of: 32) ? .bfloat16 : .float32
      case .float32: .float32
      }
    matrix = dmoe_stored_matrix(
      bytes: start.assumingMemoryBound(to: UInt8.self),
      row_bytes: Int64(tensor.columns / tensor.format.blockSize * tensor.format.bytesPerBlock),
      row_order: self.order.map { UnsafePointer($0.base) }, outputs: Int64(range.count), inputs: Int64(tensor.columns),
      format: format)
  }

  /// y = x Wᵀ. Shapes: x [rows, inputs], y [rows, outputs].
  package func multiply(_ x: Matrix, into y: inout Matrix, _ compute: Compute) {
    precondition(
      x.columns == inputs && y.columns == outputs && y.rows == x.rows,
      "multiply: [\(x.rows), \(x.columns)] by [\(outputs), \(inputs)]")
    StoredProduct(of: ProductInput(x), by: [self], into: [y.mutablePointer]).run(compute)
  }

  /// dx = dy W + beta dx, the gradient of the input. Shapes: dy [rows, outputs], dx [rows, inputs].
  package func multiplyTransposed(_ dy: Matrix, into dx: inout Matrix, beta: Float, _ compute: Compute) {
    precondition(
      dy.columns == outputs && dx.columns == inputs && dx.rows == dy.rows && (beta == 0 || beta == 1),
      "multiplyTransposed: [\(dy.rows), \(dy.columns)] by [\(outputs), \(inputs)], beta \(beta)")
    if beta == 0 { dx = Matrix(zeros: dx.rows, dx.columns) }
    guard compute.multipliesStored else { return addWidenedGradient(dy, to: &dx, compute) }
    // Pairs of outputs are multiplied, in blocks of 32.
    let halves = road == .bfloat16 && outputs.isMultiple(of: 32) ? KernelRows(narrowing: dy, compute) : nil
    let (from, to) = (dy.pointer, dx.mutablePointer)
    let parts = StoredParts(
      rows: dy.rows, units: [(inputs + StoredParts.gradientUnit - 1) / StoredParts.gradientUnit],
      unitWeights: outputs * StoredParts.gradientUnit,
      rowBytes: halves?.rowBytes ?? outputs * MemoryLayout<Float>.stride, threads: compute.threads)
    compute.forEach(parts.count) { index in
      let part = parts[index]
      let start = part.units.lowerBound * StoredParts.gradientUnit
      let count = min(part.units.upperBound * StoredParts.gradientUnit, inputs) - start
      let (first, rows, into) = (part.rows.lowerBound, Int64(part.rows.count), to + part.rows.lowerBound * inputs)
      withKernelMatrix { matrix, scratch in
        if let halves {
          dmoe_stored_multiply_back_bf16(
            matrix, Int64(start), Int64(count), halves.pointer(toRow: first).assumingMemoryBound(to: UInt16.self),
            Int64(outputs), rows, into, Int64(inputs), scratch)
        } else {
          dmoe_stored_multiply_back(
            matrix, Int64(start), Int64(count), from + first * outputs, Int64(outputs), rows, into, Int64(inputs),
            scratch)
        }
      }
    }
    withExtendedLifetime(halves) {}
  }

  /// The weights as `Float`. Shape: [outputs, inputs].
  package func dense() -> Matrix {
    var result = Matrix(uninitialized: outputs, inputs)
    widen(0..<outputs, into: result.mutablePointer)
    return result
  }

  /// Writes the weights of some outputs as floats.
  func widen(_ range: Range<Int>, into target: UnsafeMutablePointer<Float>) {
    guard let order else {
      return tensor.dequantize(into: target, rows: first + range.lowerBound..<first + range.upperBound)
    }
    for (place, output) in range.enumerated() {
      let row = first + Int(order.base[output])
      tensor.dequantize(into: target + place * inputs, rows: row..<row + 1)
    }
  }

  /// Calls `body` with the matrix and working memory as the C kernels take them.
  func withKernelMatrix(_ body: (UnsafePointer<dmoe_stored_matrix>, UnsafeMutablePointer<UInt8>) -> Void) {
    withUnsafePointer(to: matrix) { matrix in
      withScratch(dmoe_stored_scratch_bytes(matrix), of: UInt8.self) { body(matrix, $0) }
    }
    withExtendedLifetime((tensor, order)) {}
  }
}

extension StoredWeight {
  /// Calls `body` with this matrix and another as the C kernels take them.
  func withKernelMatrices(
    _ other: StoredWeight, _ body: (UnsafePointer<dmoe_stored_matrix>, UnsafePointer<dmoe_stored_matrix>) -> Void
  ) {
    withUnsafePointer(to: matrix) { matrix in withUnsafePointer(to: other.matrix) { body(matrix, $0) } }
    withExtendedLifetime((tensor, order, other.tensor, other.order)) {}
  }
}

/// The stored row of every output, in memory that stays where it is.
private final class RowOrder: @unchecked Sendable {
  // Written here and nowhere else.
  let base: UnsafeMutablePointer<Int32>

  init(_ rows: [Int]) {
    base = .allocate(capacity: max(1, rows.count))
    for (output, row) in rows.enumerated() { (base + output).initialize(to: Int32(row)) }
  }

  deinit { base.deallocate() }
}

extension WeightFormat {
  /// The name that the C kernels have for a format that they multiply; nil for others.
  var kernelFormat: dmoe_stored_format? {
    switch self {
    case .f32: DMOE_STORED_F32
    case .f16: DMOE_STORED_F16
    case .bf16: DMOE_STORED_BF16
    case .q4_0: DMOE_STORED_Q4_0
    case .q4_1: DMOE_STORED_Q4_1
    case .q5_0: DMOE_STORED_Q5_0
    case .q5_1: DMOE_STORED_Q5_1
    case .q8_0: DMOE_STORED_Q8_0
    case .q2_K: DMOE_STORED_Q2_K
    case .q3_K: DMOE_STORED_Q3_K
    case .q4_K: DMOE_STORED_Q4_K
    case .q5_K: DMOE_STORED_Q5_K
    case .q6_K: DMOE_STORED_Q6_K
    case .iq4_nl: DMOE_STORED_IQ4_NL
    case .iq4_xs: DMOE_STORED_IQ4_XS
    case .f64, .f8_e4m3, .f8_e5m2, .i64, .i32, .i16, .i8, .u64, .u32, .u16, .u8, .bool: nil
    }
  }
}
