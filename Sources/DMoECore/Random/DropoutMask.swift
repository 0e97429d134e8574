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
        let random = RandomSource.mix(start &+ UInt64(i) &* RandomSource.increment) >> 40
        to[i] = random < threshold ? 0 : to[i] * scale
      }
    }
  }
}
