package import DMoECore
import Foundation

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
  /// Samples of a micro-batch; `nil` for a step as a whole, which no ranks share.
  package let microBatch: Int?
  /// The ranks that take the step together.
  package let ranks: any Communicator

  /// A step over these samples.
  package init(
    samples: [Int], rate: Double, dropoutSeed: UInt64, microBatch: Int? = nil, ranks: any Communicator = SingleRank()
  ) {
    precondition(microBatch != nil || ranks.size == 1, "ranks share micro-batches")
    self.samples = samples
    self.rate = rate
    self.dropoutSeed = dropoutSeed
    self.microBatch = microBatch
    self.ranks = ranks
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
    guard let microBatch else {
      var passes = [passes(of: task, samples, seed: dropoutSeed)]
      try tellOfOthers(&passes, task)
      return try sum(passes[0], of: task, compute)
    }
    let count = max(1, (samples.count + microBatch - 1) / microBatch)
    let share = LeafShares(count: count, ranks: ranks.size)[ranks.rank]
    var leaves = share.map { number in
      passes(
        of: task, Array(samples.dropFirst(number * microBatch).prefix(microBatch)),
        seed: RandomSource.seed(dropoutSeed, stream: UInt64(number)))
    }
    try tellOfOthers(&leaves, task)
    var copy = task
    let layout = GradientLayout { copy.visitParameters($0) }
    var tree = LeafTree(count: count)
    var results: [PassResult] = []
    for (number, passes) in zip(share, leaves) {
      let (result, gradients) = try sum(passes, of: task, compute)
      results.append(result)
      try tree.add(layout.vector(gradients), at: .leaf(number), from: ranks.rank)
    }
    let (vector, notes) = try ranks.sum(tree, note: PassResult.bytes(results))
    var sum = PassResult()
    for (sender, note) in notes.enumerated() {
      for result in try PassResult.all(in: note, from: sender) { sum += result }
    }
    return (sum, layout.gradients(vector))
  }

  private func sum(
    _ passes: [GradientPass], of task: some GradientTask, _ compute: Compute
  ) throws -> (sum: PassResult, gradients: [ParameterID: Matrix]) {
    var sum = PassResult()
    var gradients = GradientSum()
    for pass in passes {
      let (result, own) = try task.gradients(pass)
      sum += result
      gradients.add(own, compute)
    }
    return (sum, gradients.gradients)
  }

  /// The passes over some of the step's samples.
  private func passes(of task: some GradientTask, _ samples: [Int], seed: UInt64) -> [GradientPass] {
    let weight = self.samples.reduce(0) { $0 + task.weight(of: $1) }
    return task.passes(samples).enumerated().map { index, own in
      GradientPass(samples: own, totalWeight: weight, dropoutSeed: RandomSource.seed(seed, stream: UInt64(index)))
    }
  }

  /// Tells each pass of this rank of the rewards of all others of the step, in the order of the samples.
  private func tellOfOthers(_ leaves: inout [[GradientPass]], _ task: some GradientTask) throws {
    guard task.needsRewardSums, ranks.size > 1 || leaves.joined().count > 1 else { return }
    let own = try leaves.map { try $0.map { try task.rewardSum($0) } }
    let bits = own.joined().map(\.bitPattern)
    var total = 0.0
    for bytes in try ranks.allGather(bits.withUnsafeBytes { Data($0) }) {
      for place in 0..<bytes.count / 8 {
        total += bytes.withUnsafeBytes {
          Double(bitPattern: $0.loadUnaligned(fromByteOffset: place * 8, as: UInt64.self))
        }
      }
    }
    for leaf in leaves.indices {
      for pass in leaves[leaf].indices { leaves[leaf][pass].otherRewards = total - own[leaf][pass] }
    }
  }
}
