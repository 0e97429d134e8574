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

  /// The divergence from another distribution over the same columns, in nats: Σ p (log p − log q), never below 0.
  ///
  /// - Parameters:
  ///   - exponentials: Those that were made of the own logits.
  ///   - others: The logits of `other`.
  func divergence(
    _ logits: UnsafeBufferPointer<Float>, _ exponentials: UnsafePointer<Float>, from other: SoftmaxRow,
    _ others: UnsafePointer<Float>, _ compute: Compute
  ) -> Float {
    guard let x = logits.baseAddress else { return 0 }
    let shift = shift(from: other)
    let weighted =
      switch compute.backend {
      case .openBLAS:
        dmoe_weighted_differences(x, exponentials, top, scale, others, other.top, shift, Int64(logits.count))
      case .reference:
        logits.indices.reduce(0.0) { sum, i in
          exponentials[i] > 0 ? sum + Double(exponentials[i] * difference(x[i], others[i], other, shift)) : sum
        }
      }
    let result = Float(weighted / sum)
    // Rounding may take two equal distributions below 0; what is no number stays none.
    return result < 0 ? 0 : result
  }

  /// Turns the other's logits into the gradient, by the own ones, of `own` times the divergence from it.
  func divergenceBackward(
    _ logits: UnsafeBufferPointer<Float>, _ exponentials: UnsafePointer<Float>, from other: SoftmaxRow,
    own: Float, divergence: Float, into others: UnsafeMutablePointer<Float>, _ compute: Compute
  ) {
    guard let x = logits.baseAddress else { return }
    let (inverse, shift) = (Float(1 / sum), shift(from: other))
    switch compute.backend {
    case .openBLAS:
      dmoe_divergence_backward(
        x, exponentials, top, scale, inverse, other.top, shift, own, divergence, others, Int64(logits.count))
    case .reference:
      for i in logits.indices {
        let p = exponentials[i] * inverse
        let apart = difference(x[i], others[i], other, shift) - divergence
        others[i] = p > 0 ? own * apart * p * scale : 0
      }
    }
  }

  private func shift(from other: SoftmaxRow) -> Float { Float(log(sum) - log(other.sum)) }

  /// log p − log q of a column; differences first, so that it is exactly 0 where both are the same.
  private func difference(_ logit: Float, _ others: Float, _ other: SoftmaxRow, _ shift: Float) -> Float {
    ((logit - top) - (others - other.top)) * scale - shift
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
