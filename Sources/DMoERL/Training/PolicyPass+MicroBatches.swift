import DMoECore
import DMoETrain

/// Micro-batches of a step, which ranks share out: each is read alone, and sums have the order of their numbers, so that it
/// does not matter who reads which.
extension PolicyPass {
  /// Reads what stays the same in all updates of a step.
  ///
  /// - Throws: What reading throws, also on another rank; `CommunicatorError`.
  func measure(_ rollOuts: inout [RollOut], over ranks: any Communicator) throws {
    let places = configuration.microBatches(of: rollOuts.count)
    guard ranks.size > 1 || places.count > 1 else { return try measure(&rollOuts) }
    var states: [Int: Matrix] = [:]
    let measures = try ranks.sharing(places.count, as: [TokenMeasures].self) { number in
      var own = Array(rollOuts[places[number]])
      try measure(&own)
      states[number] = Matrix(stacking: own.compactMap(\.measures.referenceStates))
      return own.map(\.measures)
    }
    for (place, measures) in zip(rollOuts.indices, measures.joined()) { rollOuts[place].measures = measures }
    guard ranks.size > 1, keepsReferenceStates else { return }
    // Any rank may learn from any of them, in an order that is drawn anew.
    let all = try ranks.sharing(places.count) { states[$0] ?? Matrix(zeros: 0, 0) }
    for (places, states) in zip(places, all) { rollOuts[places].keep(states) }
  }

  /// The sum over all micro-batches of an update.
  ///
  /// - Throws: What reading throws, also on another rank; `CommunicatorError`.
  func gradients(
    of rollOuts: [RollOut], _ whole: PolicyLoss.Counted, over ranks: any Communicator
  ) throws -> (update: PolicyUpdate, gradients: [ParameterID: Matrix]) {
    guard configuration.microBatch != nil else { return try gradients(of: rollOuts, whole) }
    let places = configuration.microBatches(of: rollOuts.count)
    var trained = self.trained
    let layout = GradientLayout { trained.visitParameters("", $0) }
    var tree = LeafTree(count: places.count)
    let shares = LeafShares(count: places.count, ranks: ranks.size)
    let updates = try ranks.sharing(places.count, as: PolicyUpdate.self, by: shares) { number in
      let (update, gradients) = try self.gradients(of: Array(rollOuts[places[number]]), whole)
      try tree.add(layout.vector(gradients), at: .leaf(number), from: ranks.rank)
      return update
    }
    let (vector, _) = try ranks.sum(tree)
    var update = PolicyUpdate()
    for part in updates { update.add(part) }
    return (update, layout.gradients(vector))
  }
}
