@_spi(Command) import DMoERM

/// OpenRLHF's `--reward.remote_url`: texts as its policy's tokenizer decoded them, with their prompts.
///
/// Source: OpenRLHF 0.11, `openrlhf/utils/agent.py` and `openrlhf/cli/serve_rm.py`. The path is the user's; `/get_reward` is
/// the one of its own server.
struct OpenRLHFRequest: Dialect {
  static let namesModel = false
  let items: [ScoringItem]

  init(_ body: JSONTree, _ texts: inout TextReader) throws(ServeError) {
    let queries = try Self.texts(body, "query")
    let prompts = body["prompts"] == nil ? nil : try Self.texts(body, "prompts")
    if let prompts, prompts.count != queries.count {
      throw .invalid("there are \(queries.count) queries and \(prompts.count) prompts")
    }
    var items: [ScoringItem] = []
    for (place, query) in queries.enumerated() {
      items.append(try Self.item(query, prompts?[place], &texts))
    }
    self.items = items
  }

  /// Texts, or none: a trainer that shares a batch among several servers has nothing for some of them, and fails if one of
  /// them does.
  private static func texts(_ body: JSONTree, _ key: String) throws(ServeError) -> [String] {
    body[key]?.array?.isEmpty == true ? [] : try body.textOrTexts(key)
  }

  /// Prompt and response, by where the prompt ends in the text: what a policy writes cannot open turns then. Without its
  /// prompt the turns of the text part them.
  private static func item(
    _ query: String, _ prompt: String?, _ texts: inout TextReader
  ) throws(ServeError) -> ScoringItem {
    guard let prompt, !prompt.isEmpty, query.utf8.starts(with: prompt.utf8) else { return try texts.wholeText(query) }
    let rest = String(decoding: query.utf8.dropFirst(prompt.utf8.count), as: UTF8.self)
    return try texts.continuation(of: prompt, rest)
  }

  func answer(_ scored: [ScoredItem], _ facts: AnswerFacts) throws(ServeError) -> JSONTree {
    let breakdowns = try scored.breakdowns()
    let rewards = JSONTree(breakdowns.map { JSONTree($0.reward) })
    let logs: KeyValuePairs<String, JSONTree?> = [
      "disagreement": JSONTree(breakdowns.map { JSONTree($0.disagreement) }),
      "tokens": JSONTree(breakdowns.map { JSONTree($0.tokenCount) }),
      "truncated": JSONTree(breakdowns.map { JSONTree($0.isTruncated ? 1 : 0) }),
    ]
    return JSONTree(["rewards": rewards, "scores": rewards, "extra_logs": JSONTree(logs)])
  }

  static func body(of error: ServeError) -> JSONTree { JSONTree(["detail": JSONTree(error.message)]) }
}
