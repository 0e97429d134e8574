/// The 256 printable characters in which byte-level BPE spells bytes.
///
/// Source: `bytes_to_unicode` of GPT-2's `encoder.py`: printable Latin-1 stands for itself, the rest follows from
/// U+0100.
enum ByteAlphabet {
  /// The character of each byte.
  static let characters: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (UInt8.min...UInt8.max).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)
      default:
        defer { next += 1 }
        return Unicode.Scalar(next) ?? Unicode.Scalar(byte)
      }
    }
  }()

  /// The byte of each character from U+0000 to U+0143, -1 for the characters that spell none.
  private static let bytes: [Int16] = {
    var bytes = [Int16](repeating: -1, count: 0x144)
    for (byte, character) in characters.enumerated() { bytes[Int(character.value)] = Int16(byte) }
    return bytes
  }()

  /// Appends the bytes that a vocabulary entry spells; an entry with any other character stands for its own UTF-8.
  static func append(_ token: String, to result: inout [UInt8]) {
    let start = result.count
    for scalar in token.unicodeScalars {
      guard scalar.value < 0x144, bytes[Int(scalar.value)] >= 0 else {
        result.removeSubrange(start...)
        result.append(contentsOf: token.utf8)
        return
      }
      result.append(UInt8(truncatingIfNeeded: bytes[Int(scalar.value)]))
    }
  }
}
