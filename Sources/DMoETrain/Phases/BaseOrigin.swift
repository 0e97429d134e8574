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
  /// The origin of a run's bases; a shared base or head that was left out for too few samples is replaced by nothing.
  init(in run: TrainingRun) throws {
    let (model, start) = (run.untrained, run.configuration.start.bases)
    self = .own
    guard model.inner.count > 1 else { return }
    if start == .sharedBase, let shared = try run.kept(SharedBasePhase().name) {
      self = .base(try shared.expert(for: model))
    } else if let shared = try run.kept(SharedHeadPhase().name) {
      self = .head(try shared.expert(for: model).head)
    }
  }
}
