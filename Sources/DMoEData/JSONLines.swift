public import Foundation

/// A reader of JSON Lines files, line by line, in memory that does not grow with the file.
///
/// Lines end with LF or CR LF, the last one needs no end; blank lines and a byte order mark are skipped. Compressed
/// files are refused: decompress them into standard input.
@_spi(Command) public struct JSONLines: ~Copyable, Sendable {
  /// A line that is not blank.
  public struct Line: Sendable, Hashable {
    /// The number of the line in its file, counted from 1 with blank lines included.
    public let number: Int
    /// The line without its end.
    public let bytes: Data

    /// The value that the line is, read strictly.
    ///
    /// - Throws: `DataError.malformedRow`.
    package func value() throws(DataError) -> JSONValue {
      do { return try JSONReader.value(of: bytes, .strict) } catch { throw .malformedRow(reason: "\(error)") }
    }
  }

  /// The file as errors name it.
  public let file: String
  /// The longest line that is read, in bytes; a longer one is a bad line.
  public let maximumLineLength: Int

  private let handle: FileHandle?
  private var buffer: Data
  private var position = 0
  private var lineNumber = 0
  private var lastFill = 0
  private var atStart = true

  /// 64 MiB: far above any conversation, far below what would hurt.
  public static let defaultMaximumLineLength = 1 << 26
  private static let chunk = 1 << 18

  /// Opens a file.
  ///
  /// - Throws: `DataError.unreadableFile`.
  public init(contentsOf url: URL, maximumLineLength: Int = defaultMaximumLineLength) throws(DataError) {
    do {
      handle = try FileHandle(forReadingFrom: url)
    } catch {
      throw .unreadableFile(path: url.path, reason: error.localizedDescription)
    }
    file = url.path
    buffer = Data()
    self.maximumLineLength = maximumLineLength
  }

  /// Reads from an open file such as `FileHandle.standardInput`.
  ///
  /// - Parameters:
  ///   - handle: the file, open for reading.
  ///   - name: the file as errors name it.
  ///   - maximumLineLength: the longest line in bytes; a longer one is an error.
  public init(handle: FileHandle, name: String, maximumLineLength: Int = defaultMaximumLineLength) {
    self.handle = handle
    file = name
    buffer = Data()
    self.maximumLineLength = maximumLineLength
  }

  /// Reads bytes that are already in memory.
  ///
  /// - Parameters:
  ///   - data: the lines.
  ///   - name: the file as errors name it.
  ///   - maximumLineLength: the longest line in bytes; a longer one is an error.
  public init(data: Data, name: String, maximumLineLength: Int = defaultMaximumLineLength) {
    handle = nil
    file = name
    buffer = Data(data)
    self.maximumLineLength = maximumLineLength
  }

  /// The next line that is not blank, or nil at the end.
  ///
  /// - Throws: `DataError.unreadableFile`, `.compressedFile`, or `.badLine` if the line is too long; after the last
  ///   of these the following line can still be read.
  public mutating func next() throws(DataError) -> Line? {
    if atStart { try readStart() }
    while let range = try nextLine() {
      let bytes = buffer.withUnsafeBytes { bytes in
        var end = range.upperBound
        if end > range.lowerBound, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        let line = bytes[range.lowerBound..<end]
        return line.allSatisfy { $0 == 0x20 || $0 == 0x09 } ? nil : Data(line)
      }
      if let bytes { return Line(number: lineNumber, bytes: bytes) }
    }
    return nil
  }

  /// Whether `next()` finds a whole line, blank or not, in what has been read already.
  var hasBufferedLine: Bool { handle == nil || newline(from: position) != nil }

  /// The place in the buffer of the next line, without its LF; nil at the end.
  private mutating func nextLine() throws(DataError) -> Range<Int>? {
    var searched = position
    var tooLong = false
    while true {
      if let end = newline(from: searched) {
        let start = position
        position = end + 1
        lineNumber += 1
        if tooLong || end - start > maximumLineLength { throw lineTooLong() }
        return start..<end
      }
      if buffer.count - position > maximumLineLength {
        tooLong = true
        position = buffer.count
      }
      if try !fill() {
        let start = position
        position = buffer.count
        if !tooLong && start == position { return nil }
        lineNumber += 1
        if tooLong { throw lineTooLong() }
        return start..<position
      }
      searched = max(position, buffer.count - lastFill)
    }
  }

  private func newline(from start: Int) -> Int? {
    buffer.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress, start < bytes.count,
        let found = memchr(base + start, Int32(UInt8(ascii: "\n")), bytes.count - start)
      else { return nil }
      return UnsafeRawPointer(found) - base
    }
  }

  /// Drops what has been read and appends the next chunk; false at the end of the file.
  private mutating func fill() throws(DataError) -> Bool {
    guard let handle else { return false }
    let chunk = try Self.read(handle, file)
    if position > 0 {
      buffer = Data(buffer[position...])
      position = 0
    }
    buffer.append(chunk)
    lastFill = chunk.count
    return !chunk.isEmpty
  }

  /// What there is, as soon as there is something: a pipe may give one line and wait for what becomes of it.
  private static func read(_ handle: FileHandle, _ file: String) throws(DataError) -> Data {
    var chunk = Data(count: chunk)
    while true {
      let count = chunk.withUnsafeMutableBytes { Foundation.read(handle.fileDescriptor, $0.baseAddress, $0.count) }
      if count >= 0 { return chunk.prefix(count) }
      guard errno == EINTR else { throw .unreadableFile(path: file, reason: SystemReason.last) }
    }
  }

  /// Refuses gzip and steps over a byte order mark.
  private mutating func readStart() throws(DataError) {
    while buffer.count < 3 {
      if try !fill() { break }
    }
    atStart = false
    if buffer.starts(with: [0x1F, 0x8B]) { throw .compressedFile(path: file) }
    if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  private func lineTooLong() -> DataError {
    .badLine(file: file, line: lineNumber, reason: "longer than \(maximumLineLength) bytes")
  }
}
