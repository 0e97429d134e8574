/// One of the forward and backward passes that make an optimizer step.
package struct GradientPass: Sendable {
  /// The samples of the pass, by their places in the task's training data.
  package let samples: [Int]
  /// The weight of all the step's samples, which losses are divided by.
  package let totalWeight: Double
  /// What dropout in this pass is drawn from.
  package let dropoutSeed: UInt64
  /// The sum of the rewards of the step's other passes; 0 for a task without `rewardSum`.
  package var otherRewards = 0.0

  /// A pass over these samples.
  package init(samples: [Int], totalWeight: Double, dropoutSeed: UInt64) {
    self.samples = samples
    self.totalWeight = totalWeight
    self.dropoutSeed = dropoutSeed
  }
}
