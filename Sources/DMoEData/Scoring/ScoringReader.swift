public import Foundation

/// Reads rows that are to be scored one by one, and says of each line that is none why.
///
/// ```json
/// {"id": 7, "prompt": "...", "response": "..."}
/// {"id": "b", "system": "...", "messages": [{"role": "user", "content": "..."}], "responses": ["...", "..."], "category": "chat"}
/// ```
/// `prompt` is a string or messages, `conversation` another name of `messages`, `task` of `category`.
@_spi(Command) public struct ScoringReader: ~Copyable, Sendable {
  /// A line that is not blank.
  public struct Line: Sendable, Equatable {
    /// The number of the line in its file, from 1.
    public let number: Int
    /// The value of `id` as JSON, with the digits that it has there; nil without one.
    public let id: String?
    /// The row, or why the line is none.
    public let row: Result<ScoringRow, DataError>
  }

  private var lines: JSONLines
  private var notes = RowNotes()

  /// Reads from a file.
  ///
  /// - Throws: `DataError.unreadableFile`.
  public init(contentsOf url: URL) throws(DataError) {
    self.init(try JSONLines(contentsOf: url))
  }

  /// Reads from lines, such as those of standard input.
  public init(_ lines: consuming JSONLines) {
    self.lines = lines
  }

  /// Whether the next line, or the end, is known without waiting for whoever writes the file.
  public var hasBufferedLine: Bool { lines.hasBufferedLine }

  /// Keys of the rows read so far that nothing is known of and nothing was done with.
  public var keysNotRead: [String] { notes.keysNotRead.sorted() }

  /// The next line that is not blank, or nil at the end.
  ///
  /// - Throws: `DataError.unreadableFile` or `.compressedFile`.
  public mutating func next() throws(DataError) -> Line? {
    do {
      guard let line = try lines.next() else { return nil }
      return read(line)
    } catch .badLine(_, let number, let reason) {
      return Line(number: number, id: nil, row: .failure(.malformedRow(reason: reason)))
    }
  }

  private mutating func read(_ line: JSONLines.Line) -> Line {
    var id: String?
    var own = notes
    let row = Result { () throws(DataError) in
      let object = try RowObject(line.value())
      id = object["id"]?.json
      return try ScoringRow(object, &own)
    }
    if case .success = row { notes = own }
    return Line(number: line.number, id: id, row: row)
  }
}
