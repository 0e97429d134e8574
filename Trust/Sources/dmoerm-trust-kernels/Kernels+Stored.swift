import CDMoEKernels
import Draws
import Foundation

@testable import DMoECore

/// Weights as they are stored: unpacked, and multiplied on every road by every level that runs here.
extension Kernels {
  static func checkFormats() {
    for format in WeightFormat.allCases where format.isReadable {
      for blocks in sizes { checkUnpacking(format, blocks) }
    }
    let own = dmoe_stored_current_level()
    defer { _ = dmoe_stored_set_level(own) }
    for format in WeightFormat.allCases where format.isReadable {
      guard let kernelFormat = format.kernelFormat else { continue }
      let products = StoredProducts(format, kernelFormat)
      for level in [DMOE_STORED_PLAIN, DMOE_STORED_AVX2, DMOE_STORED_AVX512_VNNI, DMOE_STORED_AMX]
      where dmoe_stored_set_level(level) {
        for outputs in sizes { products.check(3, outputs) }
        // More than a tile where that is soon done, and less where blocks are long.
        for rows in sizes { products.check(rows, format.blockSize > 32 ? 5 : 33) }
        // Whole tiles, which the gated products and gradients in bf16 are of.
        for rows in [1, 17, 33] { products.check(rows, 64) }
        products.forget()
      }
    }
  }

  /// Blocks together are those that they are one by one.
  private static func checkUnpacking(_ format: WeightFormat, _ blocks: Int) {
    let source = randomBytes(blocks * format.bytesPerBlock)
    let found = Buffer(blocks * format.blockSize)
    format.unpack(source.bytes, blocks: blocks, into: found.start)
    for block in 0..<blocks {
      let one = Bytes(format.bytesPerBlock, of: source.start + block * format.bytesPerBlock)
      let twin = Buffer(format.blockSize)
      format.unpack(one.bytes, blocks: 1, into: twin.start)
      let place = found.start + block * format.blockSize
      guard memcmp(place, twin.start, 4 * format.blockSize) == 0 else {
        fatalError("\(format), block \(block) of \(blocks)")
      }
    }
    comparisons += 1
  }

  /// Bytes that are moderate numbers in every format.
  fileprivate static func randomBytes(_ count: Int) -> Bytes {
    let bytes = Bytes(count)
    var random = Draws(seed: UInt64(count))
    for index in 0..<count { bytes.bytes[index] = UInt8(truncatingIfNeeded: random.next()) & 0x3F }
    return bytes
  }
}

/// Products of one matrix as it is stored, in all sizes, with what they are in double precision.
private final class StoredProducts {
  private typealias Buffer = Kernels.Buffer
  private typealias Bytes = Kernels.Bytes

  private static let most = Kernels.most
  private let format: WeightFormat
  private let kernelFormat: dmoe_stored_format
  private let inputs: Int
  private let rowBytes: Int
  private let weights: Bytes
  /// [most, inputs] of both.
  private let dense, x: Buffer
  /// [rows, outputs], all of them.
  private let expected: Buffer
  /// What the first level that ran gave, by road and sizes: the others give the same bits.
  private var plain: [String: Buffer] = [:]
  private var isFirst = true

  init(_ format: WeightFormat, _ kernelFormat: dmoe_stored_format) {
    let most = Self.most
    self.format = format
    self.kernelFormat = kernelFormat
    inputs = max(32, format.blockSize)
    rowBytes = inputs / format.blockSize * format.bytesPerBlock
    weights = Kernels.randomBytes(most * rowBytes)
    dense = Buffer(most * inputs)
    format.unpack(weights.bytes, blocks: most * inputs / format.blockSize, into: dense.start)
    x = Buffer(most * inputs)
    expected = Buffer(most * most)
    for row in 0..<most {
      for output in 0..<most {
        var sum = 0.0
        for input in 0..<inputs {
          sum += Double(x.start[row * inputs + input]) * Double(dense.start[output * inputs + input])
        }
        expected.start[row * most + output] = Float(sum)
      }
    }
  }

  /// The next level is compared with what the first one gave.
  func forget() { isFirst = false }

  private func compare(_ found: Buffer, _ road: String) {
    if let twin = plain[road] {
      guard memcmp(found.start, twin.start, 4 * found.count) == 0 else {
        fatalError("\(format), \(road): other bits than by the first level")
      }
      Kernels.comparisons += 1
    } else if isFirst {
      plain[road] = found
    }
  }

  func check(_ rows: Int, _ outputs: Int) {
    let what = "[\(rows), \(inputs)] by \(outputs)"
    let own = Bytes(outputs * rowBytes, of: weights.start)
    // Backwards: the row that is the last one is the first that is stored.
    let order = (0..<outputs).map { Int32(outputs - 1 - $0) }
    let turned = Bytes(outputs * rowBytes)
    for output in 0..<outputs {
      (turned.start + output * rowBytes).copyMemory(
        from: own.start + (outputs - 1 - output) * rowBytes, byteCount: rowBytes)
    }
    order.withUnsafeBufferPointer { order in
      for isTurned in rows == 3 ? [false, true] : [false] {
        var matrix = dmoe_stored_matrix(
          bytes: isTurned ? turned.bytes : own.bytes, row_bytes: Int64(rowBytes),
          row_order: isTurned ? order.baseAddress : nil, outputs: Int64(outputs), inputs: Int64(inputs),
          format: kernelFormat)
        check(&matrix, rows, "\(what)\(isTurned ? ", turned" : "")")
      }
    }
  }

