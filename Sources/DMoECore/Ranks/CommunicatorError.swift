public import protocol Foundation.LocalizedError

/// What can go wrong between the ranks of a task.
public enum CommunicatorError: Error, Equatable, Sendable {
  /// Ranks cannot be started, or what runs beneath them refused an operation.
  case failed(operation: String, reason: String)
  /// Another rank has ended before the task did.
  case rankLost(rank: Int)
  /// A rank sent bytes that are not what they should be, as one of another version may.
  case malformedMessage(sender: Int, reason: String)
}

extension CommunicatorError: CustomStringConvertible {
  /// One sentence that says what is wrong.
  public var description: String {
    switch self {
    case .failed(let operation, let reason): "the ranks cannot \(operation): \(reason)"
    case .rankLost(let rank): "rank \(rank) ended before the work did"
    case .malformedMessage(let sender, let reason):
      "what rank \(sender) sent is not what it should be (\(reason)); all ranks have to run the same program"
    }
  }
}

extension CommunicatorError: LocalizedError {
  /// The same sentence, for `localizedDescription`.
  public var errorDescription: String? { description }
}
