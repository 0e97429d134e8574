/// The 64-bit FNV-1a hash: the same on every run and machine, unlike `Hasher`.
///
/// Source: draft-eastlake-fnv (offset basis and prime for 64 bits).
struct StableHash {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func combine(byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }

  mutating func combine(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { combine(byte: byte) }
  }

  mutating func combine(_ number: Int) {
    for shift in stride(from: 0, to: 64, by: 8) { combine(byte: UInt8(truncatingIfNeeded: number >> shift)) }
  }

  /// Takes in a string with its length, so that neighbors cannot trade characters unnoticed.
  mutating func combine(_ string: String) {
    combine(string.utf8.count)
    combine(string.utf8)
  }

  /// 16 hexadecimal digits.
  var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
