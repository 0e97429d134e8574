extension RewardModel {
  /// The model as phase 1 left it: every category scored by its base alone, without experts and aggregator; of an
  /// ensemble its first member.
  ///
  /// For measuring what the inner mixture adds. Rewards are raw where the stored normalization is the aggregator's.
  public func usingBasesOnly() -> RewardModel {
    var result = self
    result.configuration.combination = nil
    result.inner = inner.map(\.withBaseAlone)
    result.companions = []
    return result
  }
}
