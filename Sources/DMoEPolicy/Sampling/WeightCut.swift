/// Cuts through a row of numbers without sorting it: what could lie on either side of the cut is a small part.
enum WeightCut {
  /// The number that is `rank`-th greatest.
  static func greatest(_ rank: Int, of x: UnsafeBufferPointer<Float>) -> Float {
    var counts = [Int](repeating: 0, count: 1 << 12)
    for value in x { counts[bucket(key(value))] += 1 }
    var bucket = counts.count - 1
    var above = 0
    while bucket > 0, above + counts[bucket] < rank {
      above += counts[bucket]
      bucket -= 1
    }
    let members = x.filter { Self.bucket(key($0)) == bucket }.sorted(by: >)
    return members[min(rank - above, members.count) - 1]
  }

  /// Sets to 0 what comes after the fewest weights that together have this share of all; of equal weights the first
  /// come first. The greatest always stays.
  ///
  /// - Parameters:
  ///   - share: in 0 ... 1.
  ///   - weights: None negative.
  static func keepMass(_ share: Double, _ weights: inout [Float]) {
    var masses = [Double](repeating: 0, count: 1 << 12)
    var total = 0.0
    for weight in weights where weight > 0 {
      masses[bucket(key(weight))] += Double(weight)
      total += Double(weight)
    }
    let wanted = share * total
    var bucket = masses.count - 1
    var before = 0.0
    while bucket > 0, masses[bucket] == 0 || before + masses[bucket] < wanted {
      before += masses[bucket]
      bucket -= 1
    }
    let members = weights.indices
      .filter { weights[$0] > 0 && Self.bucket(key(weights[$0])) == bucket }
      .sorted { (weights[$1], $0) < (weights[$0], $1) }
    var isFirst = before == 0
    for index in members {
      let mass = Double(weights[index])
      if !isFirst, before >= wanted { weights[index] = 0 }
      before += mass
      isFirst = false
    }
    for index in weights.indices where weights[index] > 0 && Self.bucket(key(weights[index])) < bucket {
      weights[index] = 0
    }
  }

  /// Whole numbers in the order of the floats.
  private static func key(_ value: Float) -> UInt32 {
    let bits = value.bitPattern
    return bits >> 31 == 0 ? bits | 1 << 31 : ~bits
  }

  /// Sign, exponent and the first three bits of the fraction.
  private static func bucket(_ key: UInt32) -> Int { Int(key >> 20) }
}
