import DMoEEvaluate
import Foundation

/// What choosing the best of n texts by one proxy gains, prompt by prompt, in deviations.
struct BestOfNGains {
  /// The numbers of texts that are chosen among: 1, 2, 3, 4, 6, 8, 11, 16, ..., of which every second is a power of two, and the most
  /// there are.
  static func efforts(upTo most: Int) -> [Int] {
    let roots = (0..<2 * (Int.bitWidth - 2)).lazy.map { Int(pow(2, Double($0) / 2).rounded()) }
    return roots.prefix { $0 < most }.reduce(into: []) { if $0.last != $1 { $0.append($1) } } + [most]
  }

  let efforts: [Int]
  /// By prompt, then by effort.
  let proxy: [[Double]]
  let gold: [[Double]]

  /// - Parameters:
  ///   - gold: One list a prompt, one value a text.
  ///   - draws: The rewards of each model that is asked alone, in the same shape; what they gain is averaged.
  init(gold: [[Double]], draws: [[[Double]]]) {
    let efforts = Self.efforts(upTo: gold.map(\.count).min() ?? 1)
    let deviations = draws.map(Self.deviation)
    let goldDeviation = Self.deviation(gold)
    /// Gains of one prompt by effort, over the mean of its texts.
    func gains(_ values: [Double], _ estimator: BestOfNEstimator, _ deviation: Double) -> [Double] {
      let mean = values.mean ?? 0
      return efforts.map { deviation > 0 ? (estimator.expectedValue(of: values, ofBestOf: $0) - mean) / deviation : 0 }
    }
    var (proxies, golds) = ([[Double]](), [[Double]]())
    for prompt in gold.indices {
      let estimators = draws.map { BestOfNEstimator(rewards: $0[prompt]) }
      proxies.append(
        Self.average(draws.indices.map { gains(draws[$0][prompt], estimators[$0], deviations[$0]) }))
      golds.append(Self.average(estimators.map { gains(gold[prompt], $0, goldDeviation) }))
    }
    (self.efforts, proxy, self.gold) = (efforts, proxies, golds)
  }

  /// The standard deviation of values around the mean of their prompt's, over all prompts.
  static func deviation(_ values: [[Double]]) -> Double {
    let squares = values.flatMap { own -> [Double] in
      let mean = own.mean ?? 0
      return own.map { ($0 - mean) * ($0 - mean) }
    }
    // A prompt's own mean takes one degree of freedom.
    let freedom = squares.count - values.count
    return freedom > 0 ? (squares.reduce(0, +) / Double(freedom)).squareRoot() : 0
  }

  private static func average(_ lists: [[Double]]) -> [Double] {
    (lists.first ?? []).indices.map { place in lists.map { $0[place] }.mean ?? 0 }
  }
}

extension OverOptimizationResult.Curve {
  /// The curve of the best of n.
  init(_ gains: BestOfNGains) {
    let divergences = gains.efforts.map(BestOfNEvaluation.divergence)
    self.init(
      efforts: gains.efforts, form: .bestOfN, divergences: divergences.map { value in gains.gold.map { _ in value } },
      proxy: gains.proxy, gold: gains.gold)
  }

  /// - Parameters:
  ///   - divergences: By point, then by prompt.
  ///   - proxy: By prompt, then by point.
  ///   - gold: The same of the gold model.
  init(
    efforts: [Int], form: OverOptimizationFit.Form, divergences: [[Double]], proxy: [[Double]], gold: [[Double]]
  ) {
    func mean(_ values: [[Double]], _ point: Int, _ chosen: [Int]) -> Double {
      chosen.reduce(0) { $0 + values[$1][point] } / Double(max(1, chosen.count))
    }
    func interval(_ values: [Double]) -> ExperimentResult.Interval {
      .mean(of: values, groups: Array(values.indices))
    }
    let points = efforts.indices.map { point in
      OverOptimizationResult.Point(
        effort: efforts[point], divergence: divergences[point].mean ?? 0, proxy: interval(proxy.map { $0[point] }),
        gold: interval(gold.map { $0[point] }))
    }
    let peak = points.indices.max { points[$0].gold.value < points[$1].gold.value } ?? 0
    let last = efforts.count - 1
    (self.points, self.peak) = (points, peak)
    // The highest of several noisy means is too high where it was found: each half of the prompts is asked at the other's.
    let peaks = (0..<2).map { half in
      let own = gold.indices.filter { $0 % 2 == half }
      return efforts.indices.max { mean(gold, $0, own) < mean(gold, $1, own) } ?? 0
    }
    lossAfterPeak =
      gold.count < 2 ? nil : interval(gold.enumerated().map { $1[last] - $1[peaks[1 - $0 % 2]] })
    fit = OverOptimizationFit(form, clusters: gold.count) { chosen in
      let distances = efforts.indices.map { point in
        let sum = chosen.reduce(0) { $0 + divergences[point][$1] }
        return max(0, sum / Double(max(1, chosen.count))).squareRoot()
      }
      return (distances, efforts.indices.map { mean(gold, $0, chosen) })
    }
  }
}
