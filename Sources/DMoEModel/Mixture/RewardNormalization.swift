/// A mean and deviation of a category's rewards on its training data: they make the categories' rewards comparable.
package struct RewardNormalization: Sendable, Equatable, Codable {
  /// The mean of the raw rewards.
  package var mean: Float
  /// The standard deviation of the raw rewards.
  package var deviation: Float

  /// The normalization by this mean and deviation; the default leaves rewards as they are.
  package init(mean: Float = 0, deviation: Float = 1) {
    self.mean = mean
    self.deviation = deviation
  }

  /// The normalized reward: how many deviations the raw one lies from the mean.
  package func callAsFunction(_ raw: Float) -> Float { (raw - mean) / deviation }
}
