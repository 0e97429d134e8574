import DMoECore

/// The order in which steps take samples: a new one every epoch, a pure function of seed and step, so that a run can go on
/// from any step.
package struct SampleOrder: Sendable {
  private let count: Int
  private let batchSize: Int
  private let seed: UInt64
  private var epoch = -1
  private var order: [Int] = []

  /// The order of this many samples, taken in batches.
  package init(count: Int, batchSize: Int, seed: UInt64) {
    precondition(count > 0 && batchSize > 0, "SampleOrder: \(count) samples in batches of \(batchSize)")
    self.count = count
    self.batchSize = batchSize
    self.seed = seed
  }

  /// The samples of a step counted from 0.
  package mutating func batch(_ step: Int) -> [Int] {
    (step * batchSize..<(step + 1) * batchSize).map { place in
      let (epoch, index) = place.quotientAndRemainder(dividingBy: count)
      if epoch != self.epoch {
        var source = RandomSource(seed: seed, stream: UInt64(epoch) + 1)
        order = Array(0..<count)
        order.shuffle(using: &source)
        self.epoch = epoch
      }
      return order[index]
    }
  }
}
