import DMoEData
public import Foundation

/// A report on a labeling run: what was kept, how far its judges can be trusted, and what it cost.
public struct LabelingReport: Sendable, Hashable, Codable {
  /// All comparisons.
  @_spi(Command) public let overall: LabelingSlice
  /// The results at every capability point, in the order of their first comparisons.
  @_spi(Command) public let points: [LabelingSlice]
  /// The results for every data set, in the order of their names; comparisons without one are left out.
  @_spi(Command) public let sources: [LabelingSlice]
  /// One for each judge, in their order.
  @_spi(Command) public let judges: [LabelingJudge]
  /// The agreement of every two judges.
  @_spi(Command) public let judgePairs: [LabelingJudgePair]
  /// The cost of the requests, if it is known.
  @_spi(Command) public let cost: LabelingCost?

  /// Counts records.
  ///
  /// - Parameters:
  ///   - records: What became of each comparison (`PreferenceLabeler.result`).
  ///   - names: The judges' names, in the order of the labeler.
  public init(records: [ComparisonRecord], judges names: [String]) {
    self.init(records: records, judges: names, cost: nil)
  }

  /// Counts records, and says what their requests cost if that is known.
  @_spi(Command) public init(records: [ComparisonRecord], judges names: [String], cost: LabelingCost?) {
    precondition(
      records.allSatisfy { $0.states.count == names.count }, "LabelingReport: records of not \(names.count) judges")
    let outcomes = Slices(records) { $0.add($1) }
    overall = outcomes.overall
    points = outcomes.points
    var bySource: [String: LabelingSlice] = [:]
    for record in records {
      if let source = record.source { bySource[source, default: LabelingSlice(source: source)].add(record) }
    }
    sources = bySource.sorted { $0.key < $1.key }.map(\.value)
    judges = names.enumerated().map { judge, name in
      let slices = Slices(records) { $0.add($1, judge: judge) }
      return LabelingJudge(name: name, overall: slices.overall, points: slices.points)
    }
    judgePairs = names.indices.flatMap { first in
      names.indices.dropFirst(first + 1).map { second in
        var agreement = OutcomeAgreement()
        for record in records {
          guard let one = record.states[first].judgement?.outcome.choice,
            let other = record.states[second].judgement?.outcome.choice
          else { continue }
          agreement.add(one.index, other.index)
        }
        return LabelingJudgePair(first: names[first], second: names[second], agreement: agreement)
      }
    }
    self.cost = cost
  }

  /// Writes the page that `html(title:facts:)` gives; a reader sees the old page or the new one.
  ///
  /// - Throws: `DataError.unwritableFile`; the old page is then untouched.
  public func write(to url: URL, title: String, facts: [(String, String)] = []) throws {
    try AtomicFile<DataError>.write(Data(html(title: title, facts: facts).utf8), to: url)
  }

  /// The report as JSON with sorted keys and a newline at its end.
  public func json() throws -> Data {
    try JSONEncoder.file(self)
  }
}

/// The whole and its points, counted in one way.
private struct Slices {
  private struct Place: Hashable {
    let category: String?
    let capability: String?
  }

  var overall = LabelingSlice()
  var points: [LabelingSlice] = []

  init(_ records: [ComparisonRecord], _ add: (inout LabelingSlice, ComparisonRecord) -> Void) {
    var places: [Place: Int] = [:]
    for record in records {
      add(&overall, record)
      let place = Place(category: record.category, capability: record.capability)
      let index = places[place] ?? points.count
      if index == points.count {
        places[place] = index
        points.append(LabelingSlice(category: record.category, capability: record.capability))
      }
      add(&points[index], record)
    }
  }
}
