import CDMoEKernels
import Foundation

@testable import DMoECore

/// The C kernels beside their plain twins in Swift, on memory that is exactly as long as it must be: AddressSanitizer sees every
/// byte before or behind it.
enum Kernels {
  private static let sizes = 0...130
  nonisolated(unsafe) private static var comparisons = 0
  nonisolated(unsafe) private static var worst = 0.0

  /// Goes through all sizes; ends the process where a kernel and its twin differ.
  static func check() {
    for count in sizes { checkLists(count) }
    for columns in sizes {
      for rows in [0, 1, 2, 3, 7] { checkRows(rows, columns) }
    }
    for headSize in sizes where headSize % 2 == 0 {
      for rotarySize in stride(from: 0, through: headSize, by: 2) { checkRotary(2, 3, headSize, rotarySize) }
    }
    for format in WeightFormat.allCases where format.isReadable { checkStored(format) }
    for headSize in sizes where headSize > 0 {
      for queries in [1, 2, 17] { checkAttention(queries, headSize) }
    }
    for queries in sizes where queries > 0 { checkAttention(queries, 16) }
    print("kernels: \(comparisons) comparisons, worst difference \(worst)")
  }

  // MARK: Buffers

  /// Numbers in memory of their own.
  private final class Buffer {
    let start: UnsafeMutablePointer<Float>
    let count: Int

    init(_ count: Int, seed: UInt64 = 1) {
      start = .allocate(capacity: count)
      self.count = count
      var random = Draws(seed: seed &* 1000 &+ UInt64(count))
      for index in 0..<count { start[index] = Float(Int64(bitPattern: random.next()) >> 40) / Float(1 << 21) }
    }

    init(copying other: Buffer) {
      start = .allocate(capacity: other.count)
      count = other.count
      start.update(from: other.start, count: count)
    }

    /// In units of the greatest of the expected, or of 1 where differences of such numbers are expected.
    func compare(_ expected: Buffer, _ tolerance: Double, areDifferences: Bool = false, _ what: String) {
      let numbers = (0..<count).map { Double(expected.start[$0]) }
      let scale = max(numbers.reduce(0) { max($0, abs($1)) }, areDifferences ? 1 : 1e-30)
      for index in 0..<count {
        let difference = abs(Double(start[index]) - numbers[index]) / scale
        guard difference <= tolerance else {
          fatalError("\(what): \(start[index]) in place of \(numbers[index]) at \(index)")
        }
        Kernels.worst = max(Kernels.worst, difference)
      }
      Kernels.comparisons += 1
    }

    deinit { start.deallocate() }
  }

  // MARK: Kernels

