import DMoEReport
import DMoETrain

/// A report of a measurement of over-optimization, as Markdown or as one HTML page that needs no network.
public struct OverOptimizationReport: Sendable {
  /// The result that is reported.
  public let result: OverOptimizationResult
  /// The title of the page.
  public let title: String
  /// Facts to show beside it (backbone, gold, time), in order.
  public let facts: [(String, String)]

  /// A report on a result.
  public init(result: OverOptimizationResult, title: String, facts: [(String, String)] = []) {
    self.result = result
    self.title = title
    self.facts = facts
  }

  /// What a deviation is, for every note that speaks of gains.
  static let unit = """
    Gains are in deviations: the rise of the mean over prompts, divided by the standard deviation of the rewards of one prompt's \
    texts. Intervals are 95 %, by resampling prompts 2,000 times.
    """

  /// The name of the reference in tables.
  var referenceName: String { result[result.reference]?.name ?? "\(result.reference.contender)" }

  /// Facts and counts, in order.
  var allFacts: [(String, String)] {
    let counts = result.counts
    func texts(_ texts: Int, _ prompts: Int) -> String {
      "\(NumberText.grouped(texts)) texts to \(ReportText.count(prompts, "prompt"))"
    }
    var all = facts
    all.append(
      (
        "learned from",
        "\(NumberText.grouped(counts.pairs)) pairs, and \(NumberText.grouped(counts.validationPairs)) for validation, of "
          + texts(counts.trainingTexts, counts.trainingPrompts)
      ))
    all.append(("chosen among", texts(counts.heldOutTexts, counts.heldOutPrompts)))
    let left = [
      counts.emptyTexts > 0 ? "\(ReportText.count(counts.emptyTexts, "text")) without words" : nil,
      counts.heldOutPromptsLeftOut > 0
        ? "\(ReportText.count(counts.heldOutPromptsLeftOut, "held-out prompt")) that somebody could not judge" : nil,
    ].compactMap { $0 }
    if !left.isEmpty { all.append(("left out", left.joined(separator: ", "))) }
    return all
  }

  /// "+0.42".
  static func signed(_ value: Double) -> String {
    let text = NumberText.fixed(abs(value), digits: 2)
    return text == "0.00" ? text : (value < 0 ? "−" : "+") + text
  }

  /// "+0.42 (+0.31 – +0.53)".
  static func text(_ interval: ExperimentResult.Interval) -> String {
    "\(signed(interval.value)) (\(signed(interval.lower)) – \(signed(interval.upper)))"
  }
}
