import CFuzzer

/// Random numbers of a mutation (SplitMix64), by libFuzzer's seed.
struct Draws {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
    return bits ^ bits >> 31
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

  mutating func element<T>(of list: [T]) -> T { list[below(list.count)] }

  /// A whole number as files that lie have them: small, at the edge of a type, near the old one, or any.
  mutating func number(near old: UInt64) -> UInt64 {
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

  /// Bytes changed by libFuzzer's own mutations.
  mutating func mutated(_ bytes: [UInt8], growth: Int = 16) -> [UInt8] {
    var buffer = bytes + [UInt8](repeating: 0, count: growth)
    let size = buffer.withUnsafeMutableBufferPointer { LLVMFuzzerMutate($0.baseAddress, bytes.count, $0.count) }
    return Array(buffer.prefix(size))
  }
}