  private static func checkLists(_ count: Int) {
    let (a, b, c) = (Buffer(count, seed: 1), Buffer(count, seed: 2), Buffer(count, seed: 3))
    let size = Int64(count)
    typealias Pair = (name: String, kernel: (Buffer) -> Void, twin: (Buffer) -> Void)
    let single: [Pair] = [
      (
        "swiglu", { dmoe_swiglu(a.start, b.start, $0.start, size) },
        { ReferenceKernels.swiGLU(a.start, b.start, $0.start, count) }
      ),
      (
        "geglu", { dmoe_geglu(a.start, b.start, $0.start, size) },
        { ReferenceKernels.geGLU(a.start, b.start, $0.start, count, ReferenceKernels.normalShare) }
      ),
      (
        "geglu_tanh", { dmoe_geglu_tanh(a.start, b.start, $0.start, size) },
        { ReferenceKernels.geGLU(a.start, b.start, $0.start, count, ReferenceKernels.tanhShare) }
      ),
      ("axpy", { dmoe_axpy(0.5, a.start, $0.start, size) }, { ReferenceKernels.axpy(0.5, a.start, $0.start, count) }),
      (
        "add", { dmoe_add(a.start, b.start, $0.start, size) },
        { y in for index in 0..<count { y.start[index] = a.start[index] + b.start[index] } }
      ),
      ("softmax", { dmoe_softmax($0.start, size) }, { if count > 0 { ReferenceKernels.softmax($0.start, count) } }),
    ]
    for (name, kernel, twin) in single {
      let (found, expected) = (Buffer(copying: c), Buffer(copying: c))
      kernel(found)
      twin(expected)
      found.compare(expected, 2e-6, "\(name) of \(count)")
    }
    typealias Backward = (Buffer, Buffer) -> Void
    let double: [(name: String, kernel: Backward, twin: Backward)] = [
      (
        "swiglu_backward", { dmoe_swiglu_backward(a.start, b.start, c.start, $0.start, $1.start, size) },
        { ReferenceKernels.swiGLUBackward(a.start, b.start, c.start, $0.start, $1.start, count) }
      ),
      (
        "geglu_backward", { dmoe_geglu_backward(a.start, b.start, c.start, $0.start, $1.start, size) },
        {
          ReferenceKernels.geGLUBackward(
            a.start, b.start, c.start, $0.start, $1.start, count, ReferenceKernels.normalShare,
            slope: ReferenceKernels.normalSlope)
        }
      ),
      (
        "geglu_tanh_backward", { dmoe_geglu_tanh_backward(a.start, b.start, c.start, $0.start, $1.start, size) },
        {
          ReferenceKernels.geGLUBackward(
            a.start, b.start, c.start, $0.start, $1.start, count, ReferenceKernels.tanhShare,
            slope: ReferenceKernels.tanhSlope)
        }
      ),
    ]
    for (name, kernel, twin) in double {
      let (found, expected) = ((Buffer(count), Buffer(count)), (Buffer(count), Buffer(count)))
      kernel(found.0, found.1)
      twin(expected.0, expected.1)
      found.0.compare(expected.0, 5e-6, "\(name) of \(count), gate")
      found.1.compare(expected.1, 5e-6, "\(name) of \(count), up")
    }
    let sum = dmoe_sum_of_squares(a.start, size)
    guard abs(sum - ReferenceKernels.sumOfSquares(a.start, count)) <= 1e-6 * max(sum, 1e-30) else {
      fatalError("sum_of_squares of \(count): \(sum)")
    }
    // A maximum and a distribution are of at least one number.
    if count > 0 {
      let top = dmoe_largest(a.start, size)
      guard top == (0..<count).map({ a.start[$0] }).max() else { fatalError("largest of \(count)") }
      let exponentials = Buffer(count)
      let sums = UnsafeMutablePointer<Double>.allocate(capacity: (count + 1023) / 1024)
      defer { sums.deallocate() }
      let total = dmoe_exponentials(a.start, top, 1, exponentials.start, sums, size)
      let expected = Buffer(copying: a)
      ReferenceKernels.softmax(expected.start, count)
      for index in 0..<count { exponentials.start[index] /= Float(total) }
      exponentials.compare(expected, 2e-6, "exponentials of \(count)")
      _ = dmoe_weighted_logarithms(a.start, exponentials.start, top, 1, size)
      _ = dmoe_weighted_differences(a.start, exponentials.start, top, 1, b.start, 1, 0, size)
    }
    let narrow = UnsafeMutablePointer<UInt16>.allocate(capacity: count)
    defer { narrow.deallocate() }
    dmoe_narrow_bf16(a.start, narrow, size)
    let widened = Buffer(count)
    for index in 0..<count { widened.start[index] = Float(bitPattern: UInt32(narrow[index]) << 16) }
    widened.compare(a, 1.0 / 256, "narrow_bf16 of \(count)")
  }

