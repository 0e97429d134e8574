/// Something that completes a chat: an HTTP service, a model in the process, a script in a test.
public protocol LanguageModelClient: Sendable {
  /// One reply to the messages of the request.
  ///
  /// - Throws: the client's own error; a refusal or a cut-off reply is no error but part of `CompletionReply`.
  func complete(_ request: CompletionRequest) async throws -> CompletionReply
}
