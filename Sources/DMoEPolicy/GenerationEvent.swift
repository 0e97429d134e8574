/// A token that was written just now.
public struct GenerationEvent: Sendable, Equatable {
  /// The place of its prompt among those that were given, counted from 0.
  public let prompt: Int
  /// The number of its sample.
  public let sample: Int
  /// The token.
  public let token: Completion.Token
  /// The text that is now certain and was not told before: whole characters, none that a string which ends the text could
  /// begin with. The pieces of a sample together are its text.
  public let text: String
  /// All of the sample, if this is its last token.
  public let completion: Completion?
}
