import DMoEExperiment
@_spi(Command) import DMoERM
import Foundation

/// Scores the lines of a file in their order, a few at a time, and answers each.
struct ScoreStream {
  let model: RewardModel
  /// For rows that do not name one; `nil` leaves it to the router.
  let category: String?
  let answer: Answer
  /// Lines that cannot be scored give a line with "error", or none among preferences, instead of ending the run.
  let skipsInvalid: Bool
  /// Who scores: batches go round the ranks, and rank 0 writes.
  var shares = ScoreShares(over: nil)

  /// What is written for a line.
  enum Answer {
    /// Its rewards, perhaps with their reasons.
    case rewards(withReasons: Bool)
    /// The order that they put its responses in, and one for each capability point: lines as `dmoerm train` reads them.
    case preferences(annotator: String)
  }

  fileprivate struct Item {
    var line: Int
    var id: String?
    var row: Result<ScoringRow, Failure>
    var category: String?
  }

  /// What became of the lines.
  struct Counts {
    var scored = 0
    var invalid = 0
    /// Keys of rows that nothing was done with.
    var keysNotRead: [String] = []
  }

  /// Scores as rows come: what has been read is answered before more is waited for. Several ranks all read all rows, and cut them by
  /// their number alone, into the same batches.
  func run(_ lines: consuming JSONLines, output: (String) throws -> Void) throws -> Counts {
    do { return try answer(lines, output) } catch {
      shares.tell(error)
      throw error
    }
  }

  private func answer(_ lines: consuming JSONLines, _ output: (String) throws -> Void) throws -> Counts {
    let file = lines.file
    var reader = ScoringReader(lines)
    var batch: [Item] = []
    var counts = Counts()
    var isEmpty = true
    while let line = try reader.next() {
      isEmpty = false
      batch.append(item(line))
      if batch.count == 16 || !shares.areSeveral && !reader.hasBufferedLine {
        try write(batch, file, &counts, output)
        batch = []
      }
    }
    try write(batch, file, &counts, output)
    guard !isEmpty else { throw Failure("\(file) is empty", status: .badInput) }
    counts.keysNotRead = reader.keysNotRead
    return counts
  }

  private func write(
    _ batch: [Item], _ file: String, _ counts: inout Counts, _ output: (String) throws -> Void
  ) throws {
    let results = try shares.next { try score(batch) }
    guard results.count == batch.count || !shares.isFirst else { throw Failure("ranks have read \(file) differently") }
    for (item, result) in zip(batch, results) {
      switch result {
      case .success(let lines):
        counts.scored += 1
        for line in lines { try output(line) }
      case .failure(let failure):
        counts.invalid += 1
        let place = "\(file):\(item.line): "
        guard skipsInvalid else {
          // If not even one line could be scored, the file may be of another format, and no advice to skip lines helps.
          throw Failure(
            place + failure.message, hint: counts.scored > 0 ? answer.adviceToSkip : nil, status: .badInput)
        }
        guard case .rewards = answer else { continue }
        try output(try ScoreLine(id: item.id, error: place + failure.message).json())
      }
    }
  }

  private func item(_ line: ScoringReader.Line) -> Item {
    do {
      let row = try line.row.get()
      return Item(
        line: line.number, id: line.id, row: .success(row), category: try category ?? row.category.map(identifier))
    } catch {
      return Item(line: line.number, id: line.id, row: .failure(Failure(error) ?? Failure("\(error)")))
    }
  }

  /// The model's name of a row's category. A model of one category scores all by it.
  private func identifier(_ name: String) throws -> String {
    let taxonomy = model.configuration.taxonomy
    if let match = taxonomy.category(named: name) { return match.id }
    if let only = taxonomy.categories.first, taxonomy.categories.count == 1 { return only.id }
    throw ModelError.unknownCategory(name.onOneLine)
  }

  /// The lines of every item, in their order.
  private func score(_ items: [Item]) throws -> [Result<[String], Failure>] {
    var results = items.map { item -> Result<[String], Failure>? in
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
        do { results[index] = .success(try lines(items[index], row, breakdown.get())) } catch {
          results[index] = .failure(Failure(error) ?? Failure("\(error)"))
        }
      }
    }
    return results.compactMap { $0 }
  }

  private func lines(_ item: Item, _ row: ScoringRow, _ breakdowns: [RewardBreakdown]) throws -> [String] {
    switch answer {
    case .rewards(let withReasons):
      return [
        try ScoreLine(id: item.id, breakdowns: breakdowns, isList: row.isList, withReasons: withReasons).json()
      ]
    case .preferences(let annotator):
      let samples = try RankedResponses.preferences(
        id: item.name, conversation: row.conversation, responses: row.responses, by: breakdowns, annotator: annotator)
      return samples.map { sample in
        // Consoles end lines themselves.
        String(decoding: PreferenceWriter.line(for: sample).dropLast(), as: UTF8.self)
      }
    }
  }
}

extension ScoreStream.Answer {
  /// What to do about lines that cannot be scored.
  fileprivate var adviceToSkip: String {
    switch self {
    case .rewards: "--skip-invalid writes a line with \"error\" and goes on."
    case .preferences: "--skip-invalid leaves such lines out and counts them."
    }
  }
}

extension ScoreStream.Item {
  /// The id as a text; the line's number where there is none.
  fileprivate var name: String {
    guard let id else { return "\(line)" }
    let text = try? JSONDecoder().decode(String.self, from: Data(id.utf8))
    return text.flatMap { $0.isEmpty ? nil : $0 } ?? (id == "\"\"" ? "\(line)" : id)
  }
}
