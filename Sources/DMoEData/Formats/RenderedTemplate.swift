/// Conversations that a chat template has made into one text.
enum RenderedTemplate {
  /// What begins a turn in the templates of widespread models.
  private static let tokens = [
    "<|im_start|>", "<|start_header_id|>", "<start_of_turn>", "[INST]", "<|user|>", "<|assistant|>",
  ]

  /// A token of a template that all the texts have: one of them alone may well speak of it.
  static func token(in texts: [String]) -> String? {
    tokens.first { token in texts.allSatisfy { $0.contains(token) } }
  }
}
