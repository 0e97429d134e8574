import CDMoEKernels
import Draws
import Foundation

@testable import DMoECore

/// The C kernels beside their plain twins in Swift, on memory that is exactly as long as it must be: AddressSanitizer sees every
/// byte before or behind it.
enum Kernels {
  /// Of every dimension in turn.
  nonisolated(unsafe) static var sizes = Array(0...most)
  static let most = 130
  nonisolated(unsafe) static var comparisons = 0
  nonisolated(unsafe) static var worst = 0.0

  /// Goes through all sizes; ends the process where a kernel and its twin differ.
  ///
  /// - Parameter step: Only every so many of the sizes, where they would take too long.
  static func check(step: Int) {
    sizes = Array(stride(from: 0, through: most, by: step))
    for count in sizes {
      checkLists(count)
      checkDistributions(count)
    }
    for columns in sizes {
      for rows in [0, 1, 2, 3, 7] { checkRows(rows, columns) }
      checkBytes(5, columns, 3)
    }
    for rows in sizes {
      checkRows(rows, 5)
      checkBytes(rows, 33, 5)
    }
    for outputs in sizes { checkBytes(3, 7, outputs) }
    for headSize in sizes where headSize % 2 == 0 {
      for rotarySize in stride(from: 0, through: headSize, by: 2) { checkRotary(2, 3, headSize, rotarySize) }
    }
    checkFormats()
    checkAttention()
    print("kernels: \(comparisons) comparisons, worst difference \(worst)")
  }

  // MARK: Buffers

  /// Numbers in memory of their own.
  final class Buffer {
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

    /// So many numbers from one of the other's on.
    init(_ count: Int, of other: Buffer, from place: Int = 0) {
      start = .allocate(capacity: count)
      self.count = count
      start.update(from: other.start + place, count: count)
    }

    /// All of one value.
    init(_ count: Int, filledWith value: Float) {
      start = .allocate(capacity: count)
      self.count = count
      start.update(repeating: value, count: count)
    }

    /// The same numbers without the digits that bf16 has not.
    func inBF16() -> Buffer {
      for index in 0..<count { start[index] = Float(bitPattern: start[index].bitPattern & 0xFFFF_0000) }
      return self
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

  /// Bytes in memory of their own.
  final class Bytes {
    let start: UnsafeMutableRawPointer

    /// - Parameter fill: What every byte is to begin with; nil leaves what lies there.
    init(_ count: Int, alignment: Int = 1, fill: UInt8? = nil) {
      start = .allocate(byteCount: count, alignment: alignment)
      if let fill { start.initializeMemory(as: UInt8.self, repeating: fill, count: count) }
    }

    /// The first so many bytes of others.
    init(_ count: Int, of other: UnsafeRawPointer) {
      start = .allocate(byteCount: count, alignment: 1)
      start.copyMemory(from: other, byteCount: count)
    }

    var bytes: UnsafeMutablePointer<UInt8> { start.assumingMemoryBound(to: UInt8.self) }

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
    let step = AdamStep(
      rate: 0.1, beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0.01, step: 3, gradientScale: 0.5)
    let squares = Buffer(count)
    for index in 0..<count { squares.start[index] = b.start[index] * b.start[index] }
    let (found, expected) = (
      [Buffer(copying: a), Buffer(copying: b), Buffer(copying: squares)],
      [Buffer(copying: a), Buffer(copying: b), Buffer(copying: squares)]
    )
    dmoe_adam(
      found[0].start, c.start, found[1].start, found[2].start, step.rate, step.beta1, step.beta2, step.eps,
      step.weightDecay, step.firstCorrection, step.secondCorrection, step.gradientScale, size)
    ReferenceKernels.adam(expected[0].start, c.start, expected[1].start, expected[2].start, step, count)
    for (found, expected) in zip(found, expected) { found.compare(expected, 2e-6, "adam of \(count)") }
    let sum = dmoe_sum_of_squares(a.start, size)
    guard abs(sum - ReferenceKernels.sumOfSquares(a.start, count)) <= 1e-6 * max(sum, 1e-30) else {
      fatalError("sum_of_squares of \(count): \(sum)")
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
    dmoe_rotary(
      x.start, y.start, cosines.start, sines.start, positions, -1, Int64(rows), Int64(heads), Int64(headSize),
      Int64(rotarySize))
    ReferenceKernels.rotary(
      x.start, expected.start, cosines.start, sines.start, positions, -1, rows, heads, headSize, rotarySize)
    y.compare(expected, 2e-6, "rotary of \(headSize), \(rotarySize) turned back")
  }
}
