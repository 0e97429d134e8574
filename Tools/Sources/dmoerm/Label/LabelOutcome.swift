import DMoERM
import Foundation

/// What a labelling run came to, as it is shown.
struct LabelOutcome: Encodable {
  var labels: Int
  var ownRows: Int
  var end: LabelingEnd
  var result: LabelingResult
  var ledger: Ledger
  var judges: [String]
  var currency: String
  var report: Int { 0 }

  func encode(to encoder: any Encoder) throws {
    var c = encoder.singleValueContainer()
    try c.encode(labels)
  }
  func lines(_ terminal: Terminal) -> [String] { ["\(labels) labels"] + result.records.prefix(5).map { "\($0)" } }
}
