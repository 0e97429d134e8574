import Foundation

/// A 64-bit hash that is the same in every process, build and version, unlike Swift's `Hasher`.
///
/// FNV-1a over the bytes, finished by the SplitMix64 mixer because FNV's high bits are weak for short inputs.
/// It is for splitting and naming, not for security.
package struct StableHash: Sendable {
  private var state: UInt64 = 0xCBF2_9CE4_8422_2325

  /// A hash whose results depend on `seed` from the first byte on.
  package init(seed: UInt64 = 0) {
    combine(seed)
  }

  /// Takes in eight bytes, least significant first.
  package mutating func combine(_ number: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) { step(UInt8(truncatingIfNeeded: number >> shift)) }
  }

  /// Takes in a text and its length, so that neighboring texts cannot run into each other.
  ///
  /// Canonically equivalent texts, which `String` calls equal, hash alike.
  package mutating func combine(_ text: String) {
    var bytes = text
    if !text.utf8.allSatisfy({ $0 < 0x80 }) { bytes = text.precomposedStringWithCanonicalMapping }
    let count = bytes.withUTF8 { utf8 in
      for byte in utf8 { step(byte) }
      return utf8.count
    }
    combine(UInt64(count))
  }

  /// The hash of everything taken in so far.
  package var value: UInt64 { Self.mix(state) }

  /// The hash as a fraction in 0 ..< 1, of 53 bits.
  package var unitFraction: Double { Double(value >> 11) * 0x1p-53 }

  /// The output function of SplitMix64 (Steele, Lea, Flood 2014).
  package static func mix(_ number: UInt64) -> UInt64 {
    var z = number &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  private mutating func step(_ byte: UInt8) {
    state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
  }
}
