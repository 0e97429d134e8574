import Foundation

/// The exact binomial test of a fair coin.
enum BinomialTest {
  /// The probability of a split at least as uneven, on either side, if both sides are equally likely; 1 without trials.
  static func pValue(successes: Int, trials: Int) -> Double {
    guard trials > 0 else { return 1 }
    let whole = lgamma(Double(trials) + 1) - Double(trials) * log(2.0)
    var tail = 0.0
    for k in 0...min(successes, trials - successes) {
      let logarithm: Double = whole - lgamma(Double(k) + 1) - lgamma(Double(trials - k) + 1)
      tail += exp(logarithm)
    }
    return min(1, 2 * tail)
  }
}