  private func check(_ matrix: inout dmoe_stored_matrix, _ rows: Int, _ what: String) {
    let (outputs, count) = (Int(matrix.outputs), Int64(rows))
    let scratch = Bytes(dmoe_stored_scratch_bytes(&matrix))
    let source = Buffer(rows * inputs, of: x)
    let twin = Buffer(rows * outputs)
    for row in 0..<rows { (twin.start + row * outputs).update(from: expected.start + row * Self.most, count: outputs) }
    let y = Buffer(rows * outputs)
    dmoe_stored_multiply_float(
      &matrix, 0, Int64(outputs), source.start, Int64(inputs), count, y.start, Int64(outputs), scratch.start)
    y.compare(twin, 1e-4, areDifferences: true, "\(format) by float, \(what)")
    compare(y, "float, \(what)")
    checkPart(&matrix, source, y, rows, scratch, what)
    let back = Buffer(rows * inputs, filledWith: 0.5)
    dmoe_stored_multiply_back(
      &matrix, 0, Int64(inputs), twin.start, Int64(outputs), count, back.start, Int64(inputs), scratch.start)
    compare(back, "back, \(what)")
    checkBack(back, twin, rows, outputs, what)
    if dmoe_stored_has_bf16() { checkNarrow(&matrix, source, twin, back, rows, scratch, what) }
    if dmoe_stored_has_int8(kernelFormat) {
      let quantized = Bytes(rows * dmoe_stored_row_bytes(matrix.inputs), alignment: 64)
      dmoe_stored_quantize_rows(source.start, Int64(inputs), count, Int64(inputs), quantized.start)
      let bytes = Buffer(rows * outputs)
      dmoe_stored_multiply_int8(
        &matrix, 0, Int64(outputs), quantized.start, count, bytes.start, Int64(outputs), scratch.start)
      bytes.compare(twin, 0.1, areDifferences: true, "\(format) by bytes, \(what)")
      compare(bytes, "bytes, \(what)")
    }
    if outputs == 64 { Kernels.checkGated(&matrix, rows: rows) }
  }

  /// Some outputs in the middle are those of the whole, and no others are written.
  private func checkPart(
    _ matrix: inout dmoe_stored_matrix, _ source: Buffer, _ whole: Buffer, _ rows: Int, _ scratch: Bytes,
    _ what: String
  ) {
    let outputs = Int(matrix.outputs)
    let (first, part) = (outputs / 3, outputs / 2)
    let (found, twin) = (Buffer(rows * outputs, filledWith: 9), Buffer(rows * outputs, filledWith: 9))
    for row in 0..<rows {
      let place = row * outputs + first
      (twin.start + place).update(from: whole.start + place, count: part)
    }
    dmoe_stored_multiply_float(
      &matrix, Int64(first), Int64(part), source.start, Int64(inputs), Int64(rows), found.start, Int64(outputs),
      scratch.start)
    found.compare(twin, 0, "\(format), outputs \(first)..<\(first + part) of \(what)")
  }

  /// dx = 0.5 + dy W, for some of the inputs.
  private func checkBack(_ back: Buffer, _ dy: Buffer, _ rows: Int, _ outputs: Int, _ what: String) {
    guard rows > 0 else { return }
    var scale = 1.0
    for place in 0..<rows * outputs { scale = max(scale, abs(Double(dy.start[place]))) }
    for (row, input) in [(0, 0), (rows - 1, inputs - 1), (rows / 2, inputs / 2 + 1)] {
      var (sum, magnitude) = (0.5, scale)
      for output in 0..<outputs {
        let term = Double(dy.start[row * outputs + output]) * Double(dense.start[output * inputs + input])
        sum += term
        magnitude += abs(term)
      }
      let found = Double(back.start[row * inputs + input])
      guard abs(found - sum) <= 1e-5 * magnitude else {
        fatalError("\(format) back, \(what): \(found) in place of \(sum)")
      }
      Kernels.comparisons += 1
    }
  }

  private func checkNarrow(
    _ matrix: inout dmoe_stored_matrix, _ source: Buffer, _ dy: Buffer, _ back: Buffer, _ rows: Int, _ scratch: Bytes,
    _ what: String
  ) {
    let (outputs, count) = (Int(matrix.outputs), Int64(rows))
    func narrow(_ numbers: Buffer) -> Bytes {
      let bytes = Bytes(2 * numbers.count, alignment: 2)
      dmoe_narrow_bf16(numbers.start, bytes.start.assumingMemoryBound(to: UInt16.self), Int64(numbers.count))
      return bytes
    }
    let (own, y) = (narrow(source), Buffer(rows * outputs))
    dmoe_stored_multiply_bf16(
      &matrix, 0, Int64(outputs), own.start.assumingMemoryBound(to: UInt16.self), Int64(inputs), count, y.start,
      Int64(outputs), scratch.start)
    y.compare(dy, 0.05, areDifferences: true, "\(format) by bf16, \(what)")
    guard outputs % 32 == 0 else { return }
    let (gradient, found) = (narrow(dy), Buffer(rows * inputs, filledWith: 0.5))
    dmoe_stored_multiply_back_bf16(
      &matrix, 0, Int64(inputs), gradient.start.assumingMemoryBound(to: UInt16.self), Int64(outputs), count,
      found.start,
      Int64(inputs), scratch.start)
    found.compare(back, 0.05, areDifferences: true, "\(format) back by bf16, \(what)")
  }
}

extension Kernels {
  /// A gated product beside its steps, whose bits it has.
  fileprivate static func checkGated(_ matrix: inout dmoe_stored_matrix, rows: Int) {
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
}
