@_spi(Command) import DMoERM

/// Errors as OpenAI's API and vLLM write them.
enum OpenAIError {
  static func body(of error: ServeError) -> JSONTree {
    JSONTree([
      "error": JSONTree([
        "message": JSONTree(error.message), "type": JSONTree(type(of: error)), "param": .null,
        "code": JSONTree(status(of: error)),
      ])
    ])
  }

  /// vLLM says 400 of whatever is wrong with a text.
  static func status(of error: ServeError) -> Int { error.code.isOfText ? 400 : error.code.status }

  private static func type(of error: ServeError) -> String {
    switch status(of: error) {
    case 400: "BadRequestError"
    case 401: "AuthenticationError"
    case 404: "NotFoundError"
    case 429: "RateLimitError"
    case 500...: "InternalServerError"
    default: "InvalidRequestError"
    }
  }
}

/// What vLLM's requests have in common.
enum VLLMBody {
  /// Refuses what would give other numbers and is not here.
  static func check(_ body: JSONTree, _ served: ServedModel) throws(ServeError) {
    try body.refuse([
      "activation": "vLLM has taken it away; use_activation says whether rewards go through the sigmoid",
      "softmax": "vLLM has taken it away; use_activation says whether rewards go through the sigmoid",
      "normalize": "vLLM has taken it away; use_activation says whether rewards go through the sigmoid",
      "chat_template": "a reward model reads texts in the template that it was trained with",
      "dimensions": "a reward has one dimension",
    ])
    if let length = body["truncate_prompt_tokens"]?.int, length >= 0, length < served.model.configuration.maximumTokens
    {
      throw .invalid("truncate_prompt_tokens is not supported: texts are cut by turns, to the model's own length")
    }
  }

  /// `{prompt_tokens, total_tokens, completion_tokens, prompt_tokens_details}`.
  static func usage(_ scored: [ScoredItem]) -> JSONTree {
    let cached = scored.reduce(0) { $0 + ($1.isCached ? $1.promptTokens : 0) }
    return JSONTree([
      "prompt_tokens": JSONTree(scored.totalTokens), "total_tokens": JSONTree(scored.totalTokens),
      "completion_tokens": JSONTree(0),
      "prompt_tokens_details": JSONTree(["cached_tokens": JSONTree(cached)]),
    ])
  }

  /// The rewards, through the sigmoid if that is asked for.
  static func numbers(_ scored: [ScoredItem], activated: Bool) throws(ServeError) -> [JSONTree] {
    try scored.rewards().map { JSONTree(activated ? $0.sigmoid : $0) }
  }
}
