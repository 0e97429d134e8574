@_spi(Command) import DMoERM

/// NeMo Gym's `/verify`: the row with what the policy answered comes back with its reward.
///
/// Source: NeMo Gym 0.5, `nemo_gym/base_resources_server.py`.
struct NeMoGymVerify: Dialect {
  static let namesModel = false
  let items: [ScoringItem]
  private let row: JSONTree

  init(_ body: JSONTree, _ texts: inout TextReader) throws(ServeError) {
    row = body
    guard let parameters = body["responses_create_params"], let response = body["response"] else {
      throw .invalid("responses_create_params and response must be there")
    }
    var turns: [Message] = []
    if let instructions = parameters["instructions"]?.string { turns.append(.system(instructions)) }
    guard let input = parameters["input"] else { throw .invalid("responses_create_params.input is missing") }
    if let text = input.string {
      turns.append(.user(text))
    } else {
      for (place, message) in (input.array ?? []).enumerated() {
        turns.append(try MessageReader.turn(message, "responses_create_params.input[\(place)]"))
      }
    }
    items = [
      ScoringItem(
        conversation: try texts.conversation(turns), responses: [try texts.checked(try Self.text(of: response))])
    ]
  }

  /// What the assistant said, without its reasoning.
  private static func text(of response: JSONTree) throws(ServeError) -> String {
    guard let output = response["output"]?.array else { throw .invalid("response.output must be a list") }
    var text = ""
    for (place, element) in output.enumerated() {
      switch element["type"]?.string ?? "message" {
      case "reasoning": continue
      case "message":
        guard let content = element["content"] else { throw .invalid("response.output[\(place)].content is missing") }
        text += try MessageReader.text(content, "response.output[\(place)].content")
      case let other:
        throw .invalid("response.output[\(place)] is of the type \(other.prefix(32)); messages and reasoning are read")
      }
    }
    return text
  }

  func answer(_ scored: [ScoredItem], _ facts: AnswerFacts) throws(ServeError) -> JSONTree {
    let breakdown = try scored.breakdowns()[0]
    let components = breakdown.capabilities.map { (key: $0.point, value: JSONTree($0.reward)) }
    return row.setting("reward", JSONTree(breakdown.reward))
      .setting("reward_components", JSONTree(members: components))
  }

  static func body(of error: ServeError) -> JSONTree { JSONTree(["detail": JSONTree(error.message)]) }
}
