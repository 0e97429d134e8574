/// The rows of every text among those of some states.
struct TextRows: Sendable {
  /// The row of the last token.
  private(set) var last: [Int]
  /// All rows, also those that it shares with other texts.
  private(set) var all: [[Range<Int>]]
  /// The rows of the response; of a text that is no response, all.
  private(set) var responses: [Range<Int>]

  /// Those of a batch that is laid out `copies` times, one copy after the other.
  init(_ batch: TokenBatch, copies: Int = 1) {
    let layout = batch.layout.repeated(copies)
    (last, all) = (layout.lastRows, layout.textRows)
    var starts = batch.responseStarts[...]
    let own = batch.layout.textRows.map { ranges in
      let end = ranges[ranges.count - 1].upperBound
      guard let start = starts.first, start < end else { return ranges[0].lowerBound..<end }
      starts.removeFirst()
      return start..<end
    }
    let rows = batch.layout.rowCount
    responses = (0..<copies).flatMap { copy in
      own.map { $0.lowerBound + copy * rows..<$0.upperBound + copy * rows }
    }
  }

  /// Those of texts that go on from others, which are not among the rows.
  init(continuing texts: [Range<Int>]) {
    last = texts.map { $0.upperBound - 1 }
    all = texts.map { [$0] }
    responses = texts
  }

  /// The rows that a pooling reads and those of further tokens, in their order; `nil` means all.
  func read(by pooling: StatePooling, and tokens: [Int] = []) -> [Int]? {
    switch pooling.tokens {
    case .all: nil
    case .last: Set(last + tokens).sorted()
    case .response: Set(Array(responses.joined()) + tokens).sorted()
    }
  }

  /// The same texts among the rows that `read(by:and:)` gives for a pooling that does not read all, by their places there.
  func moved(to places: [Int: Int], for pooling: StatePooling) -> TextRows {
    func place(_ row: Int) -> Int {
      guard let place = places[row] else { preconditionFailure("TextRows: row \(row) was not read") }
      return place
    }
    var result = self
    result.last = last.map(place)
    result.all = []
    result.responses =
      pooling.tokens == .response ? responses.map { place($0.lowerBound)..<place($0.upperBound - 1) + 1 } : []
    return result
  }
}
