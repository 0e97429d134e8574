package import DMoECore

/// One optimizer step: the gradients of a task's passes over some samples, added up, and one change of its parameters.
package struct OptimizerStep: Sendable {
  /// What a step came to.
  package struct Result: Sendable {
    /// Of all its passes, before the parameters changed.
    package var sum: PassResult
    /// The gradients' global norm before clipping.
    package var gradientNorm: Double
  }

  /// The samples, by their places in the task's training data.
  package let samples: [Int]
  /// The learning rate.
  package let rate: Double
  /// What the passes' dropout seeds are drawn from.
  package let dropoutSeed: UInt64

  /// A step over these samples.
  package init(samples: [Int], rate: Double, dropoutSeed: UInt64) {
    self.samples = samples
    self.rate = rate
    self.dropoutSeed = dropoutSeed
  }

  /// Takes the step.
  ///
  /// - Throws: `TrainError.diverged` for a loss or gradient that is not finite; the parameters are then as before. What the
  ///   task throws.
  package func take<Task: GradientTask>(
    _ task: inout Task, _ optimizer: inout AdamOptimizer, _ compute: Compute
  ) throws -> Result {
    let step = optimizer.step + 1
    let (sum, gradients) = try gradients(of: task, compute)
    guard sum.loss.isFinite else { throw TrainError.diverged(phase: task.name, step: step) }
    let norm = optimizer.update({ task.visitParameters($0) }, gradients, rate: rate, compute)
    guard norm.isFinite else { throw TrainError.diverged(phase: task.name, step: step) }
    return Result(sum: sum, gradientNorm: norm)
  }

  /// Runs every pass forward and backward and adds up what they give.
  private func gradients(
    of task: some GradientTask, _ compute: Compute
  ) throws -> (sum: PassResult, gradients: [ParameterID: Matrix]) {
    var sum = PassResult()
    var gradients = GradientSum()
    for pass in try passes(of: task) {
      let (result, own) = try task.gradients(pass)
      sum += result
      gradients.add(own, compute)
    }
    return (sum, gradients.gradients)
  }

  /// The passes, each told of the rewards of the others.
  private func passes(of task: some GradientTask) throws -> [GradientPass] {
    let weight = samples.reduce(0) { $0 + task.weight(of: $1) }
    var passes = task.passes(samples).enumerated().map { index, own in
      GradientPass(
        samples: own, totalWeight: weight, dropoutSeed: RandomSource.seed(dropoutSeed, stream: UInt64(index)))
    }
    guard passes.count > 1 else { return passes }
    let sums = try passes.map { try task.rewardSum($0) }
    let total = sums.reduce(0, +)
    for index in passes.indices { passes[index].otherRewards = total - sums[index] }
    return passes
  }
}
