import DMoEFoundation

public import protocol Foundation.LocalizedError

/// What can go wrong in an evaluation: rewards or routing decisions that do not fit the samples that they are of.
public enum EvaluationError: Error, Equatable, Sendable {
  /// Rewards or routing decisions do not fit their samples.
  case invalidRewards(reason: String)
  /// A file of rewards has none for so many items, of which `first` is the identifier of the first.
  case missingRewards(file: String, items: Int, first: String)
}

extension EvaluationError: CustomStringConvertible {
  /// One sentence that says what does not fit.
  public var description: String {
    switch self {
    case .invalidRewards(let reason): "the rewards do not fit the samples: \(reason)"
    case .missingRewards(let file, let items, let first):
      "\(file) has no rewards for \(items) of the items; the first is \(KeyText.quoted(first))"
    }
  }
}

extension EvaluationError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