  private static func checkRows(_ rows: Int, _ columns: Int) {
    let (x, weight, dy) = (Buffer(rows * columns), Buffer(columns, seed: 2), Buffer(rows * columns, seed: 3))
    let what = "of [\(rows), \(columns)]"
    if columns > 0 {
      let (y, inverse, expected, expectedInverse) = (
        Buffer(rows * columns), Buffer(rows), Buffer(rows * columns), Buffer(rows)
      )
      dmoe_rms_norm(x.start, weight.start, 1e-5, y.start, inverse.start, Int64(rows), Int64(columns))
      ReferenceKernels.rmsNorm(x.start, weight.start, 1e-5, expected.start, expectedInverse.start, rows, columns)
      y.compare(expected, 2e-6, "rms_norm \(what)")
      inverse.compare(expectedInverse, 2e-6, "rms_norm \(what), inverse")
      let (dx, dweight) = (Buffer(rows * columns), Buffer(columns))
      let (expectedDX, expectedDWeight) = (Buffer(rows * columns), Buffer(columns))
      dmoe_rms_norm_backward(
        x.start, weight.start, inverse.start, dy.start, dx.start, dweight.start, Int64(rows), Int64(columns))
      ReferenceKernels.rmsNormBackward(
        x.start, weight.start, inverse.start, dy.start, expectedDX.start, expectedDWeight.start, rows, columns)
      dx.compare(expectedDX, 1e-5, areDifferences: true, "rms_norm_backward \(what)")
      dweight.compare(expectedDWeight, 1e-5, "rms_norm_backward \(what), weight")
    }
    let bytes = UnsafeMutablePointer<Int8>.allocate(capacity: rows * columns)
    let sums = UnsafeMutablePointer<Int32>.allocate(capacity: rows)
    let unsigned = UnsafeMutablePointer<UInt8>.allocate(capacity: rows * columns)
    let (scales, back) = (Buffer(rows), Buffer(rows * columns))
    defer {
      bytes.deallocate()
      sums.deallocate()
      unsigned.deallocate()
    }
    dmoe_quantize_weights(x.start, bytes, scales.start, sums, Int64(rows), Int64(columns))
    dmoe_dequantize_weights(bytes, scales.start, back.start, Int64(rows), Int64(columns))
    back.compare(x, 1.0 / 200, "quantize_weights \(what)")
    dmoe_quantize_rows(x.start, unsigned, scales.start, Int64(rows), Int64(columns))
  }

  private static func checkRotary(_ rows: Int, _ heads: Int, _ headSize: Int, _ rotarySize: Int) {
    let x = Buffer(rows * heads * headSize)
    let (cosines, sines) = (Buffer(2 * rotarySize / 2), Buffer(2 * rotarySize / 2, seed: 2))
    let (y, expected) = (Buffer(x.count), Buffer(x.count))
    let positions: [Int32] = [1, 0]
    dmoe_rotary(
      x.start, y.start, cosines.start, sines.start, positions, 1, Int64(rows), Int64(heads), Int64(headSize),
      Int64(rotarySize))
    ReferenceKernels.rotary(
      x.start, expected.start, cosines.start, sines.start, positions, 1, rows, heads, headSize, rotarySize)
    y.compare(expected, 2e-6, "rotary of \(headSize), \(rotarySize) turned")
  }

