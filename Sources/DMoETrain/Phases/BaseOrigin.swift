import DMoECore
import DMoEModel

/// What the bases of a run start from (`TrainingConfiguration.BaseStart`).
enum BaseOrigin {
  /// What the untrained model drew.
  case own
  /// That, with heads near this one.
  case head(ValueHead)
  /// The shared base.
  case base(Expert)

  /// The head that a base's own stays near.
  var head: ValueHead? {
    switch self {
    case .own: nil
    case .head(let head): head
    case .base(let expert): expert.head
    }
  }

  /// What a base of its own starts as, where it is not what the untrained model drew.
  var expert: Expert? { if case .base(let expert) = self { expert } else { nil } }
}

extension BaseOrigin {
  /// The origin of a run's bases; a shared base that was left out for too few samples is replaced by a shared head.
  init(in run: TrainingRun, progress: ReadingProgress) throws {
    let (model, start) = (run.untrained, run.configuration.start.bases)
    self = .own
    guard start != .own, model.inner.count > 1 else { return }
    if start == .sharedBase, let shared = try run.kept(SharedBasePhase().name) {
      self = .base(try shared.expert(for: model))
    } else if run.configuration.start.warmsHeads, let head = try Self.sharedHead(in: run, progress) {
      self = .head(head)
    }
  }

  /// The best linear reward on the untrained states of all categories' base samples, for their bases to start near.
  private static func sharedHead(in run: TrainingRun, _ progress: ReadingProgress) throws -> ValueHead? {
    let model = run.untrained
    var examples: [RankedExample] = []
    var states: [Matrix] = []
    for (index, inner) in model.inner.enumerated() {
      // Each sample once: the base that conversations fall back on would have all of them again.
      let own = try BasePhase(category: inner.category, index: index).ownSamples(in: run).training
      // Any untrained base gives the frozen backbone's states.
      states += try model.reader.states(
        ofEach: own.map(\.encoded), experts: [[model.inner[0].base.adapter]], cache: run.cache, progress: progress)
      examples += own
    }
    guard !examples.isEmpty else { return nil }
    return try WarmStart.head(
      on: Matrix(stacking: states), examples, ridges: run.configuration.start.ridges, model.compute)
  }
}
