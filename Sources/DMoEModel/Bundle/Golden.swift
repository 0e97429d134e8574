import DMoEData

/// A text whose ids and reward were recorded when the bundle was written, and are checked when it is read.
struct Golden: Sendable, Equatable, Codable {
  /// The conversation that was read.
  let conversation: Conversation
  /// The response that was scored.
  let response: String
  /// Prompt and response as token ids.
  let ids: [Int32]
  /// The identifier of the category that scored it.
  let category: String
  /// The reward that it got when the bundle was written.
  let reward: Float
}

/// The check of a bundle against its golden texts when it is read.
public enum GoldenCheck: String, Sendable, CaseIterable {
  /// Their token ids, and the reward of the shortest: a wrong template, tokenizer, backbone or kernel shows, at the cost
  /// of scoring one short text.
  case shortest
  /// The ids and rewards of all.
  case all
  /// No golden text is encoded or scored.
  case none
}