  /// Weights as they are stored: unpacked, and multiplied on every road, for every number of rows and outputs up to some.
  private static func checkStored(_ format: WeightFormat) {
    guard let kernelFormat = format.kernelFormat else { return }
    for blocks in 1...3 {
      let inputs = blocks * max(32, format.blockSize)
      let rowBytes = inputs / format.blockSize * format.bytesPerBlock
      for outputs in [1, 2, 31, 32, 33, 65] {
        let weights = UnsafeMutablePointer<UInt8>.allocate(capacity: outputs * rowBytes)
        defer { weights.deallocate() }
        var random = Draws(seed: UInt64(outputs))
        for index in 0..<outputs * rowBytes { weights[index] = UInt8(truncatingIfNeeded: random.next()) & 0x3F }
        let dense = Buffer(outputs * inputs)
        format.unpack(weights, blocks: outputs * inputs / format.blockSize, into: dense.start)
        guard (0..<dense.count).allSatisfy({ abs(dense.start[$0]) < 1e9 }) else { continue }
        var matrix = dmoe_stored_matrix(
          bytes: weights, row_bytes: Int64(rowBytes), row_order: nil, outputs: Int64(outputs), inputs: Int64(inputs),
          format: kernelFormat)
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: dmoe_stored_scratch_bytes(&matrix), alignment: 1)
        defer { scratch.deallocate() }
        for rows in [1, 2, 3, 16, 17, 33] {
          let (x, y, expected) = (Buffer(rows * inputs), Buffer(rows * outputs), Buffer(rows * outputs))
          dmoe_stored_multiply_float(
            &matrix, 0, Int64(outputs), x.start, Int64(inputs), Int64(rows), y.start, Int64(outputs), scratch)
          for row in 0..<rows {
            for output in 0..<outputs {
              var sum = 0.0
              for input in 0..<inputs {
                sum += Double(x.start[row * inputs + input]) * Double(dense.start[output * inputs + input])
              }
              expected.start[row * outputs + output] = Float(sum)
            }
          }
          y.compare(expected, 1e-4, "\(format) by float, [\(rows), \(inputs)] by \(outputs)")
          let back = Buffer(rows * inputs)
          dmoe_stored_multiply_back(
            &matrix, 0, Int64(inputs), expected.start, Int64(outputs), Int64(rows), back.start, Int64(inputs), scratch)
          if dmoe_stored_has_bf16(), outputs % 32 == 0 {
            let narrow = UnsafeMutablePointer<UInt16>.allocate(capacity: expected.count)
            defer { narrow.deallocate() }
            dmoe_narrow_bf16(expected.start, narrow, Int64(expected.count))
            let found = Buffer(copying: back)
            let twin = Buffer(copying: back)
            for index in 0..<found.count { (found.start[index], twin.start[index]) = (0, 0) }
            dmoe_stored_multiply_back(
              &matrix, 0, Int64(inputs), expected.start, Int64(outputs), Int64(rows), twin.start, Int64(inputs), scratch
            )
            dmoe_stored_multiply_back_bf16(
              &matrix, 0, Int64(inputs), narrow, Int64(outputs), Int64(rows), found.start, Int64(inputs), scratch)
            found.compare(twin, 0.05, "\(format) back by bf16, [\(rows), \(inputs)] by \(outputs)")
          }
          guard dmoe_stored_has_int8(kernelFormat) else { continue }
          let quantized = UnsafeMutableRawPointer.allocate(
            byteCount: rows * dmoe_stored_row_bytes(Int64(inputs)), alignment: 64)
          defer { quantized.deallocate() }
          dmoe_stored_quantize_rows(x.start, Int64(inputs), Int64(rows), Int64(inputs), quantized)
          let bytes = Buffer(rows * outputs)
          dmoe_stored_multiply_int8(
            &matrix, 0, Int64(outputs), quantized, Int64(rows), bytes.start, Int64(outputs), scratch)
          bytes.compare(expected, 0.1, "\(format) by bytes, [\(rows), \(inputs)] by \(outputs)")
        }
        for rows in [1, 17, 33] { checkGated(&matrix, rows: rows) }
      }
    }
  }

  /// A gated product beside its steps, whose bits it has.
  private static func checkGated(_ matrix: inout dmoe_stored_matrix, rows: Int) {
    let (inputs, outputs) = (matrix.inputs, matrix.outputs)
    let count = rows * Int(outputs)
    let x = Buffer(rows * Int(inputs), seed: 5)
    let (sums, gated) = (Buffer(count), Buffer(count))
    let scratch = UnsafeMutableRawPointer.allocate(
      byteCount: dmoe_stored_gated_scratch_bytes(&matrix, &matrix), alignment: 1)
    defer { scratch.deallocate() }
    typealias Writer = (UnsafeMutableRawPointer) -> Void
    func compare(_ byteCount: Int, _ what: String, gated: Writer, steps: Writer) {
      let found = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
      let expected = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: 64)
      defer {
        found.deallocate()
        expected.deallocate()
      }
      // What rows of bytes are filled up with is nobody's.
      found.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
      expected.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
      gated(found)
      steps(expected)
      guard memcmp(found, expected, byteCount) == 0 else {
        fatalError("gated products \(what) differ from their steps")
      }
      comparisons += 1
    }
    let what = "of \(matrix.format), [\(rows), \(inputs)] by \(outputs)"
    if dmoe_stored_has_int8(matrix.format), outputs % 32 == 0 {
      let source = UnsafeMutableRawPointer.allocate(byteCount: rows * dmoe_stored_row_bytes(inputs), alignment: 64)
      defer { source.deallocate() }
      dmoe_stored_quantize_rows(x.start, inputs, Int64(rows), inputs, source)
      compare(rows * dmoe_stored_row_bytes(outputs), what) {
        dmoe_stored_gated_int8(&matrix, &matrix, dmoe_swiglu, 0, outputs, source, Int64(rows), $0, scratch)
      } steps: {
        dmoe_stored_multiply_int8(&matrix, 0, outputs, source, Int64(rows), sums.start, outputs, scratch)
        dmoe_swiglu(sums.start, sums.start, gated.start, Int64(count))
        dmoe_stored_quantize_rows(gated.start, outputs, Int64(rows), outputs, $0)
      }
    }
    guard dmoe_stored_has_bf16() else { return }
    let source = UnsafeMutablePointer<UInt16>.allocate(capacity: x.count)
    defer { source.deallocate() }
    dmoe_narrow_bf16(x.start, source, Int64(x.count))
    compare(2 * count, "\(what) in bf16") {
      dmoe_stored_gated_bf16(
        &matrix, &matrix, dmoe_swiglu, 0, outputs, source, inputs, Int64(rows), $0.assumingMemoryBound(to: UInt16.self),
        outputs, scratch)
    } steps: {
      dmoe_stored_multiply_bf16(&matrix, 0, outputs, source, inputs, Int64(rows), sums.start, outputs, scratch)
      dmoe_swiglu(sums.start, sums.start, gated.start, Int64(count))
      dmoe_narrow_bf16(gated.start, $0.assumingMemoryBound(to: UInt16.self), Int64(count))
    }
  }

  /// Queries of a text behind keys that were there before, two heads on one key head; every kernel that runs here.
  private static func checkAttention(_ queries: Int, _ headSize: Int) {
    let (group, before) = (2, 3)
    let keys = before + queries
    let (q, k) = (Buffer(queries * group * headSize), Buffer(keys * headSize, seed: 2))
    let (v, dy) = (Buffer(keys * headSize, seed: 3), Buffer(q.count, seed: 4))
    var shape = dmoe_attention_shape(
      group: Int64(group), head_size: Int64(headSize), scale: 0.125, window: .max,
      query_stride: Int64(group * headSize), key_stride: Int64(headSize))
    let expected = attention(q, k, v, queries, headSize, group, before)
    let runs = [dmoe_rows(first: 0, count: Int64(keys))]
    runs.withUnsafeBufferPointer { runs in
      var text = dmoe_queries(count: Int64(queries), column: Int64(before), runs: runs.baseAddress, run_count: 1)
      for kernels in dmoe_attention_plain...dmoe_attention_amx where dmoe_attention_runs(Int32(kernels)) {
        let kernels = Int32(kernels)
        let (y, statistics) = (Buffer(q.count), Buffer(2 * queries * group))
        withScratch(floats: dmoe_attention_scratch(kernels, &shape, Int64(queries))) {
          dmoe_attention(kernels, &shape, &text, q.start, k.start, v.start, y.start, statistics.start, $0)
        }
        let isNarrow = kernels >= Int32(dmoe_attention_bf16)
        y.compare(expected, isNarrow ? 0.03 : 1e-5, "attention \(kernels) of \(queries) queries, heads of \(headSize)")
        let (dq, dk, dv) = (Buffer(q.count), Buffer(k.count), Buffer(v.count))
        withScratch(floats: dmoe_attention_backward_scratch(&shape, Int64(queries))) {
          dmoe_attention_backward(
            kernels, &shape, &text, q.start, k.start, v.start, y.start, statistics.start, dy.start, dq.start, dk.start,
            dv.start, $0)
        }
      }
    }
  }

  /// What every query reads of the keys up to its own, in double precision.
  private static func attention(
    _ q: Buffer, _ k: Buffer, _ v: Buffer, _ queries: Int, _ headSize: Int, _ group: Int, _ before: Int
  ) -> Buffer {
    let result = Buffer(queries * group * headSize)
    for query in 0..<queries * group {
      let seen = before + query / group + 1
      let products = (0..<seen).map { key in
        (0..<headSize).reduce(0.0) {
          $0 + 0.125 * Double(q.start[query * headSize + $1]) * Double(k.start[key * headSize + $1])
        }
      }
      let top = products.max() ?? 0
      let weights = products.map { exp($0 - top) }
      let total = weights.reduce(0, +)
      for channel in 0..<headSize {
        let sum = (0..<seen).reduce(0.0) { $0 + weights[$1] * Double(v.start[$1 * headSize + channel]) }
        result.start[query * headSize + channel] = Float(sum / total)
      }
    }
    return result
  }

  /// Memory of exactly so many floats at a boundary of 64 bytes.
  private static func withScratch(floats count: Int64, _ body: (UnsafeMutablePointer<Float>) -> Void) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: Int(count) * MemoryLayout<Float>.stride, alignment: 64)
    defer { memory.deallocate() }
    body(memory.bindMemory(to: Float.self, capacity: Int(count)))
  }
}
