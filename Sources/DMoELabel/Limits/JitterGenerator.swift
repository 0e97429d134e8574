import DMoEData

/// A random number generator for waiting times (SplitMix64; Steele, Lea and Flood, OOPSLA 2014).
public struct JitterGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A generator; equal seeds give equal numbers.
  public init(seed: UInt64) {
    state = seed
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    defer { state &+= 0x9E37_79B9_7F4A_7C15 }
    return StableHash.mix(state)
  }
}
