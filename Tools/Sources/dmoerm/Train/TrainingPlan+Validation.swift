import DMoERM

extension TrainingPlan {
  /// Whether there is a backbone that could be trained by these settings; the backbone that is read says the rest.
  ///
  /// - Parameter place: Where the settings come from, for errors; empty for the command line.
  /// - Throws: `Failure`.
  func validate(in place: String = "") throws {
    let prefix = place.isEmpty ? "" : "\(place): "
    do { try training.validate() } catch let error as TrainError {
      throw Failure("\(prefix)\(error)", status: .usage)
    }
    if let reason = model.contradiction { throw Failure("\(prefix)model: \(reason)", status: .usage) }
  }
}

extension ModelPlan {
  /// The first setting that no model can have.
  fileprivate var contradiction: String? {
    if case .mixture(let threshold) = routing, !(0...1).contains(threshold) {
      return "routing.mixture.threshold is \(threshold); it has to be 0 to 1"
    }
    return base.contradiction("base") ?? expert.contradiction("expert")
      ?? router.adapter?.contradiction("router.adapter") ?? misfit("depth", depth, 1...Int.max)
      ?? misfit("router.depth", router.depth, 1...Int.max) ?? misfit("joinedRank", joinedRank, Bounds.ranks)
      ?? misfit("aggregatorWidth", aggregatorWidth, 2...(1 << 16))
      ?? misfit("maximumTokens", maximumTokens, 1...Int.max)
      ?? misfit("router.maximumTokens", router.maximumTokens, 1...Int.max)
  }
}

/// What is wrong with a number outside its bounds.
private func misfit(_ name: String, _ value: Int?, _ bounds: ClosedRange<Int>) -> String? {
  guard let value, !bounds.contains(value) else { return nil }
  let room =
    bounds.upperBound == .max ? "\(bounds.lowerBound) or more" : "\(bounds.lowerBound) to \(bounds.upperBound)"
  return "\(name) is \(value); it has to be \(room)"
}

extension ModelPlan.Adapter {
  fileprivate func contradiction(_ name: String) -> String? {
    if let reason = misfit("\(name).rank", rank, Bounds.ranks) { return reason }
    if !(alpha > 0 && alpha.isFinite) { return "\(name).alpha is \(alpha); it has to be a number above 0" }
    if !(dropout >= 0 && dropout < 1) { return "\(name).dropout is \(dropout); it has to be 0 or more and below 1" }
    if let reason = misfit("\(name).topLayers", topLayers, 1...Int.max) { return reason }
    if targets.isEmpty { return "\(name).targets is empty" }
    if Set(targets).count < targets.count { return "\(name).targets names a projection twice" }
    return nil
  }
}
