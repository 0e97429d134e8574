import DMoEData

extension TrainingConfiguration {
  /// Checks that every setting is one that can be trained by; what trains asks by itself.
  ///
  /// - Throws: `TrainError.invalidSetting` with the setting's path, such as `base.epochs`.
  public func validate() throws {
    let require = Requirement { TrainError.invalidSetting(path: $0, reason: $1) }
    try data.validate(require.within("data"))
    try start.validate(require.within("start"))
    try router.validate(require.within("router"))
    try base.validate(require.within("base"))
    try expert.validate(require.within("expert"))
    try aggregator.validate(require.within("aggregator"))
    try loss.validate(require.within("loss"))
    try regularization.validate(require.within("regularization"))
    try memory.validate(require.within("memory"))
    try require("checkpointInterval", checkpointInterval, .atLeast(1))
    try require("microBatch", microBatch, .atLeast(1))
    try require(
      "start.bases", fineTuning == .adapter || start.bases != .sharedBase,
      "is sharedBase, but bases tuned in full (fineTuning) start from the backbone's own weights, not from an adapter")
    // Heads and aggregators begin as random numbers, which must not score as if they had learned something.
    for (name, phase) in [("base", base), ("aggregator", aggregator)] {
      try require(
        name, start.warmsHeads || phase.takesSteps,
        "takes no step, and start.warmsHeads is false: what it begins with is random")
    }
  }
}

extension TrainingConfiguration.DataSettings {
  fileprivate func validate(_ require: Requirement<TrainError>) throws {
    try require("baseFraction", baseFraction, .within(0...1))
    try require("validationFraction", validationFraction, .within(0..<1))
    try require("minimumSamples", minimumSamples, .atLeast(1))
    if case .route(let least) = unlabeled {
      try require("unlabeled.route.minimumProbability", least, .within(0...1))
    }
  }
}

extension TrainingConfiguration.StartSettings {
  fileprivate func validate(_ require: Requirement<TrainError>) throws {
    for (index, ridge) in ridges.enumerated() { try require("ridges[\(index)]", ridge, .above(0)) }
  }
}

extension TrainingConfiguration.MemorySettings {
  fileprivate func validate(_ require: Requirement<TrainError>) throws {
    try require("rowsPerPass", rowsPerPass, .atLeast(1))
    try require("trunkCacheBytes", trunkCacheBytes, .atLeast(0))
  }
}
