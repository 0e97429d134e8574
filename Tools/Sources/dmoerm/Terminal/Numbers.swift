import Foundation

/// Numbers as people read them; the same in every locale.
enum Numbers {
  static func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

  /// With its sign, so that rewards line up.
  static func reward(_ value: Float) -> String { String(format: "%+.3f", value) }

  static func percent(_ fraction: Double) -> String { String(format: "%.0f %%", fraction * 100) }

  /// 1234 -> "1.2k".
  static func rate(_ value: Double) -> String {
    switch value {
    case ..<1000: fixed(value, 0)
    case ..<1e6: fixed(value / 1e3, 1) + "k"
    default: fixed(value / 1e6, 1) + "M"
    }
  }

  /// 98 304 000 -> "98.3 MB".
  static func bytes(_ count: Int) -> String {
    switch count {
    case ..<1000: "\(count) B"
    case ..<1_000_000: fixed(Double(count) / 1e3, 1) + " kB"
    case ..<1_000_000_000: fixed(Double(count) / 1e6, 1) + " MB"
    default: fixed(Double(count) / 1e9, 2) + " GB"
    }
  }

  /// "1 pair", "2 pairs".
  static func count(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
    "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
  }
}
