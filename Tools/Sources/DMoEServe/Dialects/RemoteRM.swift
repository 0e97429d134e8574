@_spi(Command) import DMoERM

/// slime's and miles' `--rm-type remote_rm`: one sample, whose reward is the whole answer.
///
/// Source: slime, `slime/rollout/rm_hub/__init__.py`. Where the trainer has a `--reward-key` the answer is an object: the
/// address's `?reward_key=`, or the request's own, says so.
struct RemoteRMRequest: Dialect {
  static let namesModel = false
  let items: [ScoringItem]
  private let key: String?

  init(_ body: JSONTree, _ texts: inout TextReader) throws(ServeError) {
    let response = try texts.response(try body.requiredText("response"))
    guard let prompt = body["prompt"] else { throw .invalid("prompt is missing") }
    let conversation: Conversation
    if let text = prompt.string {
      conversation = try texts.prompt(text)
    } else {
      conversation = try texts.conversation(prompt)
    }
    items = [ScoringItem(conversation: conversation, responses: [response])]
    key = body["reward_key"]?.string
  }

  func answer(_ scored: [ScoredItem], _ facts: AnswerFacts) throws(ServeError) -> JSONTree {
    let breakdown = try scored.breakdowns()[0]
    guard let key else { return JSONTree(breakdown.reward) }
    var members: [(key: String, value: JSONTree)] = [(key, JSONTree(breakdown.reward))]
    for capability in breakdown.capabilities where capability.point != key {
      members.append((capability.point, JSONTree(capability.reward)))
    }
    return JSONTree(members: members)
  }

  static func body(of error: ServeError) -> JSONTree { JSONTree(["detail": JSONTree(error.message)]) }
}
