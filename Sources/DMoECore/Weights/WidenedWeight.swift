import CDMoEKernels

/// Weights in fewer bits that can be made floats again: what takes a gradient back through them.
protocol WidenableWeight: WeightMatrix {
  func widened(_ compute: Compute) -> Matrix
}

extension WidenableWeight {
  /// dx = dy W + beta dx, the gradient of the input. Shapes: dy [rows, outputs], dx [rows, inputs].
  package func multiplyTransposed(_ dy: Matrix, into dx: inout Matrix, beta: Float, _ compute: Compute) {
    DenseWeight(widened(compute)).multiplyTransposed(dy, into: &dx, beta: beta, compute)
  }

  /// The weights as `Float`. Shape: [outputs, inputs].
  package func dense() -> Matrix { widened(.reference) }
}

/// Weights kept as bf16 and widened to `Float` for each product, by whichever backend multiplies.
///
/// Widening is a pass over the weights, a tenth of a product's time at 256 rows and less at more: what it buys is half the
/// memory on any CPU.
package struct WidenedWeight: WidenableWeight {
  /// The number of outputs: rows of the weights.
  package let outputs: Int
  /// The number of inputs: columns of the weights.
  package let inputs: Int
  /// The precision in which the weights are kept.
  package var precision: WeightPrecision { .bfloat16 }
  private let bits: [UInt16]

  /// Weights rounded to bf16. Shape: [outputs, inputs].
  package init(_ weights: Matrix) {
    outputs = weights.rows
    inputs = weights.columns
    bits = weights.narrowed
  }

  /// y = x Wᵀ. Shapes: x [rows, inputs], y [rows, outputs].
  package func multiply(_ x: Matrix, into y: inout Matrix, _ compute: Compute) {
    DenseWeight(widened(compute)).multiply(x, into: &y, compute)
  }

  func widened(_ compute: Compute) -> Matrix {
    var result = Matrix(uninitialized: outputs, inputs)
    let to = result.mutablePointer
    bits.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return }
      // Shared by threads: they only read, and are done before `withUnsafeBytes` ends.
      nonisolated(unsafe) let from = base
      compute.parallel(bits.count, grain: 65_536) { part in
        dmoe_dequantize_bf16(from + 2 * part.lowerBound, Int64(part.count), to + part.lowerBound)
      }
    }
    return result
  }
}
