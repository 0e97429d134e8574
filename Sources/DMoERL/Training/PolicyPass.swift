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

  /// Reads what stays the same in all updates of a step: what the reference says of the tokens, and the values.
  func measure(_ rollOuts: inout [RollOut]) throws {
    for part in parts(rollOuts) {
      try measureReference(of: &rollOuts[part])
      guard trained.valueHead != nil || chargesExactly(.reward) else { continue }
      let graph = Graph(policy.compute)
      let read = try policy.predictingStates(graph, of: rollOuts[part].map(\.encoded), adapter: policy.adapter)
      if let head = trained.valueHead {
        rollOuts[part].distribute(head(graph, read.states).value, column: 0, to: \.measures.values)
      }
      if chargesExactly(.reward) {
        let values = graph.logProbabilities(
          read.states, head: policy.head, targets: read.targets, temperature: configuration.temperature,
          reference: referenceStates(of: rollOuts[part]))
        rollOuts[part].distribute(values.value, column: 2, to: \.measures.divergences)
      }
    }
  }

  /// Log-probabilities, or for whole distributions the states that they are made of.
  private func measureReference(of rollOuts: inout ArraySlice<RollOut>) throws {
    guard let kl = configuration.objective.kl else { return }
    let (graph, items) = (Graph(policy.compute), rollOuts.map(\.encoded))
    if kl.estimator == .exact {
      rollOuts.keep(try policy.predictingStates(graph, of: items, adapter: nil).states.value)
    } else {
      let values = try policy.tokenValues(graph, of: items, temperature: configuration.temperature, adapter: nil)
      rollOuts.distribute(values.value, column: 0, to: \.measures.reference)
    }
  }

  /// Whether the states that the reference's distributions are made of are needed until the last update.
  var keepsReferenceStates: Bool { chargesExactly(.loss) }

  /// Whether the divergence of whole distributions is charged in this place.
  private func chargesExactly(_ place: KLPenalty.Place) -> Bool {
    configuration.objective.kl.map { $0.estimator == .exact && $0.place == place } ?? false
  }

  /// The states of the reference as they were kept, those of all tokens one below the other.
  private func referenceStates(of rollOuts: some Collection<RollOut>) -> Matrix {
    Matrix(stacking: rollOuts.compactMap(\.measures.referenceStates))
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
      reference: chargesExactly(.loss) ? referenceStates(of: rollOuts) : nil)
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
