/// Reads a GGUF header from front to back; every step is checked against the end of the file.
struct GGUFCursor {
  let file: MappedFile
  private(set) var position = 0

  init(_ file: MappedFile, at position: Int = 0) {
    self.file = file
    self.position = position
  }

  /// The bytes that are left.
  var remaining: Int { file.count - position }

  /// Reads a little-endian number.
  mutating func read<T: FixedWidthInteger>(_ type: T.Type, _ what: String) throws(CoreError) -> T {
    let start = try skip(MemoryLayout<T>.size, what)
    return T(littleEndian: file.bytes.loadUnaligned(fromByteOffset: start, as: T.self))
  }

  /// Reads a 64-bit count or size of which each unit takes at least `unit` bytes of what follows.
  mutating func count(_ what: String, unit: Int) throws(CoreError) -> Int {
    let value = try read(UInt64.self, what)
    guard value <= UInt64(remaining / unit) else { throw file.malformed("it ends within \(what) (\(value))") }
    return Int(value)
  }

  /// Reads a string with its length.
  mutating func string(_ what: String) throws(CoreError) -> String {
    let range = try stringRange(what)
    guard let text = UTF8Text.decode(UnsafeRawBufferPointer(rebasing: file.bytes[range])) else {
      throw file.malformed("\(what) is not UTF-8")
    }
    return text
  }

  /// Passes a string and says where its bytes are.
  mutating func stringRange(_ what: String) throws(CoreError) -> Range<Int> {
    let length = try count(what, unit: 1)
    let start = try skip(length, what)
    return start..<position
  }

  /// Passes so many bytes and says where they start.
  @discardableResult
  mutating func skip(_ bytes: Int, _ what: String) throws(CoreError) -> Int {
    guard bytes <= remaining else { throw file.malformed("it ends within \(what)") }
    defer { position += bytes }
    return position
  }
}
