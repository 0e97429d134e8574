/// Words that reports share.
package enum ReportText {
  /// "content-richness" as "Content richness".
  package static func displayName(_ identifier: String) -> String {
    let words = identifier.split { $0 == "-" || $0 == "_" }.joined(separator: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  /// "1 pair", "2 pairs".
  package static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  /// "4.8 s", "48 s", "12.1 min" or "3.4 h".
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0 else { return NumberText.missing }
    if seconds < 60 { return "\(NumberText.fixed(seconds, digits: seconds < 10 ? 1 : 0)) s" }
    return seconds < 3600
      ? "\(NumberText.fixed(seconds / 60, digits: 1)) min" : "\(NumberText.fixed(seconds / 3600, digits: 1)) h"
  }
}
