@_spi(Command) import DMoERM

/// Which dialect a request is written in, by its path and its body.
struct DialectTable: Sendable {
  /// Whose form decides where neither does.
  let shared: SharedPathDialect

  /// Paths that rewards are asked at.
  static let paths: [String] = [
    "/v1/rewards", "/get_reward", "/classify", "/pooling", "/score", "/v1/score", "/rerank", "/v1/rerank", "/v2/rerank",
    "/reranking", "/v1/reranking", "/v1/embeddings", "/predict", "/remote_rm", "/verify", "/v1/score/evaluation",
  ]

  /// The dialect of a request.
  ///
  /// - Parameter body: The request; nil if it could not be read.
  func dialect(of path: String, _ body: JSONTree?) -> (any Dialect.Type)? {
    switch path {
    case "/v1/rewards": RewardsRequest.self
    case "/get_reward": OpenRLHFRequest.self
    case "/classify": classify(body)
    case "/pooling": VLLMPooling.self
    case "/score", "/v1/score": score(body)
    case "/rerank", "/v1/rerank": rerank(body)
    case "/v2/rerank": VLLMRerank.self
    case "/reranking", "/v1/reranking": body?["texts"] == nil ? LlamaCppRerank.self : TEIRerank.self
    case "/v1/embeddings": RewardEmbeddings.self
    case "/predict": TEIPredict.self
    case "/remote_rm": RemoteRMRequest.self
    case "/verify": NeMoGymVerify.self
    case "/v1/score/evaluation": LlamaFactoryScore.self
    default: nil
    }
  }

  private func classify(_ body: JSONTree?) -> any Dialect.Type {
    if body?["text"] != nil || body?["input_ids"] != nil { return SGLangClassify.self }
    if body?["input"] != nil || body?["messages"] != nil { return VLLMClassify.self }
    return shared == .sglang ? SGLangClassify.self : VLLMClassify.self
  }

  private func score(_ body: JSONTree?) -> any Dialect.Type {
    if body?["query"] != nil { return SGLangScore.self }
    let isVLLM = ["queries", "data_1", "text_1"].contains { body?[$0] != nil }
    return shared == .sglang && !isVLLM ? SGLangScore.self : VLLMScore.self
  }

  private func rerank(_ body: JSONTree?) -> any Dialect.Type {
    if body?["texts"] != nil { return TEIRerank.self }
    switch shared {
    case .vllm: return VLLMRerank.self
    case .sglang: return SGLangRerank.self
    case .llamaCpp: return LlamaCppRerank.self
    }
  }
}
