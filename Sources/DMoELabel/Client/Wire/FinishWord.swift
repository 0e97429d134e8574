/// The words for the end of a reply that services use beside those of the API.
enum FinishWord {
  /// Whether the word says that the service failed, so that what there is of the reply is no answer.
  ///
  /// Those of OpenRouter, DeepSeek, GLM and vLLM, and their like.
  static func meansFailure(_ word: String) -> Bool {
    [
      "error", "insufficient_system_resource", "network_error", "server_error", "internal_error", "unknown_error",
      "abort", "aborted", "cancelled", "canceled", "timeout", "overloaded",
    ].contains(word.lowercased())
  }

  /// The reason in the words of the API, where another word for it is known: Anthropic's, Gemini's, GLM's, Mistral's.
  static func reason(_ word: String) -> CompletionReply.FinishReason {
    switch word.lowercased() {
    case "max_tokens", "max_output_tokens", "model_length", "model_context_window_exceeded": .length
    case "sensitive", "safety", "recitation", "prohibited_content", "blocklist", "refusal": .contentFilter
    default: .init(name: word)
    }
  }
}
