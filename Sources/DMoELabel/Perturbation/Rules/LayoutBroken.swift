/// Runs all lines of a response together.
struct LayoutBroken: PerturbationRule {
  let name = "layout-broken"
  let summary =
    "Paragraphs, lists and headings run together in one paragraph without their marks; not where there is code."
  let points = ["readability", "understandability"]
  let lengthChange = LengthChange.shorter

  /// One line more or less makes no layout.
  private static let leastLines = 4

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    guard !subject.text.hasCode else { return .notApplicable(.code) }
    let lines = subject.response.split(whereSeparator: \.isNewline).filter { $0.contains { !$0.isWhitespace } }
    guard lines.count >= Self.leastLines else { return .notApplicable(.nothingToChange) }
    let flat = Layout.flattened(subject.response, language: subject.language, keepsNumbers: true)
    return flat.count < subject.response.count ? .damaged(flat) : .notApplicable(.nothingToChange)
  }
}
