public import DMoEData
import Foundation

/// What rewards know besides length: accuracy on pairs of nearly equal length, and after length's share is taken out.
///
/// Lengths are logarithms of characters, so that twice as long is the same step everywhere. A pair is taken in both of its
/// orders, so that no figure depends on which response is named first: correlations are those of differences through the
/// origin, and the preference is +1 for the chosen response.
public struct LengthControl: Sendable, Hashable, Codable {
  /// Pairs whose shorter response has at least nine tenths of the longer one's characters: the share ordered right.
  public let matched: Proportion
  /// The share of all pairs that what is left of the difference of rewards orders right, once the part that is proportional to
  /// the difference of log lengths (by least squares over these pairs) is taken out.
  public let removed: Proportion
  /// The correlation of preference and reward, in −1 ... 1; nil where rewards do not vary.
  public let correlation: Double?
  /// The same with length held fixed: the partial correlation; nil where it is not defined.
  public let partialCorrelation: Double?
  /// The correlation of differences of reward and of log length; nil where one of them does not vary.
  public let rewardAndLength: Double?

  /// Least share of the longer response's characters that the shorter one of a matched pair has.
  static let matchedShare = 0.9

  /// - Parameter pairs: Pairs of overall preferences.
  package init(_ pairs: [ScoredPair]) {
    let lengths = pairs.map { log(Double(max(1, $0.lengths.chosen)) / Double(max(1, $0.lengths.rejected))) }
    let rewards = pairs.map(\.difference)
    func product(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    let (rr, ll, rl) = (product(rewards, rewards), product(lengths, lengths), product(rewards, lengths))
    let slope = ll > 0 ? rl / ll : 0
    var matched = GroupedShare()
    var removed = GroupedShare()
    for (pair, length) in zip(pairs, lengths) {
      if abs(length) <= -log(Self.matchedShare) + 1e-12 { matched.add(pair.credit, group: pair.prompt) }
      removed.add(ScoredPair.credit(pair.difference - slope * length), group: pair.prompt)
    }
    self.matched = matched.proportion
    self.removed = removed.proportion
    let count = Double(pairs.count)
    func correlation(_ xy: Double, _ xx: Double, _ yy: Double) -> Double? {
      xx > 0 && yy > 0 ? max(-1, min(1, xy / (xx * yy).squareRoot())) : nil
    }
    let byReward = correlation(rewards.reduce(0, +), rr, count)
    let byLength = correlation(lengths.reduce(0, +), ll, count)
    let together = correlation(rl, rr, ll)
    self.correlation = byReward
    rewardAndLength = together
    // Without a difference of length there is nothing to hold fixed.
    guard let byReward, let byLength, let together else {
      partialCorrelation = ll > 0 ? nil : byReward
      return
    }
    let rest = ((1 - byLength * byLength) * (1 - together * together)).squareRoot()
    partialCorrelation = rest > 1e-6 ? max(-1, min(1, (byReward - byLength * together) / rest)) : nil
  }
}
