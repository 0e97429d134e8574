package import DMoEData
import Foundation

/// Numbers as tables and charts show them.
package enum NumberText {
  /// The text that stands for no number.
  package static let missing = "–"

  /// "71.3 %".
  package static func percent(_ value: Double?, digits: Int = 1) -> String {
    value.map { fixed($0 * 100, digits: digits) + " %" } ?? missing
  }

  /// "64.0–77.8"; missing without cases.
  package static func interval(_ proportion: Proportion) -> String { interval(Estimate(proportion)) }

  /// "64.0–77.8"; missing without a value.
  package static func interval(_ estimate: Estimate) -> String {
    guard estimate.value != nil else { return missing }
    let ends = [estimate.interval.lowerBound, estimate.interval.upperBound]
    return ends.map { fixed($0 * 100, digits: 1) }.joined(separator: "–")
  }

  /// "+4.2": percentage points with their sign.
  package static func points(_ value: Double?) -> String {
    guard let value else { return missing }
    let text = fixed(abs(value) * 100, digits: 1)
    return text == "0.0" ? text : (value > 0 ? "+" : "−") + text
  }

  /// A number with so many decimals; a true minus sign, none before zero.
  package static func fixed(_ value: Double?, digits: Int) -> String {
    guard let value, value.isFinite else { return missing }
    let text = String(format: "%.\(digits)f", value)
    return text.hasPrefix("-") ? (Double(text) == 0 ? "" : "−") + text.dropFirst() : text
  }

  /// "2,345,678".
  package static func grouped(_ value: Int) -> String {
    let digits = Array("\(value.magnitude)")
    let groups = digits.enumerated().map { index, digit in
      index > 0 && (digits.count - index) % 3 == 0 ? ",\(digit)" : "\(digit)"
    }
    return (value < 0 ? "−" : "") + groups.joined()
  }

  /// "3.2e-05".
  package static func scientific(_ value: Double) -> String { String(format: "%.1e", value) }
}
