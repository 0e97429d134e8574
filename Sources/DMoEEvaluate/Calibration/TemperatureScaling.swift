import DMoECore
import Foundation

/// Temperature scaling: the number to divide a difference of rewards by, so that σ(difference / temperature) is the
/// probability that people prefer the first response.
///
/// It is found on pairs that nothing was trained on, and changes no order. Source: Guo et al., 1706.04599, section 4.2.
public struct TemperatureScaling: Sendable, Hashable, Codable {
  /// The temperature, in 0.01 ... 1000. Above 1, differences of rewards were too confident; below 1, not confident enough.
  public let temperature: Double
  /// The number of pairs that it was found on.
  public let pairs: Int
  /// The reason why this temperature is not kept, in words that end a sentence; nil for one that is.
  public var refusal: String? {
    if pairs < Self.leastPairs { return "there are too few pairs to find one on" }
    // Within a percent of an end the search found no valley but ran down a slope: no confidence would be too much, or too
    // little.
    if temperature < Self.range.lowerBound * 1.01 {
      return "the rewards order these pairs rightly, so that none is the best"
    }
    return temperature > Self.range.upperBound / 1.01
      ? "the rewards order these pairs no better than chance, so that none is the best" : nil
  }
  /// Whether it was found on enough pairs, and lies between the ends of the search.
  public var isReliable: Bool { refusal == nil }
  /// The temperature if it is reliable, and 1 otherwise.
  public var kept: Double { isReliable ? temperature : 1 }

  private static let leastPairs = 10
  private static let range = 0.01...1000.0
  /// The mean of −log σ(difference) in nats, of the rewards as they are; nil without pairs.
  public let lossBefore: Double?
  /// The same mean after division by the temperature; nil without pairs.
  public let lossAfter: Double?

  /// The temperature of least loss; 1 without pairs.
  ///
  /// - Parameter differences: Chosen minus rejected reward, finite, one a pair.
  public init(differences: [Double]) {
    pairs = differences.count
    func loss(_ logarithm: Double) -> Double {
      let scale = exp(-logarithm)
      return differences.reduce(0) { $0 + Logistic.softplus(-$1 * scale) } / Double(max(1, differences.count))
    }
    guard !differences.isEmpty else {
      (temperature, lossBefore, lossAfter) = (1, nil, nil)
      return
    }
    // The loss is convex in 1 / temperature, so along its logarithm it has one valley.
    var (low, high) = (log(Self.range.lowerBound), log(Self.range.upperBound))
    let golden = (5.0.squareRoot() - 1) / 2
    while high - low > 1e-6 {
      let (a, b) = (high - golden * (high - low), low + golden * (high - low))
      if loss(a) < loss(b) { high = b } else { low = a }
    }
    let best = (low + high) / 2
    lossBefore = loss(0)
    lossAfter = min(loss(best), loss(0))
    temperature = loss(best) < loss(0) ? exp(best) : 1
  }
}
