import Foundation

/// What is kept in memory of a journal: its ledger and where the replies stand.
struct JournalContents {
  /// A line with a reply.
  struct Place {
    var offset: Int
    var length: Int32
    var line: Int32
  }

  /// A key in 16 bytes instead of a text of 32.
  struct Key: Hashable {
    var high: UInt64
    var low: UInt64

    init(_ key: RequestKey) {
      // A key has 32 hexadecimal digits by its own check.
      high = UInt64(key.text.prefix(16), radix: 16) ?? 0
      low = UInt64(key.text.suffix(16), radix: 16) ?? 0
    }
  }

  /// How a file ends.
  enum Tail: Equatable {
    /// With a whole line and its LF, or the file is empty.
    case whole
    /// With a whole line without LF.
    case unended
    /// With part of a line.
    case torn
  }

  var ledger = Ledger()
  var replies: [Key: Place] = [:]
  var currency: String?
  var lines = 0
  /// Where the last whole line ends.
  var end = 0
  var tail = Tail.whole
  /// Lines whose last one has not come, which count with it or not at all.
  private var open: [(line: JournalLine, length: Int)] = []

  private static let chunk = 1 << 20
  private static let longestLine = 1 << 26

  /// Nothing yet.
  init() {}

  /// Reads a whole journal.
  init(of file: JournalFile) throws(LabelError) {
    let decoder = JSONDecoder.journal
    var buffer = Data()
    var offset = 0
    var searched = 0
    while true {
      let start = buffer.startIndex
      if let newline = Self.newline(in: buffer, from: searched).map({ start + $0 }) {
        try add(buffer[start..<newline], decoder, path: file.path)
        buffer = buffer[(newline + 1)...]
        searched = 0
        continue
      }
      searched = buffer.count
      if searched > Self.longestLine || (lines == 0 && searched > 1 << 12) {
        throw lines == 0
          ? .notAJournal(path: file.path)
          : .badJournalLine(path: file.path, line: lines + 1, reason: "longer than \(Self.longestLine) bytes")
      }
      let more = try file.read(at: offset, count: Self.chunk)
      if more.isEmpty { break }
      offset += more.count
      buffer = Data(buffer)
      buffer.append(more)
    }
    if !buffer.isEmpty { try addTail(Data(buffer), decoder, path: file.path) }
    if !open.isEmpty { (open, tail) = ([], .torn) }
    ledger.abandonRequestsInFlight()
  }

  /// The place of the next LF, counted from the buffer's first byte.
  private static func newline(in buffer: Data, from place: Int) -> Int? {
    buffer.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, place < bytes.count,
        let found = memchr(base + place, Int32(UInt8(ascii: "\n")), bytes.count - place)
      else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }

  private mutating func addTail(_ bytes: Data, _ decoder: JSONDecoder, path: String) throws(LabelError) {
    if lines == 0 {
      let start = Data(JournalHeader.start.utf8)
      if (try? decoder.decode(JournalHeader.self, from: bytes)) == nil {
        guard start.starts(with: bytes) || bytes.starts(with: start) && bytes.count < start.count + 8 else {
          throw .notAJournal(path: path)
        }
        tail = .torn
        return
      }
    }
    do {
      try add(bytes, decoder, path: path)
      // Its LF was counted as well.
      if open.isEmpty { end -= 1 }
      tail = .unended
    } catch {
      if case .badJournalLine = error { tail = .torn } else { throw error }
    }
  }

  /// Takes in one line without its LF.
  private mutating func add(_ bytes: Data, _ decoder: JSONDecoder, path: String) throws(LabelError) {
    if lines == 0 {
      guard let header = try? decoder.decode(JournalHeader.self, from: bytes), header.format == JournalHeader.name
      else { throw .notAJournal(path: path) }
      guard header.version == JournalHeader.currentVersion else {
        throw .unknownJournalVersion(path: path, version: header.version)
      }
      currency = header.currency
      lines = 1
      end = bytes.count + 1
      return
    }
    func bad(_ reason: String) -> LabelError {
      .badJournalLine(path: path, line: lines + open.count + 1, reason: reason)
    }
    guard let line = try? decoder.decode(JournalLine.self, from: bytes) else {
      throw bad("not a line of a label journal")
    }
    if let before = open.last?.line.left, line.type != .sent || before != (line.left ?? 0) + 1 {
      throw bad("it does not go on with the lines before it, which hold together")
    }
    open.append((line, bytes.count))
    if let left = line.left {
      guard left > 0, line.type == .sent else { throw bad("its count of lines that follow cannot be") }
      return
    }
    let whole = open
    open = []
    let before = whole.count > 1 ? self : nil
    for (line, length) in whole where !take(line, length: length) {
      let error = bad("it lacks what a line of type \(line.type) must have")
      if let before { self = before }
      throw error
    }
  }

  /// Takes in a line that begins at `end`; false if it lacks what its kind must have. The latest reply of a request counts.
  ///
  /// - Parameter length: Its bytes without the LF.
  mutating func take(_ line: JournalLine, length: Int) -> Bool {
    guard line.apply(to: &ledger) else { return false }
    lines += 1
    if line.type == .reply {
      replies[Key(line.key)] = Place(offset: end, length: Int32(clamping: length), line: Int32(clamping: lines))
    }
    end += length + 1
    return true
  }
}

extension JSONDecoder {
  /// Reads lines of journals.
  static var journal: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}
