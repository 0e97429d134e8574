@_spi(Command) import DMoERM

/// A prompt whose responses are put in order, as rerankers' clients send it.
struct RerankQuestion: Sendable {
  let item: ScoringItem
  /// The texts as they came.
  let documents: [String]

  init(_ body: JSONTree, documents key: String, _ texts: inout TextReader) throws(ServeError) {
    let query = try body.requiredText("query")
    documents = try body.documents(key)
    var responses: [String] = []
    for document in documents { responses.append(try texts.response(document)) }
    item = ScoringItem(conversation: try texts.prompt(query), responses: responses)
  }

  /// The places of the documents with their rewards, best first; ties in the order given.
  static func ranking(_ rewards: [Float]) -> [(index: Int, reward: Float)] {
    rewards.enumerated().map { (index: $0, reward: $1) }.sorted { ($1.reward, $0.index) < ($0.reward, $1.index) }
  }
}

/// `/rerank`, `/v1/rerank` and `/v2/rerank` with `documents`, as vLLM, Jina and Cohere have it.
struct VLLMRerank: Dialect {
  private let question: RerankQuestion
  private let top: Int
  private let returnsDocuments: Bool
  private let isActivated: Bool
  var items: [ScoringItem] { [question.item] }

  init(_ body: JSONTree, _ texts: inout TextReader) throws(ServeError) {
    try VLLMBody.check(body, texts.served)
    isActivated = try body.flag("use_activation", default: false)
    returnsDocuments = try body.flag("return_documents", default: true)
    // 0 is all of them to vLLM.
    top = try body.count("top_n") ?? 0
    question = try RerankQuestion(body, documents: "documents", &texts)
  }

  func answer(_ scored: [ScoredItem], _ facts: AnswerFacts) throws(ServeError) -> JSONTree {
    let ranking = RerankQuestion.ranking(try scored.rewards())
    let results = ranking.prefix(top == 0 ? ranking.count : top).map { index, reward in
      JSONTree([
        "index": JSONTree(index),
        "document": returnsDocuments ? JSONTree(["text": JSONTree(question.documents[index])]) : nil,
        "relevance_score": JSONTree(isActivated ? reward.sigmoid : reward),
      ])
    }
    let usage = JSONTree([
      "prompt_tokens": JSONTree(scored.totalTokens), "total_tokens": JSONTree(scored.totalTokens),
    ])
    return JSONTree([
      "id": JSONTree("rerank-" + facts.id), "model": facts.model, "usage": usage, "results": JSONTree(Array(results)),
    ])
  }

  static func body(of error: ServeError) -> JSONTree { OpenAIError.body(of: error) }
  static func status(of error: ServeError) -> Int { OpenAIError.status(of: error) }
}

/// llama.cpp's `/rerank` and its other names.
///
/// Source: llama.cpp, `tools/server`. A `top_n` of 0 gives none, as there.
struct LlamaCppRerank: Dialect {
  private let question: RerankQuestion
  private let top: Int
  var items: [ScoringItem] { [question.item] }

  init(_ body: JSONTree, _ texts: inout TextReader) throws(ServeError) {
    question = try RerankQuestion(body, documents: "documents", &texts)
    top = try body.count("top_n") ?? question.documents.count
  }

  func answer(_ scored: [ScoredItem], _ facts: AnswerFacts) throws(ServeError) -> JSONTree {
    let results = RerankQuestion.ranking(try scored.rewards()).prefix(top).map { index, reward in
      JSONTree(["index": JSONTree(index), "relevance_score": JSONTree(reward)])
    }
    let usage = JSONTree([
      "prompt_tokens": JSONTree(scored.totalTokens), "total_tokens": JSONTree(scored.totalTokens),
    ])
    return JSONTree([
      "model": facts.model, "object": JSONTree("list"), "usage": usage, "results": JSONTree(Array(results)),
    ])
  }

  static func body(of error: ServeError) -> JSONTree {
    let status = status(of: error)
    let type =
      switch status {
      case 401: "authentication_error"
      case 404: "not_found_error"
      case 429, 503: "unavailable_error"
      case 500...: "server_error"
      default: "invalid_request_error"
      }
    return JSONTree([
      "error": JSONTree(["code": JSONTree(status), "message": JSONTree(error.message), "type": JSONTree(type)])
    ])
  }
  static func status(of error: ServeError) -> Int { OpenAIError.status(of: error) }
}
