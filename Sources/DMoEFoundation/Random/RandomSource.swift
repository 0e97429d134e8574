/// A seeded source of random numbers (SplitMix64; Steele, Lea and Flood, OOPSLA 2014): the same seed gives the same
/// numbers everywhere.
package struct RandomSource: RandomNumberGenerator, Sendable {
  /// By how much the state grows with every number: 2⁶⁴ divided by the golden ratio.
  @inlinable package static var increment: UInt64 { 0x9E37_79B9_7F4A_7C15 }

  @usableFromInline var state: UInt64

  /// A source that begins at this seed.
  @inlinable package init(seed: UInt64) { state = seed }

  /// A source of its own for each of several uses of one seed.
  @inlinable package init(seed: UInt64, stream: UInt64) {
    var source = RandomSource(seed: seed ^ (stream &* Self.increment))
    state = source.next()
  }

  /// A seed of its own for each of several uses of one seed.
  @inlinable package static func seed(_ seed: UInt64, stream: UInt64) -> UInt64 {
    var source = RandomSource(seed: seed, stream: stream)
    return source.next()
  }

  /// The next 64 random bits.
  @inlinable package mutating func next() -> UInt64 {
    state &+= Self.increment
    return Self.mix(state)
  }

  /// Uniform in [0, 1).
  @inlinable package mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// The number that belongs to a state: every bit of it depends on every bit of the state.
  @inlinable package static func mix(_ state: UInt64) -> UInt64 {
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// A seeded generator: the same seed gives the same numbers everywhere.
@_spi(Command) public func seededGenerator(_ seed: UInt64) -> some RandomNumberGenerator & Sendable {
  RandomSource(seed: seed)
}
