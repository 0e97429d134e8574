import DMoECore
import Foundation

/// How far lengths alone explain preferences: the chosen response's log-odds per unit of `logLengthRatio`.
struct LengthBias: Sendable, Equatable {
  let slope: Double

  /// The maximum-likelihood slope, pulled to 0 by a slight ridge; 0 without rankings.
  ///
  /// - Parameter rankings: Each with the tokens of its responses.
  init(of rankings: [(pairs: RankedPairs, lengths: [Int])], _ compute: Compute) throws {
    let pairs = rankings.flatMap { ranking in
      ranking.pairs.pairs.map {
        (pair: $0, weight: ranking.pairs.pairWeight, ratio: $0.logLengthRatio(ranking.lengths))
      }
    }
    guard !pairs.isEmpty else {
      slope = 0
      return
    }
    let fit = try RankingRegression(
      differences: Matrix(pairs.count, 1, pairs.map { Float($0.ratio) }), pairWeights: pairs.map { Float($0.weight) },
      softLabels: pairs.map { Float($0.pair.probability) }, compute: compute)
    slope = Double(fit.weights[0])
  }
}

extension RankedPairs.Pair {
  /// log of the chosen response's tokens over the rejected one's.
  func logLengthRatio(_ lengths: [Int]) -> Double {
    log(Double(max(1, lengths[chosen])) / Double(max(1, lengths[rejected])))
  }
}

extension RankedPairs {
  /// The same pairs, whose rewards need not say what lengths do.
  func relieved(of bias: LengthBias, lengths: [Int]) -> RankedPairs {
    var result = self
    for index in pairs.indices { result.pairs[index].offset = bias.slope * pairs[index].logLengthRatio(lengths) }
    return result
  }
}
