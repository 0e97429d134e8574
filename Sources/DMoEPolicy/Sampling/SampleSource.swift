import DMoEFoundation

/// The random numbers of one sample: a function of seed, prompt, sample and position, and of nothing that happened before.
///
/// The prompt counts by its ids, so that a sample does not depend on what other prompts there are, nor on their order.
struct SampleSource: Sendable {
  private let start: UInt64

  init(seed: UInt64, prompt: [Int32], sample: Int) {
    var hash = SeededHash(seed: seed)
    for id in prompt { hash.combine(UInt64(UInt32(bitPattern: id))) }
    var source = RandomSource(seed: hash.value, stream: UInt64(sample) + 1)
    start = source.next()
  }

  /// Uniform in 0 ..< 1, for the token at this place of the response, counted from 0.
  func uniform(at position: Int) -> Double {
    let bits = RandomSource.mix(start &+ (UInt64(position) + 1) &* RandomSource.increment)
    return Double(bits >> 11) * 0x1p-53
  }
}
