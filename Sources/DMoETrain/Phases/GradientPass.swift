/// One of the forward and backward passes that make an optimizer step.
struct GradientPass {
  let samples: [Int]
  /// Of all the step's samples.
  let totalWeight: Double
  let dropoutSeed: UInt64
  /// The sum of the rewards of the step's other passes; 0 for a task without `rewardSum`.
  var otherRewards = 0.0
}
