/// The phases of a run that are still to be done, for several ranks: which can begin, and which of those should.
///
/// First comes the phase behind which most work waits: its own and that of the longest chain of phases that need it (the
/// upward rank of list scheduling; Topcuoglu, Hariri and Wu, IEEE TPDS 13, 2002). Which rank trains a phase, and when,
/// changes nothing of its result.
struct WorkList {
  private enum State { case waiting, underWay, over }

  private let names: [TrainingPhase]
  private let needs: [TrainingPhase: [TrainingPhase]]
  /// The work of each and of what waits for it.
  private let work: [TrainingPhase: Double]
  private var states: [TrainingPhase: State]

  /// - Parameters:
  ///   - names: All phases, in an order in which each comes after what it needs.
  ///   - needs: What has to be over before each.
  ///   - costs: The work of each, in any unit.
  init(
    _ names: [TrainingPhase], needs: (TrainingPhase) -> [TrainingPhase], costs: (TrainingPhase) -> Double
  ) {
    self.names = names
    let needs = Dictionary(uniqueKeysWithValues: names.map { ($0, needs($0)) })
    self.needs = needs
    var work: [TrainingPhase: Double] = [:]
    for name in names.reversed() {
      let behind = names.filter { needs[$0]?.contains(name) ?? false }.compactMap { work[$0] }.max() ?? 0
      work[name] = costs(name) + behind
    }
    self.work = work
    states = Dictionary(uniqueKeysWithValues: names.map { ($0, .waiting) })
  }

  /// Whether everything is done.
  var isOver: Bool { states.values.allSatisfy { $0 == .over } }

  /// Takes the phase that should begin next; `nil` if none can until another ends.
  mutating func take() -> TrainingPhase? {
    let ready = names.filter { name in
      states[name] == .waiting && (needs[name] ?? []).allSatisfy { states[$0] == .over }
    }
    // Of equals the first, so that the order is the same every time.
    guard let most = ready.map({ work[$0] ?? 0 }).max(), let next = ready.first(where: { work[$0] ?? 0 == most }) else {
      return nil
    }
    states[next] = .underWay
    return next
  }

  /// Notes that a phase is over, whether it was trained now, before, or left out.
  mutating func end(_ name: TrainingPhase) { states[name] = .over }
}
