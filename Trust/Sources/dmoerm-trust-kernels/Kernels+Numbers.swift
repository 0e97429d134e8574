import CDMoEKernels
import Foundation

@testable import DMoECore

/// Distributions, and numbers in fewer bits.
extension Kernels {
  /// Two rows of logits as distributions, and their gradients, beside sums in double precision.
  static func checkDistributions(_ count: Int) {
    let (x, other) = (Buffer(count, seed: 1), Buffer(count, seed: 2))
    let (size, scale) = (Int64(count), Float(0.75))
    // A maximum and a distribution are of at least one number.
    guard count > 0 else { return }
    func values(_ buffer: Buffer) -> [Double] { (0..<count).map { Double(buffer.start[$0]) } }
    let (top, otherTop) = (dmoe_largest(x.start, size), dmoe_largest(other.start, size))
    guard Double(top) == values(x).max(), Double(otherTop) == values(other).max() else {
      fatalError("largest of \(count)")
    }
    let spoiled = Buffer(copying: x)
    spoiled.start[count - 1] = .nan
    guard dmoe_largest(spoiled.start, size).isNaN else { fatalError("largest of \(count), one of which is none") }

    /// Logarithms of probabilities of a row, and the logarithm of the sum of exponentials below its top.
    func logarithms(_ row: [Double], _ top: Float) -> (log: [Double], shift: Double) {
      let own = row.map { ($0 - Double(top)) * Double(scale) }
      let sum = log(own.reduce(0) { $0 + exp($1) })
      return (own.map { $0 - sum }, sum)
    }
    let (p, q) = (logarithms(values(x), top), logarithms(values(other), otherTop))
    let exponentials = Buffer(count)
    let sums = UnsafeMutablePointer<Double>.allocate(capacity: (count + 1023) / 1024)
    defer { sums.deallocate() }
    let total = dmoe_exponentials(x.start, top, scale, exponentials.start, sums, size)
    func compare(_ found: Double, _ expected: Double, _ what: String) {
      guard abs(found - expected) <= 1e-5 * max(1, abs(expected)) else {
        fatalError("\(what) of \(count): \(found) in place of \(expected)")
      }
      comparisons += 1
    }
    func compare(_ found: Buffer, _ what: String, _ expected: (Int) -> Double) {
      let twin = Buffer(count)
      for index in 0..<count { twin.start[index] = Float(expected(index)) }
      found.compare(twin, 1e-5, areDifferences: true, "\(what) of \(count)")
    }
    compare(total, exp(p.shift), "exponentials")
    compare(sums[0], exp(p.shift), "exponentials, the first sum")
    compare(exponentials, "exponentials") { exp(p.log[$0] + p.shift) }
    let below = dmoe_weighted_logarithms(x.start, exponentials.start, top, scale, size)
    compare(
      below, (0..<count).reduce(0) { $0 + exp(p.log[$1] + p.shift) * (p.log[$1] + p.shift) }, "weighted_logarithms")
    let shift = Float(p.shift - q.shift)
    let apart = dmoe_weighted_differences(
      x.start, exponentials.start, top, scale, other.start, otherTop, shift, size)
    let divergence = (0..<count).reduce(0) { $0 + exp(p.log[$1]) * (p.log[$1] - q.log[$1]) }
    compare(apart, divergence * exp(p.shift), "weighted_differences")
    compare(
      dmoe_weighted_differences(x.start, exponentials.start, top, scale, x.start, top, 0, size), 0,
      "weighted_differences of one row")
    let gradient = Buffer(copying: other)
    dmoe_divergence_backward(
      x.start, exponentials.start, top, scale, Float(1 / total), otherTop, shift, 0.5, Float(divergence),
      gradient.start,
      size)
    compare(gradient, "divergence_backward") {
      0.5 * (p.log[$0] - q.log[$0] - divergence) * exp(p.log[$0]) * Double(scale)
    }
    let entropy = -(0..<count).reduce(0) { $0 + exp(p.log[$1]) * p.log[$1] }
    dmoe_distribution_backward(
      x.start, top, scale, Float(1 / total), Float(p.shift), 0.5, 0.25, Float(entropy), exponentials.start, size)
    compare(exponentials, "distribution_backward") {
      (-0.5 - 0.25 * (p.log[$0] + entropy)) * exp(p.log[$0]) * Double(scale)
    }
  }

