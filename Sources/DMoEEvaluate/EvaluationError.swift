public import protocol Foundation.LocalizedError

/// What can be wrong with an evaluation: rewards or decisions that do not belong to what is judged by them.
public enum EvaluationError: Error, Equatable, Sendable {
  /// Rewards or routing decisions do not fit their samples.
  case invalidRewards(reason: String)
}

extension EvaluationError: CustomStringConvertible {
  /// One sentence that says what is wrong with what is measured.
  public var description: String {
    switch self {
    case .invalidRewards(let reason): "the rewards do not fit the samples: \(reason)"
    }
  }
}

extension EvaluationError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
