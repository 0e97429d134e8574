/// Reads the JSON that a safetensors header may hold: objects, strings and lists of natural numbers.
///
/// A general JSON reader would do less: it keeps one of two equal keys without a word.
struct HeaderScanner {
  private let file: MappedFile
  private var position: Int
  private let end: Int

  init(file: MappedFile, position: Int, end: Int) {
    self.file = file
    self.position = position
    self.end = end
  }

  /// Reads an object; `member` is called with each key and reads its value.
  mutating func object(
    _ member: (inout HeaderScanner, String) throws(CoreError) -> Void
  ) throws(CoreError) {
    try expect("{")
    if take("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try member(&self, key)
    } while take(",")
    try expect("}")
  }

  /// Reads `[n, ...]`.
  mutating func naturals() throws(CoreError) -> [Int] {
    try expect("[")
    if take("]") { return [] }
    var numbers: [Int] = []
    repeat { numbers.append(try natural()) } while take(",")
    try expect("]")
    return numbers
  }

  /// Reads a string with its escapes.
  mutating func string() throws(CoreError) -> String {
    try expect("\"")
    var start = position
    var text: [UInt8] = []
    while true {
      guard let byte = peek() else { throw failure("a string does not end") }
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        text += file.bytes[start..<position - 1]
        guard let string = text.withUnsafeBytes(UTF8Text.decode) else { throw failure("a string is not UTF-8") }
        return string
      case UInt8(ascii: "\\"):
        text += file.bytes[start..<position - 1]
        text += try escaped().utf8
        start = position
      case 0..<0x20: throw failure("a string has a control character")
      default: break
      }
    }
  }

  /// Only white space may follow the header's object.
  mutating func finish() throws(CoreError) {
    skipSpace()
    guard position == end else { throw failure("something follows the object") }
  }

  // MARK: Pieces

  private mutating func natural() throws(CoreError) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      let (tens, tooLarge) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = tens.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
      guard !tooLarge, !overflow else { throw failure("a number is too large") }
      value = sum
      position += 1
    }
    guard position > start else { throw failure("a natural number is expected") }
    guard position == start + 1 || file.bytes[start] != UInt8(ascii: "0") else {
      throw failure("a number starts with 0")
    }
    return value
  }

  private mutating func escaped() throws(CoreError) -> String {
    guard let byte = peek() else { throw failure("a string does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var code = try codeUnit()
      if (0xD800..<0xDC00).contains(code) {
        guard take("\\", afterSpace: false), take("u", afterSpace: false) else {
          throw failure("half a surrogate pair")
        }
        let low = try codeUnit()
        guard (0xDC00..<0xE000).contains(low) else { throw failure("half a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw failure("half a surrogate pair") }
      return String(scalar)
    default: throw failure("an unknown escape")
    }
  }

  private mutating func codeUnit() throws(CoreError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("four hexadecimal digits are expected")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private func peek() -> UInt8? { position < end ? file.bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func take(_ character: Unicode.Scalar, afterSpace: Bool = true) -> Bool {
    if afterSpace { skipSpace() }
    guard peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws(CoreError) {
    guard take(character) else { throw failure("'\(character)' is expected") }
  }

  private func failure(_ reason: String) -> CoreError {
    file.malformed("at byte \(position) of the header, \(reason)")
  }
}
