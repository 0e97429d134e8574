/// Words that reports share.
package enum ReportText {
  /// "content-richness" as "Content richness".
  package static func displayName(_ identifier: String) -> String {
    let words = identifier.split { $0 == "-" || $0 == "_" }.joined(separator: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  /// "1 pair", "2 pairs".
  package static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
