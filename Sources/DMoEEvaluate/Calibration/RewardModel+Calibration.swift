public import DMoEData
public import DMoEModel

extension RewardModel {
  /// Finds the temperature on preferences that were not trained on, and keeps it; rewards stay what they are.
  ///
  /// Samples that rank by a capability point are passed over. A temperature that is not reliable
  /// (`TemperatureScaling.refusal` says why) is not kept: the model's own stays.
  /// - Parameter samples: Samples that no phase was trained on, such as the validation samples of its run.
  /// - Throws: What scoring throws; samples that are too long are left out.
  @discardableResult
  public mutating func calibrate(
    on samples: [RankedResponses], category source: CategorySource = .labeled,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> TemperatureScaling {
    let scored = try rewards(of: samples.filter { $0.capability == nil }, category: source, progress: progress)
    let scaling = TemperatureScaling(
      differences: scored.flatMap { sample, rewards in
        sample.pairs.map { Double(rewards[$0.chosen]) - Double(rewards[$0.rejected]) }
      })
    take(scaling)
    return scaling
  }

  /// Keeps a temperature if it is reliable.
  package mutating func take(_ scaling: TemperatureScaling) {
    if scaling.isReliable { temperature = Float(scaling.temperature) }
  }
}
