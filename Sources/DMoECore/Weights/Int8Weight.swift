import CDMoEKernels

/// Weights as bytes with a scale an output channel. Rows are quantized as they come, each with a scale of its own, and the
/// sums of the product are exact integers: so a row's result does not depend, in any bit, on the other rows.
///
/// Transformers have rows in which one channel stands far above all others (Dettmers et al., 2208.07339): a scale that
/// fits it rounds the rest to nothing. What rounding leaves of such a row is quantized, and multiplied, once more.
package final class Int8Weight: WidenableWeight {
  /// The number of outputs: rows of the weights.
  package let outputs: Int
  /// The number of inputs: columns of the weights.
  package let inputs: Int
  /// The precision in which the weights are kept.
  package var precision: WeightPrecision { .int8 }
  /// Sums of integers have no order.
  package var keepsRowsApart: Bool { true }
  /// To bytes.
  package var roundsRows: Bool { true }
  private let packed: OneDNN
  /// The bytes row by row, for gradients and for `dense`.
  private let bytes: [Int8]
  private let scales: [Float]
  /// The sums of the rows: activations are shifted by 128 to be unsigned, and this takes the shift out again.
  private let sums: [Int32]
  /// A row is taken in two steps if its greatest number is over this many times its root mean square; normal numbers
  /// stay below 4.
  private static let peakRatio: Float = 6

  /// - Returns: nil if oneDNN is not part of the build, or the CPU's byte products are not exact (no AVX-512 VNNI).
  package init?(_ weights: Matrix) {
    guard Self.isAvailable else { return nil }
    outputs = weights.rows
    inputs = weights.columns
    var bytes = [Int8](repeating: 0, count: weights.count)
    var scales = [Float](repeating: 0, count: weights.rows)
    var sums = [Int32](repeating: 0, count: weights.rows)
    dmoe_quantize_weights(weights.pointer, &bytes, &scales, &sums, Int64(weights.rows), Int64(weights.columns))
    guard let packed = OneDNN.pack(.bytes, bytes, outputs: weights.rows, inputs: weights.columns) else { return nil }
    self.packed = packed
    self.bytes = bytes
    self.scales = scales
    self.sums = sums
  }

  /// Whether this build and CPU have it.
  static var isAvailable: Bool { OneDNN.isAvailable && dmoe_cpu_has_vnni() }

  /// y = x Wᵀ, with x rounded to bytes row by row. Shapes: x [rows, inputs], y [rows, outputs].
  package func multiply(_ x: Matrix, into y: inout Matrix, _ compute: Compute) {
    precondition(
      x.columns == inputs && y.columns == outputs, "multiply: [\(x.rows), \(x.columns)] by [\(outputs), \(inputs)]")
    let (from, to) = (x.pointer, y.mutablePointer)
    compute.forEachBlock(rows: x.rows) { start, count, padded in
      multiply(from + start * inputs, to + start * outputs, count, padded)
    }
  }

  /// A block of rows, on this thread.
  private func multiply(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ count: Int, _ padded: Int) {
    let (k, n) = (inputs, outputs)
    withScratch(padded * k, of: UInt8.self) { quantized in
      withScratch(padded * n, of: Int32.self) { products in
        withScratch(padded, of: Float.self) { rowScales in
          dmoe_quantize_rows(x, quantized, rowScales, Int64(count), Int64(k))
          product(quantized, products, rows: count)
          dmoe_scale_product(products, rowScales, scales, sums, y, Int64(count), Int64(n))
          withScratch(count, of: Int32.self) { peaked in
            let peaks = Int(dmoe_find_peaked_rows(x, rowScales, Int64(count), Int64(k), Self.peakRatio, peaked))
            guard peaks > 0 else { return }
            withScratch(OneDNN.padded(peaks) * k, of: UInt8.self) { rest in
              dmoe_quantize_remainders(x, quantized, rowScales, peaked, Int64(peaks), Int64(k), rest)
              product(rest, products, rows: peaks)
              dmoe_add_remainder_product(products, rowScales, peaked, scales, sums, y, Int64(peaks), Int64(n))
            }
          }
        }
      }
    }
  }

  /// The sums of bytes above 128; both have room for as many rows as a call takes.
  private func product(_ bytes: UnsafeMutablePointer<UInt8>, _ sums: UnsafeMutablePointer<Int32>, rows: Int) {
    let padded = OneDNN.padded(rows)
    bytes.advanced(by: rows * inputs).update(repeating: 128, count: (padded - rows) * inputs)
    packed.multiply(bytes, sums, rows: padded)
  }

  func widened(_ compute: Compute) -> Matrix {
    var result = Matrix(uninitialized: outputs, inputs)
    let to = result.mutablePointer
    compute.parallel(outputs, grain: 64) { part in
      bytes.withUnsafeBufferPointer { bytes in
        scales.withUnsafeBufferPointer { scales in
          guard let from = bytes.baseAddress, let scale = scales.baseAddress else { return }
          let at = part.lowerBound * inputs
          dmoe_dequantize_weights(
            from + at, scale + part.lowerBound, to + at, Int64(part.count), Int64(inputs))
        }
      }
    }
    return result
  }
}
