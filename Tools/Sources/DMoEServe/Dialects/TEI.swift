@_spi(Command) import DMoERM

/// Errors as text-embeddings-inference writes them.
enum TEIError {
  static func body(of error: ServeError) -> JSONTree {
    JSONTree(["error": JSONTree(error.message), "error_type": JSONTree(type(of: error))])
  }

  static func status(of error: ServeError) -> Int {
    switch error.code {
    case .emptyResponse: 400
    case .invalidRequest, .tooLong, .unknownCategory: 422
    case .notFinite, .failure: 424
    default: error.code.status
    }
  }

  private static func type(of error: ServeError) -> String {
    switch error.code {
    case .emptyResponse: "Empty"
    case .queueFull: "Overloaded"
    case .shuttingDown: "Unhealthy"
    case .notFinite, .failure, .deadlineExceeded: "Backend"
    default: "Validation"
    }
  }
}

/// TEI's `/predict`: a text, a pair, or a list of lists of one or two texts.
///
/// Source: text-embeddings-inference 1.9, `router/src/http/types.rs`. A list of two texts is one pair there, not two texts.
struct TEIPredict: Dialect {
  static let namesModel = false
  let items: [ScoringItem]
  private let isBatch: Bool
  private let isRaw: Bool

  init(_ body: JSONTree, _ texts: inout TextReader) throws(ServeError) {
    isRaw = try body.flag("raw_scores", default: false)
    guard let inputs = body["inputs"] else { throw .invalid("inputs is missing") }
    isBatch = inputs.array?.first?.array != nil
    if let text = inputs.string {
      items = [try texts.wholeText(text)]
    } else if let list = inputs.array, isBatch {
      var items: [ScoringItem] = []
      for element in list { items.append(try Self.item(element, &texts)) }
      self.items = items
    } else {
      items = [try Self.item(inputs, &texts)]
    }
  }

  private static func item(_ list: JSONTree, _ texts: inout TextReader) throws(ServeError) -> ScoringItem {
    guard let parts = list.strings, (1...2).contains(parts.count) else {
      throw .invalid("inputs must be a text, a pair [prompt, response], or a list of lists of one or two texts")
    }
    return parts.count == 1
      ? try texts.wholeText(parts[0]) : try texts.pair(prompt: parts[0], response: parts[1])
  }

  func answer(_ scored: [ScoredItem], _ facts: AnswerFacts) throws(ServeError) -> JSONTree {
    let answers = try scored.rewards().map { reward in
      JSONTree([JSONTree(["score": JSONTree(isRaw ? reward : reward.sigmoid), "label": JSONTree("LABEL_0")])])
    }
    return isBatch ? JSONTree(answers) : answers[0]
  }

  static func body(of error: ServeError) -> JSONTree { TEIError.body(of: error) }
  static func status(of error: ServeError) -> Int { TEIError.status(of: error) }
}

/// TEI's `/rerank`, by which llama.cpp answers `texts`, too: a bare list, best first.
struct TEIRerank: Dialect {
  static let namesModel = false
  private let question: RerankQuestion
  private let isRaw: Bool
  private let returnsText: Bool
  var items: [ScoringItem] { [question.item] }

  init(_ body: JSONTree, _ texts: inout TextReader) throws(ServeError) {
    isRaw = try body.flag("raw_scores", default: false)
    returnsText = try body.flag("return_text", default: false)
    question = try RerankQuestion(body, documents: "texts", &texts)
  }

  func answer(_ scored: [ScoredItem], _ facts: AnswerFacts) throws(ServeError) -> JSONTree {
    JSONTree(
      RerankQuestion.ranking(try scored.rewards()).map { index, reward in
        JSONTree([
          "index": JSONTree(index), "score": JSONTree(isRaw ? reward : reward.sigmoid),
          "text": returnsText ? JSONTree(question.documents[index]) : nil,
        ])
      })
  }

  static func body(of error: ServeError) -> JSONTree { TEIError.body(of: error) }
  static func status(of error: ServeError) -> Int { TEIError.status(of: error) }
}

/// TEI's `/info`: what the server is and takes.
enum TEIInfo {
  static func answer(_ served: ServedModel, _ limits: ServeLimits) -> JSONTree {
    let labels = JSONTree([
      "id2label": JSONTree(["0": JSONTree("LABEL_0")]), "label2id": JSONTree(["LABEL_0": JSONTree(0)]),
    ])
    return JSONTree([
      "model_id": JSONTree(served.name), "model_sha": JSONTree(served.fingerprint), "model_dtype": JSONTree("float32"),
      "model_type": JSONTree(["reranker": labels]), "max_concurrent_requests": JSONTree(limits.connections),
      "max_input_length": JSONTree(served.model.configuration.maximumTokens),
      "max_batch_tokens": JSONTree(limits.passTokens), "max_batch_requests": .null,
      "max_client_batch_size": JSONTree(limits.responsesPerRequest), "auto_truncate": JSONTree(false),
      "tokenization_workers": JSONTree(1), "version": JSONTree("dmoerm"), "sha": .null, "docker_label": .null,
    ])
  }
}
