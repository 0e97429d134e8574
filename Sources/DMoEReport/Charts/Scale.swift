import Foundation

/// Maps values to fractions of an axis.
package struct Scale: Sendable {
  /// The values from one end to the other; never empty.
  package let domain: ClosedRange<Double>

  /// An axis over a domain, or around its only value.
  package init(_ domain: ClosedRange<Double>) {
    let width = domain.upperBound - domain.lowerBound
    self.domain = width > 0 ? domain : domain.lowerBound - 0.5...domain.upperBound + 0.5
  }

  /// An axis that holds all finite values, with a little room on both sides.
  package init(covering values: some Sequence<Double>, room: Double = 0.06) {
    let finite = values.filter(\.isFinite)
    let low = finite.min() ?? 0
    let high = finite.max() ?? 1
    let margin = high > low ? (high - low) * room : max(abs(high), 1e-9) * 0.1
    self.init(low - margin...high + margin)
  }

  /// In 0 ... 1: what lies outside is put on the edge.
  package func fraction(_ value: Double) -> Double {
    guard value.isFinite else { return value > 0 ? 1 : 0 }
    return min(1, max(0, (value - domain.lowerBound) / (domain.upperBound - domain.lowerBound)))
  }

  /// Round values inside, about `count` of them: multiples of 1, 2 or 5 times a power of ten.
  package func ticks(_ count: Int) -> [Double] {
    let step = tickStep(count)
    // Values at the ends of what a Double holds have no ticks.
    guard step.isNormal, domain.lowerBound.magnitude / step < 1e15, domain.upperBound.magnitude / step < 1e15 else {
      return []
    }
    let first = Int((domain.lowerBound / step).rounded(.up))
    let last = Int((domain.upperBound / step).rounded(.down))
    return first <= last ? (first...last).map { Double($0) * step } : []
  }

  /// A tick as text, with as many digits as tell it from its neighbors.
  package func text(_ tick: Double, count: Int) -> String {
    let step = tickStep(count)
    if abs(tick) >= 1e6 || (tick != 0 && step < 1e-4) { return String(format: "%.0e", tick) }
    return NumberText.fixed(tick, digits: max(0, Int((-log10(step) - 1e-9).rounded(.up))))
  }

  private func tickStep(_ count: Int) -> Double {
    let rough = (domain.upperBound - domain.lowerBound) / Double(max(1, count))
    let power = pow(10, log10(rough).rounded(.down))
    return power * ([1, 2, 5].first { $0 * power >= rough } ?? 10)
  }
}

extension Double {
  /// A fraction as a length of CSS and SVG: "43.21%".
  package var cssPercent: String { String(format: "%.2f%%", self * 100) }
}
