import DMoECore
import Foundation

/// What one optimizer step came to.
struct StepResult {
  var sum: PassResult
  var gradientNorm: Double
  var seconds: Double

  func metrics(_ phase: TrainingPhase, step: Int, plannedSteps: Int, epoch: Double, rate: Double) -> StepMetrics {
    StepMetrics(
      phase: phase, step: step, plannedSteps: plannedSteps, epoch: epoch, loss: sum.meanLoss, accuracy: sum.accuracy,
      margin: sum.pairs > 0 ? sum.margin / Double(sum.pairs) : 0,
      meanReward: sum.rewardCount > 0 ? sum.rewards / Double(sum.rewardCount) : 0, gradientNorm: gradientNorm,
      learningRate: rate, regularization: sum.regularization.map { $0 / max(sum.weight, .leastNormalMagnitude) },
      tokensPerSecond: Double(sum.tokens) / max(1e-9, seconds))
  }
}

extension AdamOptimizer {
  /// Adds up the gradients of a step's passes and changes the task's parameters.
  ///
  /// - Throws: `TrainError.diverged` for a loss or gradient that is not finite; the parameters are then as before.
  mutating func step<Task: GradientTask>(
    _ task: inout Task, _ samples: [Int], rate: Double, dropoutSeed: UInt64, _ compute: Compute
  ) throws -> StepResult {
    let start = Date()
    let weight = samples.reduce(0) { $0 + task.weight(of: $1) }
    var sum = PassResult()
    var gradients: [ParameterID: Matrix] = [:]
    var passes = task.passes(samples).enumerated().map { index, own in
      GradientPass(
        samples: own, totalWeight: weight, dropoutSeed: RandomSource.seed(dropoutSeed, stream: UInt64(index)))
    }
    if passes.count > 1 {
      let sums = try passes.map { try task.rewardSum($0) }
      let total = sums.reduce(0, +)
      for index in passes.indices { passes[index].otherRewards = total - sums[index] }
    }
    for pass in passes {
      let (result, own) = try task.gradients(pass)
      sum += result
      for (id, gradient) in own {
        if var old = gradients.removeValue(forKey: id) {
          compute.add(gradient, scale: 1, to: &old)
          gradients[id] = old
        } else {
          gradients[id] = gradient
        }
      }
    }
    guard sum.loss.isFinite else { throw TrainError.diverged(phase: task.phase.description, step: step + 1) }
    let norm = update({ task.visitParameters($0) }, gradients, rate: rate, compute)
    guard norm.isFinite else { throw TrainError.diverged(phase: task.phase.description, step: step + 1) }
    return StepResult(sum: sum, gradientNorm: norm, seconds: Date().timeIntervalSince(start))
  }
}
