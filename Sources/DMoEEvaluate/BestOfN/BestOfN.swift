public import DMoEData
public import DMoEModel
import Foundation

/// A prompt with several responses and a better judge's score for each, for measuring best-of-n.
///
/// ```swift
/// let prompt = try BestOfNPrompt(
///   conversation: "Name a prime.", responses: ["Nine.", "Seven.", "Blue."], gold: [0.2, 1, 0])
/// ```
public struct BestOfNPrompt: Sendable, Hashable {
  /// The conversation that the responses answer.
  public let conversation: Conversation
  /// The responses, in the order in which they were drawn.
  public let responses: [String]
  /// One a response; greater is better, on any scale.
  public let gold: [Double]

  /// - Throws: `DataError.tooFewResponses`, `.emptyResponse`; `EvaluationError.invalidRewards` for a gold that is not finite
  ///   or is missing.
  public init(conversation: Conversation, responses: [String], gold: [Double]) throws {
    guard responses.count >= 2 else { throw DataError.tooFewResponses(responses.count) }
    if let index = responses.firstIndex(where: \.isEmpty) { throw DataError.emptyResponse(index: index) }
    guard gold.count == responses.count, gold.allSatisfy(\.isFinite) else {
      throw EvaluationError.invalidRewards(reason: "\(gold.count) gold rewards for \(responses.count) responses")
    }
    self.conversation = conversation
    self.responses = responses
    self.gold = gold
  }
}

/// A measurement of best-of-n: how good the response of greatest reward is by a better judge's measure.
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
    /// Mean reward of it, in deviations of all rewards of these prompts around their mean.
    public let proxy: Double
    /// Mean gold of the truly best of n: nothing can do better.
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

  /// - Parameters:
  ///   - gold: One list a prompt, one value a response.
  ///   - rewards: In the same shape, finite.
  /// - Throws: `EvaluationError.invalidRewards` for other shapes, fewer than two responses, no prompt.
  public init(gold: [[Double]], rewards: [[Double]]) throws { try self.init(gold: gold, draws: [rewards]) }

  /// The mean over several models (seeds of one recipe) that were each asked alone.
  ///
  /// - Parameters:
  ///   - gold: A better judge's scores, one list a prompt, one score a response.
  ///   - draws: One a model, each in the shape of `gold`.
  public init(gold: [[Double]], draws: [[[Double]]]) throws {
    guard !gold.isEmpty, !draws.isEmpty else { throw EvaluationError.invalidRewards(reason: "there is no prompt") }
    let most = gold.map(\.count).min() ?? 0
    func curves(_ value: [[Double]], by order: [[Double]]) -> [[Double]] {
      zip(value, order).map { value, order in (1...most).map { Self.expected(value, chosenBy: order, of: $0) } }
    }
    var byPrompt = gold.map { _ in [Double](repeating: 0, count: most) }
    var proxies = byPrompt
    for rewards in draws {
      try Self.check(gold, rewards)
      let share = 1 / Double(draws.count)
      let golds = curves(gold, by: rewards)
      let own = curves(Self.standardized(rewards), by: rewards)
      for prompt in gold.indices {
        for n in 0..<most {
          byPrompt[prompt][n] += share * golds[prompt][n]
          proxies[prompt][n] += share * own[prompt][n]
        }
      }
    }
    let ceilings = curves(gold, by: gold)
    func average(_ curves: [[Double]], _ n: Int) -> Double {
      curves.reduce(0) { $0 + $1[n - 1] } / Double(curves.count)
    }
    points = (1...most).map { n in
      Point(
        n: n, divergence: Self.divergence(n), gold: average(byPrompt, n),
        goldInterval: Self.interval(byPrompt.map { $0[n - 1] }), proxy: average(proxies, n),
        ceiling: average(ceilings, n))
    }
    areaByPrompt = byPrompt.map(Self.area)
    area = areaByPrompt.reduce(0, +) / Double(areaByPrompt.count)
    areaInterval = Self.interval(areaByPrompt)
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

  /// log n − (n − 1)/n.
  public static func divergence(_ n: Int) -> Double { log(Double(n)) - Double(n - 1) / Double(n) }

  /// The mean value of the response with the greatest reward among n drawn without replacement, over all draws.
  ///
  /// With m responses in ascending order of reward, the i-th is the greatest of n in C(i − 1, n − 1) of C(m, n) draws.
  /// Responses of equal reward share their places.
  static func expected(_ values: [Double], chosenBy rewards: [Double], of n: Int) -> Double {
    let count = values.count
    let order = rewards.indices.sorted { rewards[$0] < rewards[$1] }
    // shares[i] = C(i, n − 1) / C(count, n) for the response with i smaller ones, from the top down.
    var shares = [Double](repeating: 0, count: count)
    var share = Double(n) / Double(count)
    for i in stride(from: count - 1, through: n - 1, by: -1) {
      shares[i] = share
      // C(i − 1, n − 1) / C(i, n − 1) = (i − n + 1) / i.
      if i > 0 { share *= Double(i - n + 1) / Double(i) }
    }
    var sum = 0.0
    var start = 0
    while start < count {
      var end = start + 1
      while end < count, rewards[order[end]] == rewards[order[start]] { end += 1 }
      let value = order[start..<end].reduce(0) { $0 + values[$1] } / Double(end - start)
      sum += value * shares[start..<end].reduce(0, +)
      start = end
    }
    return sum
  }

  /// Trapezoids over the divergence, divided by its whole.
  private static func area(_ curve: [Double]) -> Double {
    guard curve.count > 1 else { return curve.first ?? 0 }
    let sum = (1..<curve.count).reduce(0.0) { sum, n in
      sum + (curve[n] + curve[n - 1]) / 2 * (divergence(n + 1) - divergence(n))
    }
    return sum / divergence(curve.count)
  }

  private static func interval(_ values: [Double]) -> ClosedRange<Double> {
    Bootstrap.interval(groups: values.count) { chosen in
      chosen.reduce(0) { $0 + values[$1] } / Double(chosen.count)
    } ?? 0...0
  }
}

extension RewardModel {
  /// Scores every response of the prompts and says what choosing the best of n by the reward is worth.
  ///
  /// - Throws: What scoring throws; a prompt with a response that is too long is left out with all its responses.
  public func evaluateBestOfN(
    _ prompts: [BestOfNPrompt], progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> BestOfNEvaluation {
    var gold: [[Double]] = []
    var rewards: [[Double]] = []
    for (index, prompt) in prompts.enumerated() {
      do {
        rewards.append(try scores(prompt.responses, to: prompt.conversation).map(Double.init))
        gold.append(prompt.gold)
      } catch ModelError.overLength {}
      progress(index + 1, prompts.count)
    }
    return try BestOfNEvaluation(gold: gold, rewards: rewards)
  }
}
