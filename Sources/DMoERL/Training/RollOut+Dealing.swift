import DMoEFoundation

extension [RollOut] {
  /// The roll-outs that one update of a step learns from: all of them, or the next part of them in an order that is drawn anew
  /// as often as all had their turn.
  ///
  /// - Parameters:
  ///   - update: Counted from 0.
  ///   - step: Counted from 0.
  func dealt(to update: Int, of configuration: RLConfiguration, step: Int) -> [RollOut] {
    let parts = configuration.minibatches
    guard parts > 1 else { return self }
    let (turn, part) = update.quotientAndRemainder(dividingBy: parts)
    var source = RandomSource(
      seed: RandomSource.seed(configuration.seed, stream: UInt64(step)), stream: Self.dealing + UInt64(turn))
    let order = indices.shuffled(using: &source)
    return order[count * part / parts..<count * (part + 1) / parts].map { self[$0] }
  }

  /// Streams of random numbers that nothing else of a step draws from.
  private static let dealing: UInt64 = 0xDEA1_0000
}
