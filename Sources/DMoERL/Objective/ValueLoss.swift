/// The loss of a value head: how far its values are from the returns, with steps that are clipped as the policy's are
/// (PPO, 1707.06347).
public struct ValueLoss: Sendable, Equatable, Codable {
  /// How far a value may move from the one at sampling before its loss is the larger of the two; `nil` sets no bound.
  public var clip: Double? = 0.2

  /// The values of TRL's PPO.
  public init() {}

  /// The loss `½ mean(max((V − R)², (clip(V) − R)²))` and its derivatives.
  ///
  /// Shapes: values, old values and returns [tokens], those of all completions one behind the other -> gradients [tokens].
  ///
  /// - Parameters:
  ///   - values: What the head gives now.
  ///   - old: What it gave at sampling.
  ///   - returns: What the values are held to.
  ///   - whole: How many tokens the batch has that these are a part of; the losses of all parts add up to that of the batch.
  ///     `nil` if they are all of it.
  public func evaluate(
    values: [Float], old: [Float], returns: [Double], partOf whole: Int? = nil
  ) -> (value: Double, gradients: [Float], clipped: Int) {
    precondition(
      old.count == values.count && returns.count == values.count,
      "ValueLoss: \(values.count) values, \(old.count) old ones, \(returns.count) returns")
    guard !values.isEmpty else { return (0, [], 0) }
    var (sum, clipped) = (0.0, 0)
    var gradients = [Float](repeating: 0, count: values.count)
    let share = 1 / Double(whole ?? values.count)
    for t in values.indices {
      let (value, start) = (Double(values[t]), Double(old[t]))
      var (error, slope) = (value - returns[t], 1.0)
      if let clip {
        let bounded = min(max(value, start - clip), start + clip)
        if (bounded - returns[t]).magnitude > error.magnitude {
          (error, slope) = (bounded - returns[t], 0)
          clipped += 1
        }
      }
      sum += error * error / 2
      gradients[t] = Float(share * error * slope)
    }
    return (sum * share, gradients, clipped)
  }
}
