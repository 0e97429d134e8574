import CDMoEKernels
import Synchronization

/// Weights that oneDNN packed once, as `Float` or bf16; rows come and go as `Float`.
package final class PackedWeight: WeightMatrix {
  /// The number of outputs: rows of the weights.
  package let outputs: Int
  /// The number of inputs: columns of the weights.
  package let inputs: Int
  /// The precision in which the weights are kept.
  package var precision: WeightPrecision { kind == .bfloat16 ? .bfloat16 : .float32 }
  /// To bf16, with weights in bf16.
  package var roundsRows: Bool { kind == .bfloat16 }
  private let kind: OneDNN.Kind
  private let packed: OneDNN
  /// The transposed weights for gradients, packed when first needed: scoring never does.
  private let transposed = Mutex<OneDNN?>(nil)

  /// - Returns: nil if oneDNN is not part of the build or cannot pack them.
  init?(_ weights: Matrix, _ kind: OneDNN.Kind) {
    precondition(kind != .bytes, "PackedWeight: bytes have scales, see Int8Weight")
    outputs = weights.rows
    inputs = weights.columns
    self.kind = kind
    guard let packed = Self.pack(weights, kind) else { return nil }
    self.packed = packed
  }

  private static func pack(_ weights: Matrix, _ kind: OneDNN.Kind) -> OneDNN? {
    guard kind == .bfloat16 else {
      return OneDNN.pack(kind, weights.pointer, outputs: weights.rows, inputs: weights.columns)
    }
    let narrow = weights.narrowed
    return OneDNN.pack(kind, narrow, outputs: weights.rows, inputs: weights.columns)
  }

  /// y = x Wᵀ. Shapes: x [rows, inputs], y [rows, outputs].
  package func multiply(_ x: Matrix, into y: inout Matrix, _ compute: Compute) {
    precondition(
      x.columns == inputs && y.columns == outputs, "multiply: [\(x.rows), \(x.columns)] by [\(outputs), \(inputs)]")
    run(packed, x.pointer, inputs, y.mutablePointer, outputs, rows: x.rows, compute)
  }

  /// dx = dy W + beta dx, the gradient of the input. Shapes: dy [rows, outputs], dx [rows, inputs].
  package func multiplyTransposed(_ dy: Matrix, into dx: inout Matrix, beta: Float, _ compute: Compute) {
    precondition(dy.columns == outputs && dx.columns == inputs, "multiplyTransposed: [\(dy.rows), \(dy.columns)]")
    let back = transposed.withLock { kept in
      if kept == nil { kept = Self.pack(dense().transposed, kind) }
      return kept
    }
    guard let back else { preconditionFailure("multiplyTransposed: out of memory") }
    if beta == 0 { return run(back, dy.pointer, outputs, dx.mutablePointer, inputs, rows: dy.rows, compute) }
    precondition(beta == 1, "multiplyTransposed: beta \(beta)")
    var part = Matrix(uninitialized: dx.rows, inputs)
    run(back, dy.pointer, outputs, part.mutablePointer, inputs, rows: dy.rows, compute)
    compute.add(part, scale: 1, to: &dx)
  }

  /// y = x Wᵀ by blocks of rows; the last block is padded, since oneDNN takes whole units.
  private func run(
    _ weights: OneDNN, _ x: UnsafePointer<Float>, _ k: Int, _ y: UnsafeMutablePointer<Float>, _ n: Int, rows: Int,
    _ compute: Compute
  ) {
    compute.forEachBlock(rows: rows) { start, count, padded in
      let (from, to) = (x + start * k, y + start * n)
      switch kind {
      case .bfloat16:
        withScratch(padded * k, of: UInt16.self) { narrow in
          dmoe_narrow_bf16(from, narrow, Int64(count * k))
          narrow.advanced(by: count * k).update(repeating: 0, count: (padded - count) * k)
          call(weights, narrow, to, n, count, padded)
        }
      case .float32, .bytes:
        guard padded > count else { return weights.multiply(from, to, rows: count) }
        withScratch(padded * k, of: Float.self) { whole in
          whole.update(from: from, count: count * k)
          whole.advanced(by: count * k).update(repeating: 0, count: (padded - count) * k)
          call(weights, whole, to, n, count, padded)
        }
      }
    }
  }

  private func call(
    _ weights: OneDNN, _ x: UnsafeRawPointer, _ y: UnsafeMutablePointer<Float>, _ n: Int, _ count: Int, _ padded: Int
  ) {
    guard padded > count else { return weights.multiply(x, y, rows: count) }
    withScratch(padded * n, of: Float.self) { result in
      weights.multiply(x, result, rows: padded)
      y.update(from: result, count: count * n)
    }
  }

  /// The weights as `Float`, as they were packed. Shape: [outputs, inputs].
  package func dense() -> Matrix {
    var result = Matrix(uninitialized: outputs, inputs)
    switch kind {
    case .bfloat16:
      let narrow = [UInt16](unsafeUninitializedCapacity: outputs * inputs) { buffer, count in
        if let base = buffer.baseAddress { packed.unpack(into: base) }
        count = outputs * inputs
      }
      narrow.widen(into: result.mutablePointer)
    case .float32, .bytes: packed.unpack(into: result.mutablePointer)
    }
    return result
  }
}

extension Matrix {
  /// The elements as bf16 bits.
  var narrowed: [UInt16] {
    [UInt16](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let base = buffer.baseAddress { dmoe_narrow_bf16(pointer, base, Int64(count)) }
      initialized = count
    }
  }

  /// Columns as rows.
  var transposed: Matrix {
    var result = Matrix(uninitialized: columns, rows)
    let (from, to) = (pointer, result.mutablePointer)
    for r in 0..<rows { for c in 0..<columns { to[c * rows + r] = from[r * columns + c] } }
    return result
  }
}

extension [UInt16] {
  /// bf16 bits as floats.
  func widen(into floats: UnsafeMutablePointer<Float>) {
    withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      dmoe_dequantize_bf16(base.assumingMemoryBound(to: UInt8.self), Int64(count), floats)
    }
  }
}
