import Foundation

/// A comparison of two ways of scoring on the same pairs: is the difference more than chance?
public struct PairedComparison: Sendable, Hashable, Codable {
  /// Pairs compared.
  public let pairs: Int
  /// Accuracy of the first minus that of the second, in −1 ... 1; 0 without pairs.
  public let difference: Double
  /// The 95 % interval of the difference, by resampling prompts (percentiles of 2,000 resamples); nil without pairs.
  public let interval: ClosedRange<Double>?
  /// Pairs that only the first has right.
  public let onlyFirst: Int
  /// Pairs that only the second has right.
  public let onlySecond: Int
  /// The probability of so uneven a split of those pairs if neither is better (McNemar's exact test, two-sided).
  ///
  /// It takes pairs for independent; the interval does not.
  public let pValue: Double

  /// - Parameters:
  ///   - first: What each pair is worth to the first: 1 right, 0 wrong, 0.5 equal rewards.
  ///   - second: The same of the second, pair by pair.
  ///   - groups: The prompt of each pair, numbered as one likes; pairs of one prompt are drawn together.
  public init(first: [Double], second: [Double], groups: [Int]) {
    precondition(
      first.count == second.count && first.count == groups.count,
      "PairedComparison: \(first.count), \(second.count) and \(groups.count) values")
    pairs = first.count
    onlyFirst = zip(first, second).count { $0 > $1 }
    onlySecond = zip(first, second).count { $0 < $1 }
    difference = pairs == 0 ? 0 : zip(first, second).reduce(0) { $0 + $1.0 - $1.1 } / Double(pairs)
    var places: [Int: Int] = [:]
    var sums: [(difference: Double, pairs: Double)] = []
    for (index, group) in groups.enumerated() {
      let place = places[group] ?? sums.count
      if place == sums.count {
        places[group] = place
        sums.append((0, 0))
      }
      sums[place].difference += first[index] - second[index]
      sums[place].pairs += 1
    }
    interval = Bootstrap.interval(groups: sums.count) { chosen in
      var (total, count) = (0.0, 0.0)
      for place in chosen {
        total += sums[place].difference
        count += sums[place].pairs
      }
      return total / count
    }
    pValue = Self.binomialTest(min(onlyFirst, onlySecond), of: onlyFirst + onlySecond)
  }

  /// Two-sided exact test of a fair coin: P(as uneven as `smaller` of `count`).
  static func binomialTest(_ smaller: Int, of count: Int) -> Double {
    guard count > 0 else { return 1 }
    let whole = lgamma(Double(count) + 1) - Double(count) * log(2.0)
    var tail = 0.0
    for k in 0...smaller {
      let logarithm: Double = whole - lgamma(Double(k) + 1) - lgamma(Double(count - k) + 1)
      tail += exp(logarithm)
    }
    return min(1, 2 * tail)
  }
}
