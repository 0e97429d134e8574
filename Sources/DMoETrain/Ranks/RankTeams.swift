import DMoEModel

/// Which ranks train which phases, where more of them have nothing to do than phases can begin: the others help, so that a phase
/// is trained by several, who share out the micro-batches of its steps.
struct RankTeams {
  /// The ranks of each phase, the first of which tells of it.
  private(set) var teams: [(phase: TrainingPhase, ranks: [Int])]
  /// Ranks that are left, in their order.
  private(set) var idle: [Int]

  /// - Parameters:
  ///   - phases: Those that can begin, at most as many as ranks.
  ///   - idle: Ranks with nothing to do.
  ///   - costs: The work of each phase.
  ///   - limits: The most ranks that have something to do in a phase.
  init(_ phases: [TrainingPhase], idle: [Int], costs: (TrainingPhase) -> Double, limits: (TrainingPhase) -> Int) {
    teams = zip(phases, idle).map { ($0, [$1]) }
    self.idle = Array(idle.dropFirst(phases.count))
    while let rank = self.idle.first {
      // The phase that takes longest as it is; of equals the first.
      let open = teams.indices.filter { teams[$0].ranks.count < limits(teams[$0].phase) }
      func work(_ team: Int) -> Double { costs(teams[team].phase) / Double(teams[team].ranks.count) }
      guard let most = open.map(work).max(), let next = open.first(where: { work($0) == most }) else { break }
      teams[next].ranks.append(rank)
      self.idle.removeFirst()
    }
  }
}

extension TrainingConfiguration {
  /// The most ranks among which a phase of a model can be shared out: the micro-batches of its steps, or one where there are none; as
  /// many as there are where texts are only read.
  func ranks(in phase: TrainingPhase, of model: RewardModel.Configuration) -> Int {
    onlyReads(phase, of: model) ? .max : leaves(ofStepIn: phase, samples: .max)
  }

  /// Whether a phase takes no gradient steps: its texts are read once, and Newton's method finds what is sought.
  func onlyReads(_ phase: TrainingPhase, of model: RewardModel.Configuration) -> Bool {
    switch phase {
    case .router: model.router.adapter == nil && !router.ridges.isEmpty
    case .sharedHead: true
    case .sharedBase, .base, .expert, .aggregator: false
    }
  }

  /// The settings of a phase's gradient steps.
  func steps(of phase: TrainingPhase) -> PhaseTraining {
    switch phase {
    case .router: router.phase
    case .sharedHead, .sharedBase, .base: base
    case .expert: expert
    case .aggregator: aggregator
    }
  }
}
