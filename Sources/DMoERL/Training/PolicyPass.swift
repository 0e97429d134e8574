import DMoECore
import DMoEModel
import DMoEPolicy
import DMoETrain

/// What an update came to.
struct PolicyUpdate: Sendable, Equatable {
  /// At the first update.
  var loss: Double
  /// Sums over tokens and updates.
  var divergence = 0.0
  var clipped = 0
  var tokens = 0
  var gradientNorm = 0.0

  /// Two updates of a step as one.
  func followed(by next: PolicyUpdate) -> PolicyUpdate {
    PolicyUpdate(
      loss: loss, divergence: divergence + next.divergence, clipped: clipped + next.clipped,
      tokens: tokens + next.tokens, gradientNorm: next.gradientNorm)
  }
}

/// The gradients of a policy's loss on what was sampled, a few groups at a time.
struct PolicyPass {
  let policy: LanguageModel
  let configuration: RLConfiguration

  /// The sum over all passes.
  func gradients(
    of rollOuts: [RollOut], _ whole: PolicyLoss.Counted
  ) throws -> (update: PolicyUpdate, gradients: [ParameterID: Matrix]) {
    var update = PolicyUpdate(loss: 0)
    var sums: [ParameterID: Matrix] = [:]
    for part in StateReader.chunks(rollOuts.map(\.rowCount), limit: configuration.rowsPerPass) {
      let (own, gradients) = try gradients(ofPart: Array(rollOuts[part]), whole)
      update.loss += own.value
      update.divergence += own.divergence
      update.clipped += own.clippedLow + own.clippedHigh + own.clippedDual
      update.tokens += own.counted.tokens
      for (id, gradient) in gradients {
        if var sum = sums.removeValue(forKey: id) {
          policy.compute.add(gradient, scale: 1, to: &sum)
          sums[id] = sum
        } else {
          sums[id] = gradient
        }
      }
    }
    return (update, sums)
  }

  private func gradients(
    ofPart rollOuts: [RollOut], _ whole: PolicyLoss.Counted
  ) throws -> (loss: PolicyLoss, gradients: [ParameterID: Matrix]) {
    guard var adapter = policy.adapter else { throw PolicyError.noAdapter }
    var parameters: Set<ParameterID> = []
    adapter.visitParameters("") { _, parameter in parameters.insert(parameter.id) }
    // Samples were drawn without dropout, and the ratio is one of the same arithmetic: there is none here either.
    let tape = Tape(training: parameters)
    let items = rollOuts.map(\.encoded)
    let values = try policy.tokenValues(
      Graph(policy.compute, tape: tape), of: items, temperature: configuration.temperature, adapter: adapter)
    var completions = rollOuts.flatMap(\.scored)
    completions.read(values.value)
    if let kl = configuration.objective.kl, kl.estimator != .exact {
      let reference = try policy.tokenValues(
        Graph(policy.compute), of: items, temperature: configuration.temperature, adapter: nil)
      completions.readReference(reference.value)
    }
    let loss = try PolicyLoss(of: completions, under: configuration.objective, partOf: whole)
    tape.backward(from: values, seed: loss.seed, policy.compute)
    return (loss, tape.gradients)
  }
}

extension [ScoredCompletion] {
  /// Takes log-probabilities and entropies [tokens of all, 2].
  fileprivate mutating func read(_ values: Matrix) {
    var row = 0
    for index in indices {
      let rows = row..<row + self[index].oldLogProbabilities.count
      self[index].logProbabilities = rows.map { values[$0, 0] }
      self[index].entropies = rows.map { values[$0, 1] }
      row = rows.upperBound
    }
  }

  /// Takes the log-probabilities of the reference [tokens of all, 2].
  fileprivate mutating func readReference(_ values: Matrix) {
    var row = 0
    for index in indices {
      let rows = row..<row + self[index].oldLogProbabilities.count
      self[index].referenceLogProbabilities = rows.map { values[$0, 0] }
      row = rows.upperBound
    }
  }
}

extension PolicyLoss {
  /// The derivatives by log-probability and entropy, as the head gives both. Shape: [tokens of all, 2].
  fileprivate var seed: Matrix {
    let rows = gradients.flatMap { own in zip(own.logProbabilities, own.entropies).flatMap { [$0, $1] } }
    return Matrix(rows.count / 2, 2, rows)
  }
}
