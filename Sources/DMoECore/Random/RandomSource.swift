/// A seeded source of random numbers (SplitMix64, Steele et al. 2014): the same seed gives the same numbers everywhere.
package struct RandomSource: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A source that begins at this seed.
  package init(seed: UInt64) { state = seed }

  /// A source of its own for each of several uses of one seed.
  package init(seed: UInt64, stream: UInt64) {
    var source = RandomSource(seed: seed ^ (stream &* 0x9E37_79B9_7F4A_7C15))
    state = source.next()
  }

  /// The next 64 random bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in [0, 1).
  package mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Uniform in [-bound, bound).
  package mutating func uniform(_ rows: Int, _ columns: Int, bound: Float) -> Matrix {
    var result = Matrix(uninitialized: rows, columns)
    result.withMutableElements { for i in $0.indices { $0[i] = (2 * uniform() - 1) * bound } }
    return result
  }
}

/// Which inputs are set to 0 in one use of dropout; the same seed and key give the same mask, so that nothing is stored.
struct DropoutMask: Sendable {
  private let threshold: UInt64
  private let scale: Float
  private let start: UInt64

  /// `nil` if nothing is dropped.
  init?(rate: Float, seed: UInt64, key: UInt64) {
    guard rate > 0 else { return nil }
    precondition(rate < 1, "dropout: rate \(rate)")
    threshold = UInt64(rate * 0x1p24)
    scale = 1 / (1 - rate)
    var source = RandomSource(seed: seed, stream: key)
    start = source.next()
  }

  /// Sets the dropped elements to 0 and scales the others up, so that the expectation stays.
  func apply(to x: inout Matrix, _ compute: Compute) {
    let to = x.mutablePointer
    compute.parallel(x.count, grain: 16_384) { part in
      for i in part {
        let random = RandomSource.mix(start &+ UInt64(i) &* 0x9E37_79B9_7F4A_7C15) >> 40
        to[i] = random < threshold ? 0 : to[i] * scale
      }
    }
  }
}
