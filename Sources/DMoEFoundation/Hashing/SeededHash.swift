import Foundation

/// A 64-bit hash with a seed, whose every bit is good for choosing: splits of data are made by it, and names.
///
/// It is the same in every process, build and version, unlike Swift's `Hasher`. FNV-1a over the bytes, finished by the
/// SplitMix64 mixer because FNV's high bits are weak for short inputs. Not for security.
package struct SeededHash: Sendable {
  private var bytes = FNV1aHash()

  /// A hash whose results depend on `seed` from the first byte on.
  package init(seed: UInt64 = 0) {
    combine(seed)
  }

  /// Takes in eight bytes, least significant first.
  package mutating func combine(_ number: UInt64) { bytes.combine(number) }

  /// Takes in a text and its length, so that neighboring texts cannot run into each other.
  ///
  /// Canonically equivalent texts, which `String` calls equal, hash alike.
  package mutating func combine(_ text: String) {
    var text = text
    if !text.utf8.allSatisfy({ $0 < 0x80 }) { text = text.precomposedStringWithCanonicalMapping }
    let count = text.withUTF8 { utf8 in
      bytes.combine(utf8)
      return utf8.count
    }
    combine(UInt64(count))
  }

  /// The hash of everything taken in so far.
  package var value: UInt64 { Self.mix(bytes.value) }

  /// The hash as a fraction in 0 ..< 1, of 53 bits.
  package var unitFraction: Double { Double(value >> 11) * 0x1p-53 }

  /// The first number of the SplitMix64 stream that begins at `number`.
  package static func mix(_ number: UInt64) -> UInt64 {
    var source = RandomSource(seed: number)
    return source.next()
  }
}
