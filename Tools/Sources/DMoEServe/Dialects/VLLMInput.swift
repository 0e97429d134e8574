@_spi(Command) import DMoERM

/// The texts of vLLM's `/classify` and `/pooling`: texts, token ids or messages.
///
/// Source: vLLM 0.32, `vllm/entrypoints/pooling`.
struct VLLMInput: Sendable {
  let items: [ScoringItem]
  /// Whether rewards go through the sigmoid.
  let isActivated: Bool

  init(_ body: JSONTree, _ texts: inout TextReader) throws(ServeError) {
    try VLLMBody.check(body, texts.served)
    isActivated = try body.flag("use_activation", default: false)
    if let messages = body["messages"] {
      try body.refuseTrue(
        "add_generation_prompt", "a reward is read where the response ends, not where one is asked for")
      try body.refuseTrue("continue_final_message", "a reward is read at the end of a whole response")
      items = [try texts.conversationWithResponse(messages)]
    } else if let input = body["input"] {
      // As the text is sent, the server puts a token before it; what was templated has one already.
      items = try Self.items(input, addsStart: try body.flag("add_special_tokens", default: true), &texts)
    } else {
      throw .invalid("input or messages is missing")
    }
  }

  private static func items(
    _ input: JSONTree, addsStart: Bool, _ texts: inout TextReader
  ) throws(ServeError) -> [ScoringItem] {
    if let text = input.string { return [try texts.wholeText(text, addsStart: addsStart)] }
    guard let list = input.array, !list.isEmpty else {
      throw .invalid("input must be a text, a list of texts, or token ids")
    }
    if list[0].int != nil { return [try texts.wholeText(ids: try ids(input))] }
    var items: [ScoringItem] = []
    for element in list {
      if let text = element.string {
        items.append(try texts.wholeText(text, addsStart: addsStart))
      } else {
        items.append(try texts.wholeText(ids: try ids(element)))
      }
    }
    return items
  }

  static func ids(_ list: JSONTree) throws(ServeError) -> [Int] {
    guard let ids = list.array?.map(\.int), !ids.isEmpty, ids.allSatisfy({ $0 != nil }) else {
      throw .invalid("token ids must be a list of whole numbers")
    }
    return ids.compactMap { $0 }
  }
}

/// vLLM's `/classify`; verl's vLLM workers send it.
struct VLLMClassify: Dialect {
  private let input: VLLMInput
  var items: [ScoringItem] { input.items }

  init(_ body: JSONTree, _ texts: inout TextReader) throws(ServeError) { input = try VLLMInput(body, &texts) }

  func answer(_ scored: [ScoredItem], _ facts: AnswerFacts) throws(ServeError) -> JSONTree {
    let numbers = try VLLMBody.numbers(scored, activated: input.isActivated)
    let data = numbers.enumerated().map { index, number in
      JSONTree([
        "index": JSONTree(index), "label": JSONTree("LABEL_0"), "probs": JSONTree([number]), "num_classes": JSONTree(1),
      ])
    }
    return JSONTree([
      "id": JSONTree("classify-" + facts.id), "object": JSONTree("list"), "created": facts.created,
      "model": facts.model, "data": JSONTree(data), "usage": VLLMBody.usage(scored),
    ])
  }

  static func body(of error: ServeError) -> JSONTree { OpenAIError.body(of: error) }
  static func status(of error: ServeError) -> Int { OpenAIError.status(of: error) }
}

/// vLLM's `/pooling`.
struct VLLMPooling: Dialect {
  private let input: VLLMInput
  private let isBase64: Bool
  var items: [ScoringItem] { input.items }

  init(_ body: JSONTree, _ texts: inout TextReader) throws(ServeError) {
    let task = body["task"]?.string ?? "classify"
    guard ["classify", "reward", "token_classify"].contains(task), task != "token_classify" else {
      throw .invalid("task must be classify: a reward model gives one number a text")
    }
    switch body["encoding_format"]?.string ?? "float" {
    case "float": isBase64 = false
    case "base64": isBase64 = true
    default: throw .invalid("encoding_format must be float or base64")
    }
    if let type = body["embed_dtype"]?.string, type != "float32" {
      throw .invalid("embed_dtype must be float32")
    }
    if let order = body["endianness"]?.string, order != "little", order != "native" {
      throw .invalid("endianness must be little")
    }
    input = try VLLMInput(body, &texts)
  }

  func answer(_ scored: [ScoredItem], _ facts: AnswerFacts) throws(ServeError) -> JSONTree {
    let rewards = try scored.rewards().map { input.isActivated ? $0.sigmoid : $0 }
    let data = rewards.enumerated().map { index, reward in
      JSONTree([
        "index": JSONTree(index), "object": JSONTree("pooling"),
        "data": isBase64 ? JSONTree(reward.base64) : JSONTree([JSONTree(reward)]),
      ])
    }
    return JSONTree([
      "id": JSONTree("pool-" + facts.id), "object": JSONTree("list"), "created": facts.created, "model": facts.model,
      "data": JSONTree(data), "usage": VLLMBody.usage(scored),
    ])
  }

  static func body(of error: ServeError) -> JSONTree { OpenAIError.body(of: error) }
  static func status(of error: ServeError) -> Int { OpenAIError.status(of: error) }
}
