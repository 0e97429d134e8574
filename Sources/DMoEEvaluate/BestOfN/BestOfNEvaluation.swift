import Foundation

/// A best-of-n curve: how good, by a better judge, the response is that a reward chooses among n.
///
/// ```swift
/// let (prompts, _) = try BestOfNPrompt.readAll(contentsOf: URL(fileURLWithPath: "best-of-n.jsonl"))
/// let evaluation = try model.evaluateBestOfN(prompts)
/// for point in evaluation.points { print(point.n, point.gold, point.goldInterval) }
/// ```
///
/// Over-optimization shows as gold that falls while the reward goes on rising. Source of the protocol: Coste et al.,
/// 2310.02743; Gao et al., 2210.10760.
public struct BestOfNEvaluation: Sendable, Hashable, Codable {
  /// The mean over prompts for one n.
  public struct Point: Sendable, Hashable, Codable {
    /// The number of responses that the reward chooses among.
    public let n: Int
    /// log n − (n − 1)/n, in nats: how far the best of n is from one draw.
    public let divergence: Double
    /// Mean gold of the response that the reward chooses, with its 95 % interval over prompts.
    public let gold: Double
    /// The 95 % interval of `gold`, over prompts.
    public let goldInterval: ClosedRange<Double>
    /// Mean reward of that response, standardized: in standard deviations of all these rewards from their mean.
    public let proxy: Double
    /// Mean gold of the response that is best by gold: no reward can do better.
    public let ceiling: Double
  }

  /// The points of the curve, for n = 1 ... the fewest responses that a prompt has.
  public let points: [Point]
  /// Mean gold along the divergence: the area under the curve divided by its width.
  public let area: Double
  /// The 95 % interval of `area`, over prompts.
  public let areaInterval: ClosedRange<Double>
  /// The area of each prompt: two evaluations of the same prompts can be compared pairwise.
  public let areaByPrompt: [Double]

  /// The curve of one model's rewards.
  ///
  /// - Parameters:
  ///   - gold: A better judge's scores, one list a prompt, one score a response.
  ///   - rewards: The model's rewards in the same shape, finite.
  /// - Throws: `EvaluationError.invalidRewards` for other shapes, fewer than two responses, no prompt.
  public init(gold: [[Double]], rewards: [[Double]]) throws { try self.init(gold: gold, draws: [rewards]) }

  /// The mean curve of several models, such as one recipe trained with several seeds.
  ///
  /// - Parameters:
  ///   - gold: A better judge's scores, one list a prompt, one score a response.
  ///   - draws: The rewards of each model, in the shape of `gold`.
  /// - Throws: `EvaluationError.invalidRewards` for other shapes, fewer than two responses, no prompt.
  public init(gold: [[Double]], draws: [[[Double]]]) throws {
    guard !gold.isEmpty, !draws.isEmpty else { throw EvaluationError.invalidRewards(reason: "there is no prompt") }
    for rewards in draws { try Self.check(gold, rewards) }
    let most = gold.map(\.count).min() ?? 0
    // By prompt, then by n.
    func curves(_ values: [[Double]], chosenBy rewards: [[Double]]) -> [[Double]] {
      zip(values, rewards).map { BestOfNEstimator(rewards: $1).curve(of: $0, upTo: most) }
    }
    let golds = Self.average(draws.map { curves(gold, chosenBy: $0) })
    let proxies = Self.average(draws.map { curves(Self.standardized($0), chosenBy: $0) })
    let ceilings = curves(gold, chosenBy: gold)
    points = (1...most).map { n in
      func mean(_ curves: [[Double]]) -> Double { curves.reduce(0) { $0 + $1[n - 1] } / Double(curves.count) }
      return Point(
        n: n, divergence: Self.divergence(n), gold: mean(golds), goldInterval: Self.interval(golds.map { $0[n - 1] }),
        proxy: mean(proxies), ceiling: mean(ceilings))
    }
    areaByPrompt = golds.map(Self.area)
    area = areaByPrompt.reduce(0, +) / Double(areaByPrompt.count)
    areaInterval = Self.interval(areaByPrompt)
  }

  /// The mean over draws, by prompt and n.
  private static func average(_ draws: [[[Double]]]) -> [[Double]] {
    let share = 1 / Double(draws.count)
    return draws[0].indices.map { prompt in
      draws[0][prompt].indices.map { n in draws.reduce(0) { $0 + share * $1[prompt][n] } }
    }
  }

  private static func check(_ gold: [[Double]], _ rewards: [[Double]]) throws {
    guard gold.count == rewards.count else {
      throw EvaluationError.invalidRewards(reason: "\(rewards.count) lists for \(gold.count) prompts")
    }
    for (index, pair) in zip(gold, rewards).enumerated() {
      guard pair.0.count == pair.1.count, pair.0.count >= 2, (pair.0 + pair.1).allSatisfy(\.isFinite) else {
        throw EvaluationError.invalidRewards(
          reason: "prompt \(index) has \(pair.0.count) gold values and \(pair.1.count) rewards")
      }
    }
  }

  /// In deviations of all of them, around their mean.
  private static func standardized(_ rewards: [[Double]]) -> [[Double]] {
    let all = rewards.joined()
    let mean = all.reduce(0, +) / Double(all.count)
    let deviation = (all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.count)).squareRoot()
    return rewards.map { $0.map { deviation > 0 ? ($0 - mean) / deviation : 0 } }
  }

  /// The divergence of the best of n from one draw: log n − (n − 1)/n, in nats.
  public static func divergence(_ n: Int) -> Double { log(Double(n)) - Double(n - 1) / Double(n) }

  /// Trapezoids over the divergence, divided by its whole.
  private static func area(_ curve: [Double]) -> Double {
    guard curve.count > 1 else { return curve.first ?? 0 }
    let sum = (1..<curve.count).reduce(0.0) { sum, n in
      sum + (curve[n] + curve[n - 1]) / 2 * (divergence(n + 1) - divergence(n))
    }
    return sum / divergence(curve.count)
  }

  private static func interval(_ values: [Double]) -> ClosedRange<Double> {
    Bootstrap.interval(clusters: values.count) { chosen in
      chosen.reduce(0) { $0 + values[$1] } / Double(chosen.count)
    } ?? 0...0
  }
}
