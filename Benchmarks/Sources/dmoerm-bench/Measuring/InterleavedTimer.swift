import Foundation

/// Times contenders in turns, so that a machine that slows down slows all of them.
struct InterleavedTimer {
  /// A sample repeats a run until it takes about this many seconds.
  let sampleSeconds: Double
  /// How long one contender may take for all its samples; a run longer than this is timed once, without a warm-up.
  let budget: Double
  let rounds: ClosedRange<Int>

  static let thorough = InterleavedTimer(sampleSeconds: 0.05, budget: 15, rounds: 3...15)
  static let quick = InterleavedTimer(sampleSeconds: 0.01, budget: 1, rounds: 1...3)

  /// The times of one run in seconds, by contender.
  func measure(_ contenders: [Contender]) throws -> [[Double]] {
    var samples = [[Double]](repeating: [], count: contenders.count)
    var plans: [(repetitions: Int, rounds: Int)] = []
    for (index, contender) in contenders.enumerated() {
      let first = try Self.seconds(contender, repetitions: 1)
      if first > budget {
        samples[index] = [first]
        plans.append((1, 0))
        continue
      }
      // The first run also fetched pages and woke threads; a short one is worth a second look.
      let once = first > sampleSeconds ? first : try Self.seconds(contender, repetitions: 2)
      let repetitions = max(1, Int((sampleSeconds / once).rounded(.up)))
      let wanted = Int(budget / (once * Double(repetitions)))
      plans.append((repetitions, min(max(wanted, rounds.lowerBound), rounds.upperBound)))
    }
    for round in 0..<(plans.map(\.rounds).max() ?? 0) {
      // Every other round in the opposite order: what a contender leaves behind meets each of the others.
      let order = round % 2 == 0 ? Array(contenders.indices) : contenders.indices.reversed()
      for index in order where round < plans[index].rounds {
        samples[index].append(try Self.seconds(contenders[index], repetitions: plans[index].repetitions))
      }
    }
    return samples
  }

  private static func seconds(_ contender: Contender, repetitions: Int) throws -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    for _ in 0..<repetitions { try contender.run() }
    let duration = clock.now - start
    if contender.rest > 0 { Thread.sleep(forTimeInterval: contender.rest) }
    let (seconds, attoseconds) = duration.components
    return (Double(seconds) + Double(attoseconds) * 1e-18) / Double(repetitions)
  }
}