  /// Weights and rows to bytes and back, their product, and what the bytes of a row left over.
  static func checkBytes(_ rows: Int, _ columns: Int, _ outputs: Int) {
    let what = "of [\(rows), \(columns)] by \(outputs)"
    let (x, weights) = (Buffer(rows * columns), Buffer(outputs * columns, seed: 2))
    let (narrow, wide) = (Bytes(outputs * columns), Bytes(rows * columns))
    let (scales, weightScales, back) = (Buffer(rows), Buffer(outputs), Buffer(outputs * columns))
    let weightSums = UnsafeMutablePointer<Int32>.allocate(capacity: outputs)
    let chosen = UnsafeMutablePointer<Int32>.allocate(capacity: rows)
    let products = UnsafeMutablePointer<Int32>.allocate(capacity: rows * outputs)
    defer {
      weightSums.deallocate()
      chosen.deallocate()
      products.deallocate()
    }
    let bytes = narrow.start.assumingMemoryBound(to: Int8.self)
    dmoe_quantize_weights(weights.start, bytes, weightScales.start, weightSums, Int64(outputs), Int64(columns))
    dmoe_dequantize_weights(bytes, weightScales.start, back.start, Int64(outputs), Int64(columns))
    back.compare(weights, 1.0 / 200, "quantize_weights \(what)")
    dmoe_quantize_rows(x.start, wide.bytes, scales.start, Int64(rows), Int64(columns))
    let restored = Buffer(rows * columns)
    for place in 0..<rows * columns {
      restored.start[place] = Float(Int(wide.bytes[place]) - 128) * scales.start[place / columns]
    }
    restored.compare(x, 1.0 / 200, "quantize_rows \(what)")

    func multiply(_ left: Bytes) {
      for row in 0..<rows {
        for output in 0..<outputs {
          products[row * outputs + output] = (0..<columns).reduce(Int32(0)) {
            $0 + Int32(left.bytes[row * columns + $1]) * Int32(bytes[output * columns + $1])
          }
        }
      }
    }
    let (y, expected) = (Buffer(rows * outputs), Buffer(rows * outputs))
    multiply(wide)
    dmoe_scale_product(
      products, scales.start, weightScales.start, weightSums, y.start, Int64(rows), Int64(outputs))
    func expect(_ x: Buffer) {
      for place in 0..<rows * outputs {
        let (row, output) = (place / outputs, place % outputs)
        expected.start[place] = Float(
          (0..<columns).reduce(0.0) {
            $0 + Double(x.start[row * columns + $1]) * Double(back.start[output * columns + $1])
          })
      }
    }
    expect(restored)
    y.compare(expected, 1e-5, areDifferences: true, "scale_product \(what)")
    // No row has its greatest number below its root mean square; so all of them that have numbers are taken.
    let count = dmoe_find_peaked_rows(x.start, scales.start, Int64(rows), Int64(columns), 0.5, chosen)
    guard count == (columns > 0 ? rows : 0), (0..<Int(count)).allSatisfy({ chosen[$0] == $0 }) else {
      fatalError("find_peaked_rows \(what): \(count)")
    }
    let rest = Bytes(Int(count) * columns)
    dmoe_quantize_remainders(x.start, wide.bytes, scales.start, chosen, count, Int64(columns), rest.bytes)
    guard columns > 0 else { return }
    multiply(rest)
    dmoe_add_remainder_product(
      products, scales.start, chosen, weightScales.start, weightSums, y.start, count, Int64(outputs))
    expect(x)
    y.compare(expected, 1e-3, areDifferences: true, "add_remainder_product \(what)")
  }
}
