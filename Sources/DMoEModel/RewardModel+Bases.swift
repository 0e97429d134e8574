extension RewardModel {
  /// The model as phase 1 left it: every category scored by its base alone, without experts and aggregator.
  ///
  /// For measuring what the inner mixture adds. Rewards are raw, since the stored normalisation is the mixture's.
  public func usingBasesOnly() -> RewardModel {
    var result = self
    for index in result.inner.indices where result.inner[index].isMixing {
      result.inner[index].aggregator = nil
      result.inner[index].combination = nil
      result.inner[index].normalization = RewardNormalization()
    }
    return result
  }
}
