public import Foundation

/// The rows of a file that is either JSON Lines or one JSON list of rows, as published benchmarks are.
///
/// The file is in memory as a whole. Rows of a list have the number of the line that they begin on.
@_spi(Command) public struct JSONRows: Sendable {
  /// The file as errors name it.
  public let file: String
  /// The rows, not yet read.
  public let lines: [JSONLines.Line]

  /// The rows of a file.
  ///
  /// - Throws: `DataError.unreadableFile`, also for Parquet, which is no text; `.compressedFile`, `.badLine`.
  public init(contentsOf url: URL) throws(DataError) {
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw .unreadableFile(path: url.path, reason: error.localizedDescription)
    }
    try self.init(data: data, name: url.path)
  }

  /// The rows in bytes that are in memory already.
  ///
  /// - Parameters:
  ///   - data: The whole file.
  ///   - name: The file as errors name it.
  /// - Throws: `DataError.unreadableFile` for Parquet; `.compressedFile`, `.badLine`.
  public init(data: Data, name: String) throws(DataError) {
    file = name
    if data.starts(with: Data("PAR1".utf8)) {
      throw .unreadableFile(
        path: name, reason: "it is Parquet; write its rows as JSON Lines first (`to_json` of Python's datasets does)")
    }
    var scanner = RowScanner(Array(data))
    if scanner.beginsList {
      lines = try scanner.rows(of: name)
    } else {
      var reader = JSONLines(data: data, name: name)
      var lines: [JSONLines.Line] = []
      while let line = try reader.next() { lines.append(line) }
      self.lines = lines
    }
  }
}

/// Cuts a list into its elements, without reading them.
private struct RowScanner {
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// Whether the first thing in the file is an opening bracket.
  var beginsList: Bool {
    let spaces: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
    return bytes[position...].first { !spaces.contains($0) } == UInt8(ascii: "[")
  }

  mutating func rows(of file: String) throws(DataError) -> [JSONLines.Line] {
    var rows: [JSONLines.Line] = []
    skipSpaces()
    position += 1
    skipSpaces()
    if position < bytes.count, bytes[position] == UInt8(ascii: "]") { return [] }
    while true {
      skipSpaces()
      let (start, number) = (position, line)
      guard let end = endOfElement() else {
        throw .badLine(file: file, line: number, reason: "not valid JSON: the list of rows ends too early")
      }
      rows.append(JSONLines.Line(number: number, bytes: Data(bytes[start..<end])))
      position += 1
      guard bytes[end] == UInt8(ascii: "]") else { continue }
      skipSpaces()
      guard position == bytes.count else {
        throw .badLine(file: file, line: line, reason: "not valid JSON: something follows the list of rows")
      }
      return rows
    }
  }

  private mutating func skipSpaces() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { step() }
  }

  private mutating func step() {
    if bytes[position] == 0x0A { line += 1 }
    position += 1
  }

  /// The place of the comma or bracket that ends the element, where the scanner then is; nil at the end of the file.
  private mutating func endOfElement() -> Int? {
    var depth = 0
    var isInString = false
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\\") where isInString: position += 1
      case UInt8(ascii: "\""): isInString.toggle()
      case _ where isInString: break
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "]") where depth == 0, UInt8(ascii: ",") where depth == 0: return position
      case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
      if position < bytes.count { step() }
    }
    return nil
  }
}
