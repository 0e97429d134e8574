/// The mean of values in 0 ... 1 that come in groups, or a weighted mean of several such means, with how sure one may be of it.
///
/// Pairs of one prompt are right or wrong together, so that a hundred pairs of ten prompts say less than a hundred of a hundred.
/// The variance is taken over groups (linearized: each group's share of the deviation from the mean, squared), and turned into
/// the number of independent cases that have as much; where all values are equal it is the number of groups. It is not
/// more than independent values would be worth, since a few groups of many values may agree by chance. With one value a group
/// that is 0 or 1 it is the number of values, so that the interval is Wilson's own.
package struct GroupedShare: Sendable {
  private struct Value {
    var value: Double
    var group: Int
    var stratum: Int
  }

  private let weights: [Double]
  private var values: [Value] = []

  /// - Parameter weights: The weight of each mean; those of means without a value do not count.
  package init(weights: [Double] = [1]) { self.weights = weights }

  /// Adds a value.
  ///
  /// - Parameters:
  ///   - value: In 0 ... 1.
  ///   - group: The group, such as the prompt, numbered as one likes.
  ///   - stratum: Which mean it is of: a place in the weights.
  package mutating func add(_ value: Double, group: Int, stratum: Int = 0) {
    values.append(Value(value: value, group: group, stratum: stratum))
  }

  /// How many values there are.
  package var count: Int { values.count }

  /// How many groups there are.
  package var groupCount: Int { Set(values.map(\.group)).count }

  /// The weighted mean of the means; nil without a value.
  package var value: Double? { values.isEmpty ? nil : weighted(means) }

  /// The 95 % interval of `value`, by groups; everything is possible without values.
  package var interval: ClosedRange<Double> {
    guard let value else { return 0...1 }
    return Proportion.interval(value, of: independent)
  }

  /// The values as cases of a share; the weights do not count here.
  package var proportion: Proportion {
    // Sums of values that are no fractions of two may end a hair above their number.
    let sum = min(Double(count), max(0, values.reduce(0) { $0 + $1.value }))
    return Proportion(successes: sum, total: count, independent: independent)
  }

  /// How many independent cases the values are worth; 0 without values.
  package var independent: Double {
    guard let value else { return 0 }
    let means = means
    let whole = means.reduce(0) { $0 + $1.weight }
    var deviations: [Int: Double] = [:]
    for value in values {
      let mean = means[value.stratum]
      guard whole > 0, mean.count > 0 else { continue }
      deviations[value.group, default: 0] += mean.weight / whole * (value.value - mean.value) / mean.count
    }
    // In one order, so that the same values give the same digits.
    let variance = deviations.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value * $1.value }
    let groups = Double(groupCount)
    // Rounding leaves a little where there is none.
    guard variance > 1e-24, value > 0, value < 1 else { return groups }
    // Few groups that happen to agree are no more than as many independent values; rounding does not decide.
    let floor = leastVariance(means, whole)
    return value * (1 - value) / (floor > variance * (1 + 1e-9) ? floor : variance)
  }

  /// The variance of the weighted mean if no value went with another.
  private func leastVariance(_ means: [Mean], _ whole: Double) -> Double {
    guard whole > 0 else { return 0 }
    return values.reduce(0.0) { (sum: Double, value: Value) -> Double in
      let mean = means[value.stratum]
      guard mean.count > 0 else { return sum }
      let deviation = mean.weight / whole * (value.value - mean.value) / mean.count
      return sum + deviation * deviation
    }
  }

  private struct Mean {
    var value = 0.0
    var count = 0.0
    var weight = 0.0
  }

  /// The mean of each stratum, of weight 0 where it has no value.
  private var means: [Mean] {
    var sums = weights.map { _ in (sum: 0.0, count: 0.0) }
    for value in values {
      sums[value.stratum].sum += value.value
      sums[value.stratum].count += 1
    }
    return zip(sums, weights).map { sum, weight in
      sum.count > 0 ? Mean(value: sum.sum / sum.count, count: sum.count, weight: weight) : Mean()
    }
  }

  private func weighted(_ means: [Mean]) -> Double {
    let whole = means.reduce(0) { $0 + $1.weight }
    return whole > 0 ? means.reduce(0) { $0 + $1.weight * $1.value } / whole : 0
  }
}
