public import DMoEData
import DMoEModel

extension LanguageModel {
  /// Writes texts that answer a conversation; the conversation is computed once for all of them.
  ///
  /// - Parameters:
  ///   - conversation: What is answered.
  ///   - count: How many samples.
  ///   - options: How tokens are chosen, and where a text ends.
  /// - Returns: The samples, in their order.
  /// - Throws: What `generate(ids:count:options:)` and `promptIDs(_:)` throw.
  public func generate(
    _ conversation: Conversation, count: Int = 1, options: GenerationOptions = GenerationOptions()
  ) throws -> [Completion] {
    try generate([conversation], count: count, options: options)[0]
  }

  /// Writes texts that answer several conversations, side by side.
  ///
  /// A sample depends on the model, the conversation, the settings and its own number; with weights whose products keep rows
  /// apart (`precision: .stored`, the plain Swift backend) in every bit, whatever is written beside it, otherwise within rounding.
  ///
  /// - Returns: For every conversation its samples, in their order.
  public func generate(
    _ conversations: [Conversation], count: Int = 1, options: GenerationOptions = GenerationOptions()
  ) throws -> [[Completion]] {
    try generate(ids: conversations.map(promptIDs), count: count, options: options)
  }

  /// Writes texts that go on from token ids.
  ///
  /// - Parameters:
  ///   - prompts: Token ids, at least one each.
  ///   - count: How many samples of each.
  ///   - options: How tokens are chosen, and where a text ends.
  /// - Returns: For every prompt its samples, in their order.
  /// - Throws: `ModelError.emptyInput`, `.invalidToken`, `.overLength` for prompts; `CoreError.outOfRange` for settings that
  ///   make no sense; `PolicyError.noTokenizer` for stop strings without one, `.nonFiniteLogits`.
  public func generate(
    ids prompts: [[Int32]], count: Int = 1, options: GenerationOptions = GenerationOptions()
  ) throws -> [[Completion]] {
    let decoder = try Decoder(self, prompts: prompts, count: count, options)
    var results: [[Completion?]] = prompts.map { _ in Array(repeating: nil, count: count) }
    while let events = try decoder.step() {
      for event in events {
        if let completion = event.completion {
          results[event.prompt][event.sample - options.firstSample] = completion
        }
      }
    }
    return results.map { $0.compactMap { $0 } }
  }
}
