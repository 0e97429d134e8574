import CDMoEKernels
import Foundation

/// A row of logits as a distribution at a temperature: all that a log-probability takes beside its own logit.
///
/// Whoever samples and whoever trains read log-probabilities here, so that theirs are the same bits. What a row gives
/// depends on that row alone.
package struct SoftmaxRow: Sendable {
  /// The largest logit; NaN if one is.
  package let top: Float
  /// 1 / temperature.
  package let scale: Float
  /// The sum of the exponentials of (logit - top) · scale.
  package let sum: Double

  /// Columns whose exponentials are one partial sum.
  package static let chunk = Int(DMOE_DISTRIBUTION_CHUNK)

  /// The number of partial sums of a row.
  package static func chunks(_ columns: Int) -> Int { (columns + chunk - 1) / chunk }

  /// Reads a row.
  ///
  /// - Parameters:
  ///   - logits: The row's numbers, at least one.
  ///   - scale: 1 / temperature.
  ///   - exponentials: Gets as many numbers.
  ///   - sums: Gets those of the chunks.
  package init(
    _ logits: UnsafeBufferPointer<Float>, scale: Float, exponentials: UnsafeMutablePointer<Float>,
    sums: UnsafeMutablePointer<Double>, _ compute: Compute
  ) {
    guard let x = logits.baseAddress else { preconditionFailure("SoftmaxRow: no logits") }
    let count = logits.count
    self.scale = scale
    switch compute.backend {
    case .openBLAS:
      top = dmoe_largest(x, Int64(count))
      sum = dmoe_exponentials(x, top, scale, exponentials, sums, Int64(count))
    case .reference:
      top = logits.reduce(x[0]) { $0.isNaN || $1.isNaN ? .nan : max($0, $1) }
      sum = ReferenceKernels.exponentials(x, top, scale, exponentials, sums, count)
    }
  }

  /// Whether it is a distribution: no logit is NaN, and not all are infinite.
  package var isFinite: Bool { top.isFinite && sum.isFinite }

  /// The logarithm of the probability of a column with this logit.
  package func logProbability(_ logit: Float) -> Float { Float(Double((logit - top) * scale) - log(sum)) }

  /// The entropy in nats, from the exponentials that were made of the same logits.
  func entropy(
    _ logits: UnsafeBufferPointer<Float>, _ exponentials: UnsafePointer<Float>, _ compute: Compute
  ) -> Float {
    guard let x = logits.baseAddress else { return 0 }
    let weighted =
      switch compute.backend {
      case .openBLAS: dmoe_weighted_logarithms(x, exponentials, top, scale, Int64(logits.count))
      case .reference: ReferenceKernels.weightedLogarithms(x, exponentials, top, scale, logits.count)
      }
    return Float(log(sum) - weighted / sum)
  }

  /// Turns the exponentials into the gradient, by the logits, of `own` · log p(target) + `entropy` · the entropy `h`.
  func backward(
    _ logits: UnsafeBufferPointer<Float>, target: Int, own: Float, entropy: Float, h: Float,
    into exponentials: UnsafeMutablePointer<Float>, _ compute: Compute
  ) {
    guard let x = logits.baseAddress else { return }
    let (inverse, logarithm) = (Float(1 / sum), Float(log(sum)))
    switch compute.backend {
    case .openBLAS:
      dmoe_distribution_backward(
        x, top, scale, inverse, logarithm, own, entropy, h, exponentials, Int64(logits.count))
    case .reference:
      for i in logits.indices {
        let p = exponentials[i] * inverse
        let logP = (x[i] - top) * scale - logarithm
        exponentials[i] = p > 0 ? (-own - entropy * (logP + h)) * p * scale : 0
      }
    }
    exponentials[target] += own * scale
  }
}

extension ReferenceKernels {
  /// e = exp((x - top) · scale) with the sums of its chunks, and their sum.
  static func exponentials(
    _ x: UnsafePointer<Float>, _ top: Float, _ scale: Float, _ e: UnsafeMutablePointer<Float>,
    _ sums: UnsafeMutablePointer<Double>, _ count: Int
  ) -> Double {
    var all = 0.0
    for start in stride(from: 0, to: count, by: SoftmaxRow.chunk) {
      var sum = 0.0
      for i in start..<min(start + SoftmaxRow.chunk, count) {
        let power = (x[i] - top) * scale
        e[i] = power < -87 ? 0 : exp(power)
        sum += Double(e[i])
      }
      sums[start / SoftmaxRow.chunk] = sum
      all += sum
    }
    return all
  }

  /// Σ e · (x - top) · scale.
  static func weightedLogarithms(
    _ x: UnsafePointer<Float>, _ e: UnsafePointer<Float>, _ top: Float, _ scale: Float, _ count: Int
  ) -> Double {
    var all = 0.0
    for i in 0..<count where e[i] > 0 { all += Double(e[i] * ((x[i] - top) * scale)) }
    return all
  }
}
