@_spi(Command) import DMoEFoundation
import DMoEReport
import DMoETrain

/// A report of an experiment's result, as a Markdown table or as one HTML page that needs no network.
public struct ExperimentReport: Sendable {
  /// The result that is reported.
  public let result: ExperimentResult
  /// The title of the page.
  public let title: String
  /// Facts to show beside it (data, backbone, time), in order.
  public let facts: [(String, String)]

  /// A report on a result.
  public init(result: ExperimentResult, title: String, facts: [(String, String)] = []) {
    self.result = result
    self.title = title
    self.facts = facts
  }

  /// Sets of preferences, in the order in which they are shown: tests first, validation last.
  var shownSets: [SetID] {
    result.sets.filter { $0 != .bestOfN && $0 != .validation } + result.sets.filter { $0 == .validation }
  }

  /// The first test set, of which the page shows most; the validation set where there is none.
  var mainSet: SetID { shownSets.first ?? .validation }

  static func text(_ interval: ExperimentResult.Interval, digits: Int = 1) -> String {
    func percent(_ value: Double) -> String { NumberText.fixed(value * 100, digits: digits) }
    return "\(percent(interval.value)) (\(percent(interval.lower)) – \(percent(interval.upper)))"
  }

  /// "+1.2 (−0.4 – +2.8)", in points.
  static func signed(_ value: Double, _ interval: ClosedRange<Double>?) -> String {
    func points(_ value: Double) -> String {
      (value < 0 ? "−" : "+") + NumberText.fixed(abs(value) * 100, digits: 1)
    }
    guard let interval else { return points(value) }
    return "\(points(value)) (\(points(interval.lowerBound)) – \(points(interval.upperBound)))"
  }

  static func tokens(_ count: Int) -> String {
    if count == 0 { return NumberText.missing }
    return count < 100_000
      ? NumberText.fixed(Double(count) / 1e3, digits: 1) + " k"
      : NumberText.fixed(Double(count) / 1e6, digits: 2) + " M"
  }

  static func probability(_ value: Double) -> String {
    value < 0.001 ? "< 0.001" : NumberText.fixed(value, digits: 3)
  }
}

/// A table that can be shown as Markdown and as HTML.
struct ResultTable {
  var title: String
  var note: String
  var header: [String]
  var rows: [[String]]

  var markdown: String {
    guard !rows.isEmpty else { return "" }
    var table = TextTable(header: header)
    table.rows = rows
    return "## \(title)\n\n\(note)\n\n\(table.markdown)\n\n"
  }

  var markup: Markup { .table(header, rows.map { $0.map { Markup($0) } }) }
}
