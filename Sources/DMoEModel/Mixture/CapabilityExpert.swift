/// A capability expert with the scale of its own rewards.
package struct CapabilityExpert: Sendable {
  /// The expert; it includes the adapter of the base that it was trained on.
  package var expert: Expert
  /// The mean and deviation of its rewards on its training data; `nil` if they were not recorded, and no rule may combine
  /// them with others.
  package var scale: RewardNormalization?

  /// An expert with its scale.
  package init(_ expert: Expert, scale: RewardNormalization?) {
    self.expert = expert
    self.scale = scale
  }
}
