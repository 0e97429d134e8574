import Foundation

/// Times contenders in turns, so that a machine that slows down slows all of them.
struct InterleavedTimer {
  /// A sample repeats a run until it takes about this many seconds.
  let sampleSeconds: Double
  /// How long one contender may take for all its samples, beyond the least number of rounds.
  let budget: Double
  let rounds: ClosedRange<Int>
  /// A first run longer than this is the only one. Far above a first run's cost of waking threads and fetching pages: taken
  /// for the measure it would make a short item several times as slow as it is.
  let limit: Double

  static func thorough(budget: Double) -> InterleavedTimer {
    InterleavedTimer(sampleSeconds: 0.1, budget: budget, rounds: 3...11, limit: 60)
  }

  static let quick = InterleavedTimer(sampleSeconds: 0.02, budget: 1, rounds: 1...3, limit: 5)

  /// The seconds (or bytes) of one run, by contender; none for one that may fail and did.
  func measure(_ contenders: [Contender]) throws -> [[Double]] {
    var samples = [[Double]](repeating: [], count: contenders.count)
    var plans: [(repetitions: Int, rounds: Int)] = []
    for (index, contender) in contenders.enumerated() {
      let first: Double
      do {
        first = try Self.sample(contender, 1)
      } catch  where contender.mayFail {
        say("\(contender.engine) failed: \(error)")
        plans.append((1, 0))
        continue
      }
      if contender.isCounted || first > limit {
        samples[index] = [first]
        plans.append((1, 0))
        continue
      }
      // The first run also fetched pages and woke threads; a short one is worth a second look.
      let once = first > 10 * sampleSeconds ? first : try Self.sample(contender, 2)
      let repetitions = max(1, Int((sampleSeconds / once).rounded(.up)))
      let wanted = Int(budget / (once * Double(repetitions)))
      plans.append((repetitions, min(max(wanted, rounds.lowerBound), rounds.upperBound)))
    }
    for round in 0..<(plans.map(\.rounds).max() ?? 0) {
      // Every other round in the opposite order: what a contender leaves behind meets each of the others.
      let order = round % 2 == 0 ? Array(contenders.indices) : contenders.indices.reversed()
      for index in order where round < plans[index].rounds {
        samples[index].append(try Self.sample(contenders[index], plans[index].repetitions))
      }
    }
    return samples
  }

  private static func sample(_ contender: Contender, _ repetitions: Int) throws -> Double {
    let value = try contender.sample(repetitions)
    if contender.rest > 0 { Thread.sleep(forTimeInterval: contender.rest) }
    return value
  }
}
