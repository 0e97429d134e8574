/// Whose form a server answers in where a path is shared and the request does not tell.
public enum SharedPathDialect: String, Sendable, Hashable, Codable, CaseIterable {
  /// vLLM's, which Jina's and Cohere's clients read, too.
  case vllm
  /// SGLang's.
  case sglang
  /// llama.cpp's.
  case llamaCpp
}
