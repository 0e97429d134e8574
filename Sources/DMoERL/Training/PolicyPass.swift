import DMoECore
import DMoEModel
import DMoEPolicy
import DMoETrain

/// What is read of a policy on what was sampled, a few groups at a time: measures before the first update, and the gradients
/// of a loss.
struct PolicyPass {
  let trained: TrainedPolicy
  let configuration: RLConfiguration

  private var policy: LanguageModel { trained.model }

  private func parts(_ rollOuts: [RollOut]) -> [Range<Int>] {
    StateReader.chunks(rollOuts.map(\.rowCount), limit: configuration.rowsPerPass)
  }

  /// Reads what stays the same in all updates of a step: log-probabilities under the reference, and the values.
  func measure(_ rollOuts: inout [RollOut]) throws {
    for part in parts(rollOuts) {
      let items = rollOuts[part].map(\.encoded)
      let graph = Graph(policy.compute)
      if let kl = configuration.objective.kl, kl.estimator != .exact {
        let reference = try policy.tokenValues(
          graph, of: items, temperature: configuration.temperature, adapter: nil)
        rollOuts[part].distribute(reference.value, column: 0, to: \.measures.reference)
      }
      let kl = configuration.objective.kl.flatMap { $0.estimator == .exact ? $0 : nil }
      let reference = try kl.map { _ in try policy.predictingStates(graph, of: items, adapter: nil).states.value }
      if let reference { rollOuts[part].keep(reference) }
      guard trained.valueHead != nil || kl?.place == .reward else { continue }
      let read = try policy.predictingStates(graph, of: items, adapter: policy.adapter)
      if let head = trained.valueHead {
        rollOuts[part].distribute(head(graph, read.states).value, column: 0, to: \.measures.values)
      }
      if kl?.place == .reward, let reference {
        let values = graph.logProbabilities(
          read.states, head: policy.head, targets: read.targets, temperature: configuration.temperature,
          reference: reference)
        rollOuts[part].distribute(values.value, column: 2, to: \.measures.divergences)
      }
    }
  }

  /// The sum over all passes.
  func gradients(
    of rollOuts: [RollOut], _ whole: PolicyLoss.Counted
  ) throws -> (update: PolicyUpdate, gradients: [ParameterID: Matrix]) {
    var update = PolicyUpdate()
    var sum = GradientSum()
    for part in parts(rollOuts) {
      let (own, gradients) = try gradients(ofPart: Array(rollOuts[part]), whole)
      update.loss += own.policy.value
      update.valueLoss += own.value
      update.divergence += own.policy.divergence
      update.clipped += own.policy.clippedLow + own.policy.clippedHigh + own.policy.clippedDual
      update.tokens += own.policy.counted.tokens
      sum.add(gradients, policy.compute)
    }
    return (update, sum.gradients)
  }

  private func gradients(
    ofPart rollOuts: [RollOut], _ whole: PolicyLoss.Counted
  ) throws -> (loss: (policy: PolicyLoss, value: Double), gradients: [ParameterID: Matrix]) {
    // Samples were drawn without dropout, and the ratio is one of the same arithmetic: there is none here either.
    let tape = Tape(training: trained.parameterIDs)
    let graph = Graph(policy.compute, tape: tape)
    let read = try policy.predictingStates(graph, of: rollOuts.map(\.encoded), adapter: policy.adapter)
    let values = graph.logProbabilities(
      read.states, head: policy.head, targets: read.targets, temperature: configuration.temperature,
      reference: charged(rollOuts))
    var completions = rollOuts.flatMap(\.scored)
    completions.read(values.value)
    let loss = try PolicyLoss(of: completions, under: configuration.objective, partOf: whole)
    var results = [(result: values, seed: loss.seed(columns: values.columns))]
    var valueLoss = 0.0
    if let head = trained.valueHead {
      let states = configuration.value.trainsAdapter ? read.states : Variable(constant: read.states.value)
      let estimates = head(graph, states)
      let held = hold(estimates.value, completions, rollOuts, whole)
      valueLoss = held.loss
      results.append((estimates, held.seed))
    }
    tape.backward(from: results, policy.compute)
    return ((loss, valueLoss), tape.gradients)
  }

