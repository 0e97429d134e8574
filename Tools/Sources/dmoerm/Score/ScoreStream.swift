import DMoERM
import Foundation

/// Scores the lines of a file in their order, a few at a time, one line of output for each.
struct ScoreStream {
  let model: RewardModel
  /// For rows that do not name one; `nil` leaves it to the router.
  let category: String?
  let withReasons: Bool
  /// Lines that cannot be scored give a line with "error" instead of ending the run.
  let skipsInvalid: Bool

  private struct Item {
    var line: Int
    var row: Result<ScoreRow, Failure>
    var category: String?
  }

  /// - Returns: how many lines were scored, and how many were invalid.
  func run(_ file: DataFile, output: (String) -> Void) throws -> (scored: Int, invalid: Int) {
    var lines = try file.lines()
    var batch: [Item] = []
    var counts = (scored: 0, invalid: 0)
    func flush() throws {
      for (item, result) in zip(batch, try score(batch)) {
        switch result {
        case .success(let line):
          counts.scored += 1
          output(try JSONOutput.line(line))
        case .failure(let failure):
          counts.invalid += 1
          let place = "\(file.name):\(item.line): "
          guard skipsInvalid else {
            throw Failure(
              place + failure.message, hint: "--skip-invalid writes a line with \"error\" and goes on.",
              status: .badInput)
          }
          let id = try? item.row.get().id
          output(try JSONOutput.line(ScoreLine(id: id, error: place + failure.message)))
        }
      }
      batch = []
    }
    while let line = try lines.next() {
      batch.append(item(line))
      if batch.count == 16 { try flush() }
    }
    try flush()
    guard counts.scored + counts.invalid > 0 else { throw Failure("\(file.name) is empty", status: .badInput) }
    return counts
  }

  private func item(_ line: JSONLines.Line) -> Item {
    do {
      let row = try ScoreRow(line.bytes)
      let name = category ?? row.category
      let own = try name.map { name in
        guard let match = model.configuration.taxonomy.category(named: name) else {
          throw ModelError.unknownCategory(name.onOneLine)
        }
        return match.id
      }
      return Item(line: line.number, row: .success(row), category: own)
    } catch {
      return Item(line: line.number, row: .failure(Failure(error) ?? Failure("\(error)")))
    }
  }

  /// One result an item, in their order.
  private func score(_ items: [Item]) throws -> [Result<ScoreLine, Failure>] {
    var results = items.map { item -> Result<ScoreLine, Failure>? in
      if case .failure(let failure) = item.row { return .failure(failure) }
      return nil
    }
    for category in Set(items.map(\.category)) {
      let members = items.indices.filter { results[$0] == nil && items[$0].category == category }
      let rows = try members.map { try items[$0].row.get() }
      let breakdowns: [Result<[RewardBreakdown], Failure>]
      do {
        let groups = rows.map { (conversation: $0.conversation, responses: $0.responses) }
        breakdowns = try model.breakdowns(groups, category: category).map { .success($0) }
      } catch {
        // One of them failed all: each on its own says which.
        breakdowns = rows.map { row in
          do {
            return .success(try model.breakdowns(of: row.responses, to: row.conversation, category: category))
          } catch {
            return .failure(Failure(error) ?? Failure("\(error)"))
          }
        }
      }
      for ((index, row), breakdown) in zip(zip(members, rows), breakdowns) {
        results[index] = breakdown.map {
          ScoreLine(id: row.id, breakdowns: $0, isList: row.isList, withReasons: withReasons)
        }
      }
    }
    return results.compactMap { $0 }
  }
}
