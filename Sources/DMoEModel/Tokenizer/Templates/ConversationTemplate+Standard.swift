extension ConversationTemplate {
  /// ChatML piece by piece, without the system message that the own templates of SmolLM2 and Qwen2.5 add.
  ///
  /// Source: `tokenizer.chat_template` of SmolLM2-135M-Instruct and Qwen2.5-0.5B-Instruct.
  public static let chatML = ConversationTemplate(
    name: "chatml",
    roles: frames { Role(prefix: "<|im_start|>\($0)\n", suffix: "<|im_end|>\n") },
    endToken: "<|im_end|>", controlTokens: ["<|im_start|>", "<|im_end|>"])

  /// The template of Llama 3 piece by piece; without the date lines that the template of Llama 3.1 adds.
  ///
  /// Source: Meta, "Llama 3 model card and prompt formats"; contents are trimmed as in its `chat_template`.
  public static let llama3 = ConversationTemplate(
    name: "llama-3", bosToken: "<|begin_of_text|>",
    roles: frames { Role(prefix: "<|start_header_id|>\($0)<|end_header_id|>\n\n", suffix: "<|eot_id|>") },
    endToken: "<|eot_id|>", controlTokens: ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
    trimsContent: true)

  /// Headings in plain words, for backbones without chat tokens: `"User:"`, the content on the next line, a blank line.
  ///
  /// - Parameters:
  ///   - endToken: The token that follows a response, such as `<|endoftext|>`.
  ///   - bosToken: The token before the first turn, if the backbone was trained with one.
  public static func plain(endToken: String, bosToken: String? = nil) -> ConversationTemplate {
    ConversationTemplate(
      name: "plain", bosToken: bosToken,
      roles: [
        "system": Role(prefix: "", suffix: "\n\n"),
        "user": Role(prefix: "User:\n", suffix: "\n\n"),
        "assistant": Role(prefix: "Assistant:\n", suffix: "\(endToken)\n\n"),
      ],
      endToken: endToken, controlTokens: [endToken])
  }

  /// The same frame for all three roles.
  static func frames(_ frame: (String) -> Role) -> [String: Role] {
    Dictionary(uniqueKeysWithValues: ["system", "user", "assistant"].map { ($0, frame($0)) })
  }
}
