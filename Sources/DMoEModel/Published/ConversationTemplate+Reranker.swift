import DMoECore
import Foundation

extension ConversationTemplate {
  /// The text of Qwen3's rerankers: prompt and response as query and document, and the frame of an answer that would be yes or
  /// no. The reward is read where that answer would begin; a system message is in place of the usual instruction.
  ///
  /// One turn of the user is all it has room for. Source: the cards of Qwen/Qwen3-Reranker-0.6B, -4B and -8B.
  public static let qwen3Reranker = ConversationTemplate(
    name: "qwen-3-reranker",
    roles: [
      "user": Role(
        prefix:
          "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct "
          + "provided. Note that the answer can only be \"yes\" or \"no\".<|im_end|>\n<|im_start|>user\n", suffix: "\n")
    ],
    response: Role(
      prefix: "<Document>: ", suffix: "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"),
    endToken: "<|im_end|>", controlTokens: ["<|im_start|>", "<|im_end|>"],
    systemMessage: "Given a web search query, retrieve relevant passages that answer the query",
    systemPlacement: .firstTurn(prefix: "<Instruct>: ", suffix: "\n<Query>: ", isEditedTogether: false),
    alternates: true,
    tokenization: .whole)

  /// The template of a published reward model: of Qwen3's rerankers theirs, for their files have that of a conversation; of
  /// others the one in their files, `nil` if they have none.
  ///
  /// - Throws: What `recognized(inFolder:)` and `recognized(inGGUF:)` throw.
  static func published(with backbone: Backbone, at url: URL) throws -> ConversationTemplate? {
    if try isQwen3Reranker(backbone, at: url) { return qwen3Reranker }
    return try recognized(at: url)
  }

  /// Whether a Qwen3 is one of the rerankers: as llama.cpp's converter knows them, by the name of the folder or the heading of
  /// its README; a GGUF file by the text that the converter writes for them.
  private static func isQwen3Reranker(_ backbone: Backbone, at url: URL) throws -> Bool {
    guard backbone.configuration.architecture == BackboneFamily.qwen3.rawValue else { return false }
    guard url.isFolder else {
      let text = try GGUFFile(contentsOf: url).stringIfPresent("tokenizer.chat_template.rerank")
      return try text == qwen3Reranker.exchange(prompt: "{query}", response: "{document}")
    }
    let own = url.appendingPathComponent(fileName)
    guard !FileManager.default.fileExists(atPath: own.path) else { return false }
    let card = (try? String(contentsOf: url.appendingPathComponent("README.md"), encoding: .utf8)) ?? ""
    let name = url.standardizedFileURL.lastPathComponent.lowercased()
    return name.contains("qwen3-reranker") || card.lowercased().contains("# qwen3-reranker")
  }
}
