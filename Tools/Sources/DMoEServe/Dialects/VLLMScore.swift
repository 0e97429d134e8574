@_spi(Command) import DMoERM

/// vLLM's `/score`: a prompt with each of several responses, or pairs.
struct VLLMScore: Dialect {
  let items: [ScoringItem]
  private let isActivated: Bool

  init(_ body: JSONTree, _ texts: inout TextReader) throws(ServeError) {
    try VLLMBody.check(body, texts.served)
    isActivated = try body.flag("use_activation", default: false)
    let pairs = [("queries", "documents"), ("queries", "items"), ("data_1", "data_2"), ("text_1", "text_2")]
    guard let names = pairs.first(where: { body[$0.0] != nil && body[$0.1] != nil }) else {
      throw .invalid("queries and documents are missing (or queries and items, data_1 and data_2, text_1 and text_2)")
    }
    let (first, second) = (try body.textOrTexts(names.0), try body.textOrTexts(names.1))
    guard first.count == second.count || first.count == 1 else {
      throw .invalid(
        "\(names.0) and \(names.1) must be as many, or \(names.0) one; there are \(first.count) and \(second.count)")
    }
    var items: [ScoringItem] = []
    if first.count == 1 {
      var responses: [String] = []
      for response in second { responses.append(try texts.response(response)) }
      items.append(ScoringItem(conversation: try texts.prompt(first[0]), responses: responses))
    } else {
      for (prompt, response) in zip(first, second) { items.append(try texts.pair(prompt: prompt, response: response)) }
    }
    self.items = items
  }

  func answer(_ scored: [ScoredItem], _ facts: AnswerFacts) throws(ServeError) -> JSONTree {
    let data = try VLLMBody.numbers(scored, activated: isActivated).enumerated().map { index, number in
      JSONTree(["index": JSONTree(index), "object": JSONTree("score"), "score": number])
    }
    return JSONTree([
      "id": JSONTree("score-" + facts.id), "object": JSONTree("list"), "created": facts.created, "model": facts.model,
      "data": JSONTree(data), "usage": VLLMBody.usage(scored),
    ])
  }

  static func body(of error: ServeError) -> JSONTree { OpenAIError.body(of: error) }
  static func status(of error: ServeError) -> Int { OpenAIError.status(of: error) }
}
