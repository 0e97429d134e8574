@_spi(Command) import DMoERM

/// Errors as the server's own paths write them.
enum OwnError {
  static func body(of error: ServeError) -> JSONTree {
    let status = error.code.status
    return JSONTree([
      "error": JSONTree([
        "code": JSONTree(error.code.rawValue), "message": JSONTree(error.message),
        "type": JSONTree(status < 500 ? "invalid_request_error" : "server_error"),
      ])
    ])
  }
}

/// The server's own `/v1/rewards`: conversations with their responses, and the reasons of every reward.
struct RewardsRequest: Dialect {
  let items: [ScoringItem]
  private let hasBreakdowns: Bool

  private static let itemKeys: Set<String> = [
    "prompt", "system", "messages", "response", "responses", "category", "breakdown", "normalize",
  ]

  init(_ body: JSONTree, _ texts: inout TextReader) throws(ServeError) {
    guard body.isObject else { throw .invalid("the body must be a JSON object") }
    if let list = body["items"] {
      try Self.check(body, ["model", "items", "breakdown", "normalize"], "")
      guard let elements = list.array, !elements.isEmpty else {
        throw .invalid("items must be a list of conversations")
      }
      var items: [ScoringItem] = []
      var hasBreakdowns = try body.flag("breakdown", default: false)
      for (place, element) in elements.enumerated() {
        try Self.check(element, Self.itemKeys, "items[\(place)].")
        items.append(
          try Self.item(element, "items[\(place)].", &texts, normalized: try body.flag("normalize", default: true)))
        hasBreakdowns = try element.flag("breakdown", default: false) || hasBreakdowns
      }
      self.items = items
      self.hasBreakdowns = hasBreakdowns
    } else {
      try Self.check(body, Self.itemKeys.union(["model"]), "")
      items = [try Self.item(body, "", &texts, normalized: true)]
      hasBreakdowns = try body.flag("breakdown", default: false)
    }
  }

  /// A key that is not known would be passed over, and its sender think that it was heeded.
  private static func check(_ object: JSONTree, _ known: Set<String>, _ place: String) throws(ServeError) {
    guard object.isObject else { throw .invalid("\(place.dropLast()) must be an object") }
    if let stranger = object.keys.first(where: { !known.contains($0) }) {
      throw .invalid(
        "\(place)\(stranger.prefix(64)) is no key of this request; there are \(known.sorted().joined(separator: ", "))")
    }
  }

  private static func item(
    _ body: JSONTree, _ place: String, _ texts: inout TextReader, normalized: Bool
  ) throws(ServeError) -> ScoringItem {
    let responses: [String]
    switch (body["response"], body["responses"]) {
    case (nil, nil), (_?, _?): throw .invalid("\(place)response or \(place)responses: one of both")
    case (let response?, nil):
      guard let text = response.string else { throw .invalid("\(place)response must be a string") }
      responses = [text]
    case (nil, let list?):
      guard let texts = list.strings, !texts.isEmpty else {
        throw .invalid("\(place)responses must be a list of strings with at least one")
      }
      responses = texts
    }
    let category = body["category"]?.string
    guard category != nil || body["category"] == nil else { throw .invalid("\(place)category must be a string") }
    return ScoringItem(
      conversation: try conversation(body, place, &texts), responses: responses,
      category: try category.map { name throws(ServeError) in try texts.served.category(named: name) },
      isNormalized: try body.flag("normalize", default: normalized))
  }

  /// Messages are taken at their word, and so is a prompt: what looks like a template's marks in them is text.
  private static func conversation(
    _ body: JSONTree, _ place: String, _ texts: inout TextReader
  ) throws(ServeError) -> Conversation {
    switch (body["prompt"], body["messages"]) {
    case (nil, nil), (_?, _?): throw .invalid("\(place)prompt or \(place)messages: one of both")
    case (let prompt?, nil):
      guard let text = prompt.string else { throw .invalid("\(place)prompt must be a string") }
      guard let system = body["system"] else { return try texts.conversation([.user(text)]) }
      guard let message = system.string else { throw .invalid("\(place)system must be a string") }
      return try texts.conversation([.system(message), .user(text)])
    case (nil, let messages?):
      guard body["system"] == nil else {
        throw .invalid("\(place)system goes with prompt; messages have a system message")
      }
      return try texts.conversation(messages)
    }
  }

  func answer(_ scored: [ScoredItem], _ facts: AnswerFacts) throws(ServeError) -> JSONTree {
    let all = scored.flatMap(\.responses)
    if let error = all.lazy.compactMap(\.failure).first, all.allSatisfy({ $0.failure != nil }) { throw error }
    let usage = JSONTree([
      "prompt_tokens": JSONTree(scored.reduce(0) { $0 + $1.promptTokens }),
      "response_tokens": JSONTree(scored.reduce(0) { $0 + $1.responseTokens }),
      "cached_tokens": JSONTree(scored.reduce(0) { $0 + ($1.isCached ? $1.promptTokens : 0) }),
      "total_tokens": JSONTree(scored.reduce(0) { $0 + $1.promptTokens + $1.responseTokens }),
    ])
    let results = zip(scored, items).map { scored, item in
      RewardsResult(scored, facts.served, of: item, hasBreakdowns: hasBreakdowns).json
    }
    return JSONTree([
      "id": JSONTree("rewards-" + facts.id), "object": JSONTree("rewards"), "created": facts.created,
      "model": facts.model,
      "bundle": JSONTree(["name": facts.model, "fingerprint": JSONTree(facts.served.fingerprint)]),
      "results": JSONTree(results), "usage": usage,
    ])
  }

  static func body(of error: ServeError) -> JSONTree { OwnError.body(of: error) }
}

extension Result where Failure == ServeError {
  /// The error, if this is one.
  var failure: ServeError? { if case .failure(let error) = self { error } else { nil } }
  /// The value, if there is one.
  var success: Success? { if case .success(let value) = self { value } else { nil } }
}
