@_spi(Command) import DMoERM

/// Errors as SGLang writes them.
enum SGLangError {
  static func body(of error: ServeError) -> JSONTree {
    JSONTree([
      "object": JSONTree("error"), "message": JSONTree(error.message),
      "type": JSONTree(OpenAIError.status(of: error) < 500 ? "BadRequestError" : "InternalServerError"), "param": .null,
      "code": JSONTree(OpenAIError.status(of: error)),
      "error": JSONTree(["message": JSONTree(error.message)]),
    ])
  }
}

/// SGLang's `/classify`: texts or token ids, one object for one text and a list for a list.
///
/// Source: SGLang, `python/sglang/srt/entrypoints/http_server.py`.
struct SGLangClassify: Dialect {
  let items: [ScoringItem]
  private let isList: Bool

  init(_ body: JSONTree, _ texts: inout TextReader) throws(ServeError) {
    if let text = body["text"] {
      isList = text.string == nil
      var items: [ScoringItem] = []
      for text in try body.textOrTexts("text") { items.append(try texts.wholeText(text)) }
      self.items = items
    } else if let ids = body["input_ids"] {
      isList = ids.array?.first?.array != nil
      var items: [ScoringItem] = []
      for list in isList ? ids.array ?? [] : [ids] { items.append(try texts.wholeText(ids: try VLLMInput.ids(list))) }
      self.items = items
    } else {
      throw .invalid("text or input_ids is missing")
    }
  }

  func answer(_ scored: [ScoredItem], _ facts: AnswerFacts) throws(ServeError) -> JSONTree {
    let breakdowns = try scored.breakdowns()
    let answers = zip(breakdowns, scored).enumerated().map { index, pair in
      let meta = JSONTree([
        "id": JSONTree("\(facts.id)-\(index)"), "prompt_tokens": JSONTree(pair.0.tokenCount),
        "cached_tokens": JSONTree(pair.1.isCached ? pair.1.promptTokens : 0),
      ])
      return JSONTree(["embedding": JSONTree([JSONTree(pair.0.reward)]), "meta_info": meta])
    }
    return isList ? JSONTree(answers) : answers[0]
  }

  static func body(of error: ServeError) -> JSONTree { SGLangError.body(of: error) }
  static func status(of error: ServeError) -> Int { OpenAIError.status(of: error) }
}

/// SGLang's `/v1/score`: a query with several items.
struct SGLangScore: Dialect {
  let items: [ScoringItem]

  init(_ body: JSONTree, _ texts: inout TextReader) throws(ServeError) {
    if body["label_token_ids"]?.array?.isEmpty == false {
      throw .invalid(
        "label_token_ids is not supported: a reward model gives one number a text, not probabilities of tokens")
    }
    try body.refuseTrue("apply_softmax", "the softmax of one number is always 1")
    try body.refuseTrue("item_first", "the query is the prompt, and stands before the items")
    let query = try texts.prompt(try body.requiredText("query"))
    var responses: [String] = []
    for item in try body.textOrTexts("items") { responses.append(try texts.response(item)) }
    items = [ScoringItem(conversation: query, responses: responses)]
  }

  func answer(_ scored: [ScoredItem], _ facts: AnswerFacts) throws(ServeError) -> JSONTree {
    JSONTree([
      "scores": JSONTree(try scored.rewards().map { JSONTree([JSONTree($0)]) }), "model": facts.model,
      "usage": VLLMBody.usage(scored), "object": JSONTree("scoring"),
    ])
  }

  static func body(of error: ServeError) -> JSONTree { SGLangError.body(of: error) }
  static func status(of error: ServeError) -> Int { OpenAIError.status(of: error) }
}

/// SGLang's `/v1/rerank`: a bare list, best first.
struct SGLangRerank: Dialect {
  private let question: RerankQuestion
  private let top: Int?
  var items: [ScoringItem] { [question.item] }

  init(_ body: JSONTree, _ texts: inout TextReader) throws(ServeError) {
    question = try RerankQuestion(body, documents: "documents", &texts)
    top = try body.count("top_n")
  }

  func answer(_ scored: [ScoredItem], _ facts: AnswerFacts) throws(ServeError) -> JSONTree {
    let breakdowns = try scored.breakdowns()
    let ranking = RerankQuestion.ranking(breakdowns.map(\.reward))
    return JSONTree(
      ranking.prefix(top ?? ranking.count).map { index, reward in
        let meta = JSONTree([
          "id": JSONTree("\(facts.id)-\(index)"), "prompt_tokens": JSONTree(breakdowns[index].tokenCount),
        ])
        return JSONTree([
          "score": JSONTree(reward), "document": JSONTree(question.documents[index]), "index": JSONTree(index),
          "meta_info": meta,
        ])
      })
  }

  static func body(of error: ServeError) -> JSONTree { SGLangError.body(of: error) }
  static func status(of error: ServeError) -> Int { OpenAIError.status(of: error) }
}

/// `/v1/embeddings`, whose last number verl's SGLang workers take for the reward.
///
/// Source: verl 0.10, `verl/experimental/reward_loop`.
struct RewardEmbeddings: Dialect {
  private let input: VLLMInput
  var items: [ScoringItem] { input.items }

  init(_ body: JSONTree, _ texts: inout TextReader) throws(ServeError) {
    if let format = body["encoding_format"]?.string, format != "float" {
      throw .invalid("encoding_format must be float")
    }
    input = try VLLMInput(body, &texts)
  }

  func answer(_ scored: [ScoredItem], _ facts: AnswerFacts) throws(ServeError) -> JSONTree {
    let numbers = try VLLMBody.numbers(scored, activated: input.isActivated)
    let data = numbers.enumerated().map { index, number in
      JSONTree(["object": JSONTree("embedding"), "index": JSONTree(index), "embedding": JSONTree([number])])
    }
    return JSONTree([
      "object": JSONTree("list"), "data": JSONTree(data), "model": facts.model, "usage": VLLMBody.usage(scored),
    ])
  }

  static func body(of error: ServeError) -> JSONTree { OpenAIError.body(of: error) }
  static func status(of error: ServeError) -> Int { OpenAIError.status(of: error) }
}
