import DMoECore
import DMoERL

extension OverOptimizationSettings {
  /// Checks the settings.
  ///
  /// - Throws: `ExperimentError.invalidPlan` for the first setting that makes no sense.
  public func validate() throws(ExperimentError) {
    let counts = [
      ("drawing.maximumTokens", drawing.maximumTokens, 1), ("pairs.perPrompt", pairs.perPrompt, 1),
      ("bestOfN.prompts", bestOfN.prompts, 1), ("bestOfN.samples", bestOfN.samples, 2),
      ("policies.every", policies.every, 1), ("policies.prompts", policies.prompts, 1),
      ("policies.samples", policies.samples, 1),
    ]
    for (name, value, least) in counts where !(least...Self.most).contains(value) {
      throw .invalidPlan(reason: "\(name) is \(value), and has to be from \(least) to \(Self.most)")
    }
    guard drawing.temperature > 0, drawing.temperature.isFinite else {
      throw .invalidPlan(reason: "drawing.temperature is \(drawing.temperature), and has to be above 0")
    }
    guard pairs.validation > 0, pairs.validation < 1 else {
      throw .invalidPlan(reason: "pairs.validation is \(pairs.validation), and has to be above 0 and below 1")
    }
    guard Set(policies.seeds).count == policies.seeds.count, !policies.seeds.isEmpty || policies.proxies == [] else {
      throw .invalidPlan(reason: "policies.seeds has to name seeds, each once")
    }
    guard policies.adapter.dropout == 0 else {
      throw .invalidPlan(
        reason: "policies.adapter.dropout is \(policies.adapter.dropout): texts are drawn without dropout, so it has "
          + "to be 0")
    }
    do { try policyTraining(seed: 0).validate() } catch {
      throw .invalidPlan(reason: "policies.training: \(error)")
    }
  }

  /// More of anything is a slip of the keyboard.
  private static let most = 1 << 20

  /// How the policy of one run is trained.
  func policyTraining(seed: UInt64) -> RLConfiguration {
    var result = policies.training
    (result.seed, result.temperature, result.maximumTokens) = (seed, drawing.temperature, drawing.maximumTokens)
    return result
  }
}
