public import DMoEData

/// Texts as they are written, token by token.
///
/// ```swift
/// for try await event in try policy.stream("Why is the sky blue?") { print(event.text, terminator: "") }
/// ```
///
/// A step is computed when the next event is asked for: whoever stops asking stops the work.
public struct GenerationStream: AsyncSequence, Sendable {
  /// A token that was written.
  public typealias Element = GenerationEvent

  let model: LanguageModel
  let prompts: [[Int32]]
  let count: Int
  let options: GenerationOptions

  /// The work under way.
  public struct AsyncIterator: AsyncIteratorProtocol {
    private let decoder: Result<Decoder, any Error>
    private var waiting: ArraySlice<GenerationEvent> = []

    init(_ decoder: Result<Decoder, any Error>) { self.decoder = decoder }

    /// The next token of any of the texts, or nil when all are written.
    ///
    /// - Throws: `PolicyError.nonFiniteLogits`; `CancellationError` if the task was cancelled.
    public mutating func next() async throws -> GenerationEvent? {
      while waiting.isEmpty {
        try Task.checkCancellation()
        guard let events = try decoder.get().step() else { return nil }
        waiting = events[...]
      }
      return waiting.removeFirst()
    }
  }

  /// Begins to write.
  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(Result { try Decoder(model, prompts: prompts, count: count, options) })
  }
}

extension LanguageModel {
  /// Writes texts that answer a conversation, and tells each token as soon as it is there.
  ///
  /// - Throws: What is wrong with the conversation or the options, as `generate(_:count:options:)`.
  public func stream(
    _ conversation: Conversation, count: Int = 1, options: GenerationOptions = GenerationOptions()
  ) throws -> GenerationStream {
    try stream(ids: [promptIDs(conversation)], count: count, options: options)
  }

  /// The same, of texts that go on from token ids.
  public func stream(
    ids prompts: [[Int32]], count: Int = 1, options: GenerationOptions = GenerationOptions()
  ) throws -> GenerationStream {
    try check(prompts, count: count, options)
    return GenerationStream(model: self, prompts: prompts, count: count, options: options)
  }
}
