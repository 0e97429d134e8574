/// Random numbers (SplitMix64) by a seed: those of a mutation by libFuzzer's.
package struct Draws {
  private var state: UInt64

  /// The seed is mixed: seeds a few steps of the generator apart would give each other's numbers.
  package init(seed: UInt64) { state = Self.mixed(seed) }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mixed(state)
  }

  private static func mixed(_ value: UInt64) -> UInt64 {
    var bits = value
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits >> 31
  }

  package mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

  package mutating func element<T>(of list: [T]) -> T { list[below(list.count)] }

  /// A whole number as files that lie have them: small, at the edge of a type, near the old one, or any.
  package mutating func number(near old: UInt64) -> UInt64 {
    switch below(6) {
    case 0: UInt64(below(5))
    case 1: UInt64(element(of: [0, 1, 2, 31, 32, 63, 64, 255, 256, 0x8000, 0x10000, 0x100_0000]))
    case 2: element(of: Self.edges)
    case 3: old &+ UInt64(bitPattern: Int64(below(5) - 2))
    case 4: old ^ (UInt64(1) << UInt64(below(64)))
    default: next() >> UInt64(below(64))
    }
  }

  private static let edges: [UInt64] = [
    0x8000_0000, 0x1_0000_0000, 0x7FFF_FFFF, 0xFFFF_FFFF, 0x4000_0000_0000_0000, 0x8000_0000_0000_0000,
    0x7FFF_FFFF_FFFF_FFFF,
    0xFFFF_FFFF_FFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFE, 0x100_0000_0000, 0x2000_0000_0000_0000,
  ]
}
