import DMoEModel

extension PhasePlan {
  /// The phases that have to be over before another can begin, in the order of the plan: what it trains on top of, and what
  /// decides which samples it has. All others may run beside it.
  func needs(of phase: TrainingPhase) -> [TrainingPhase] {
    names.filter { other in
      switch (other, phase) {
      case (.router, .router): false
      // It gives samples without a category one.
      case (.router, _): routesSamples
      case (.sharedHead, .base), (.sharedBase, .base): true
      case (.base(let own), .expert(let category, _)): own == category
      case (.base(let own), .aggregator(let category)), (.expert(let own, _), .aggregator(let category)):
        own == category
      default: false
      }
    }
  }

  /// The phase of a name.
  subscript(name: TrainingPhase) -> (any Phase)? { phases.first { $0.name == name } }
}
