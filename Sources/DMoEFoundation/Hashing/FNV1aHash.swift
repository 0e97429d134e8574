/// The 64-bit FNV-1a hash of bytes: the same on every run and machine, unlike `Hasher`.
///
/// Inlinable, since tokenizers look words up by it.
/// The tokenizer's fingerprint in every bundle is one. Source: draft-eastlake-fnv (offset basis and prime for 64 bits).
package struct FNV1aHash: Sendable {
  @usableFromInline var state: UInt64 = 0xCBF2_9CE4_8422_2325

  /// The hash of nothing yet.
  @inlinable package init() {}

  /// The hash of everything taken in so far.
  @inlinable package var value: UInt64 { state }

  /// Takes in a byte.
  @inlinable package mutating func combine(byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }

  /// Takes in bytes, without their number.
  @inlinable package mutating func combine(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { combine(byte: byte) }
  }

  /// Takes in eight bytes, least significant first.
  @inlinable package mutating func combine(_ number: Int) { combine(UInt64(bitPattern: Int64(number))) }

  /// Takes in eight bytes, least significant first.
  @inlinable package mutating func combine(_ number: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) { combine(byte: UInt8(truncatingIfNeeded: number >> shift)) }
  }

  /// Takes in a string with its length, so that neighbors cannot trade characters unnoticed.
  @inlinable package mutating func combine(_ string: String) {
    combine(string.utf8.count)
    combine(string.utf8)
  }
}
