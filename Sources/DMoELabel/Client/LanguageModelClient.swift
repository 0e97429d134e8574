/// A client that sends a chat to a language model and returns its reply: an HTTP service, a model in the process, a
/// script in a test.
///
/// ```swift
/// struct AlwaysFirst: LanguageModelClient {
///   func complete(_ request: CompletionRequest) async throws -> CompletionReply { CompletionReply(text: "1") }
/// }
/// let judge = PairwiseJudge(client: AlwaysFirst(), model: "always-first")
/// ```
public protocol LanguageModelClient: Sendable {
  /// One reply to the messages of the request.
  ///
  /// A refusal or a cut-off reply is no error but part of `CompletionReply`.
  ///
  /// - Throws: `CompletionError`, which says whether asking again can help and whether anything else should be asked
  ///   at all; `CancellationError` if the task was canceled. Any other error is taken as the final failure of this
  ///   request, and does not touch the others.
  func complete(_ request: CompletionRequest) async throws -> CompletionReply
}
