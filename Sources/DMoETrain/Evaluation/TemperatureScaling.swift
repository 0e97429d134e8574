import Foundation

/// A temperature that makes differences of rewards log-odds of preference: σ(difference / temperature).
///
/// ```swift
/// var calibrated = model
/// let scaling = try calibrated.calibrate(on: heldOut)
/// print(scaling.temperature, scaling.isReliable)
/// print(try calibrated.preferenceProbability(of: a, over: b, to: conversation))
/// ```
///
/// Found on pairs that no training saw; changes no order. Source: Guo et al., 1706.04599, section 4.2.
public struct TemperatureScaling: Sendable, Hashable, Codable {
  /// Above 1 the rewards claimed too much, below 1 too little; in 0.01 ... 1000.
  public let temperature: Double
  /// Pairs it was found on.
  public let pairs: Int
  /// Whether it was found on enough pairs to be kept: ten.
  public var isReliable: Bool { pairs >= 10 }
  /// The mean of −log σ(difference) in nats before division by the temperature; nil without pairs.
  public let lossBefore: Double?
  /// The mean loss after division by the temperature; `nil` without pairs.
  public let lossAfter: Double?

  /// The temperature of least loss; 1 without pairs.
  ///
  /// - Parameter differences: Chosen minus rejected reward, finite, one a pair.
  public init(differences: [Double]) {
    pairs = differences.count
    func loss(_ logarithm: Double) -> Double {
      let scale = exp(-logarithm)
      return differences.reduce(0) { $0 + RankingLoss.softplus(-$1 * scale) } / Double(max(1, differences.count))
    }
    guard !differences.isEmpty else {
      (temperature, lossBefore, lossAfter) = (1, nil, nil)
      return
    }
    // The loss is convex in 1 / temperature, so along its logarithm it has one valley.
    var (low, high) = (log(0.01), log(1000.0))
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