  /// The states of the reference, where the loss charges the divergence of whole distributions.
  private func charged(_ rollOuts: [RollOut]) -> Matrix? {
    guard let kl = configuration.objective.kl, kl.estimator == .exact, kl.place == .loss else { return nil }
    return Matrix(stacking: rollOuts.compactMap(\.measures.referenceStates))
  }

  /// Holds the values of all completions that count to their returns.
  ///
  /// Shapes: values [tokens of all, 1] -> seed [tokens of all, 1], 0 where a completion is left out.
  private func hold(
    _ values: Matrix, _ completions: [ScoredCompletion], _ rollOuts: [RollOut], _ whole: PolicyLoss.Counted
  ) -> (loss: Double, seed: Matrix) {
    let old = rollOuts.flatMap(\.measures.values)
    let returns = rollOuts.flatMap(\.measures.returns)
    var (rows, next): ([Int], Int) = ([], 0)
    var (oldValues, targets): ([Float], [Double]) = ([], [])
    for (place, completion) in completions.enumerated() {
      let own = next..<next + completion.oldLogProbabilities.count
      next = own.upperBound
      guard completion.counts(under: configuration.objective), let goal = returns[place] else { continue }
      rows += own
      oldValues += old[place]
      targets += goal
    }
    let found = configuration.value.loss.evaluate(
      values: rows.map { values[$0, 0] }, old: oldValues, returns: targets, partOf: whole.tokens)
    var seed = Matrix(zeros: values.rows, 1)
    for (row, gradient) in zip(rows, found.gradients) {
      seed[row, 0] = Float(configuration.value.coefficient) * gradient
    }
    return (found.value, seed)
  }
}

extension ArraySlice<RollOut> {
  /// Hands a column of what was read of the tokens of all completions back to where the tokens are.
  ///
  /// Shapes: values [tokens of all, any].
  fileprivate mutating func distribute(
    _ values: Matrix, column: Int, to path: WritableKeyPath<RollOut, [[Float]]>
  ) {
    var row = 0
    for index in indices {
      self[index][keyPath: path] = self[index].completions.map { completion in
        defer { row += completion.tokens.count }
        return (row..<row + completion.tokens.count).map { values[$0, column] }
      }
    }
  }
}

extension ArraySlice<RollOut> {
  /// Hands the states of the reference back to where the tokens are.
  ///
  /// Shapes: states [tokens of all, hidden].
  fileprivate mutating func keep(_ states: Matrix) {
    var row = 0
    for index in indices {
      let rows = row..<row + self[index].completions.reduce(0) { $0 + $1.tokens.count }
      self[index].measures.referenceStates = states.rows(rows)
      row = rows.upperBound
    }
  }
}

extension [ScoredCompletion] {
  /// Takes log-probabilities, entropies and, where they are there, divergences. Shapes: [tokens of all, 2 or 3].
  fileprivate mutating func read(_ values: Matrix) {
    var row = 0
    for index in indices {
      let rows = row..<row + self[index].oldLogProbabilities.count
      self[index].logProbabilities = rows.map { values[$0, 0] }
      self[index].entropies = rows.map { values[$0, 1] }
      if values.columns == 3 { self[index].divergences = rows.map { values[$0, 2] } }
      row = rows.upperBound
    }
  }
}

extension PolicyLoss {
  /// The derivatives by log-probability, entropy and divergence, as far as the head gives them. Shape: [tokens of all, columns].
  fileprivate func seed(columns: Int) -> Matrix {
    let rows = gradients.flatMap { own in
      own.logProbabilities.indices.flatMap {
        [own.logProbabilities[$0], own.entropies[$0], own.divergences[$0]].prefix(columns)
      }
    }
    return Matrix(rows.count / columns, columns, rows)
  }
}
