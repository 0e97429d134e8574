import DMoECore
package import DMoEData

/// A conversation and its responses as token ids.
package struct EncodedResponses: Sendable, Equatable {
  /// Everything up to and including the header that asks for a response.
  package var prompt: [Int32]
  /// Each response with its end token.
  package var responses: [[Int32]]
  /// Whether turns were left out to make the longest response fit.
  package var isTruncated: Bool

  /// Encoded responses to an encoded prompt.
  package init(prompt: [Int32], responses: [[Int32]], isTruncated: Bool = false) {
    self.prompt = prompt
    self.responses = responses
    self.isTruncated = isTruncated
  }

  /// The number of tokens that one response is scored over, prompt included.
  package func tokenCount(ofResponse index: Int) -> Int { prompt.count + responses[index].count }

  /// Rows that a forward pass over all the responses takes, the prompt once.
  package var rowCount: Int { prompt.count + responses.reduce(0) { $0 + $1.count } }
}

extension RewardModel {
  /// Responses that keep the same turns, with their places in the list they came from: one reward must not depend on
  /// how long its siblings are.
  func encodeApart(
    _ conversation: Conversation, responses: [String]
  ) throws -> [(places: [Int], encoded: EncodedResponses)] {
    guard !responses.isEmpty else { throw ModelError.emptyInput("the list of responses") }
    if let together = try? encode(conversation, responses: responses), !together.isTruncated {
      return [(Array(responses.indices), together)]
    }
    let alone = try responses.map { try encode(conversation, responses: [$0]) }
    let groups = Dictionary(grouping: responses.indices) { alone[$0].prompt.count }
    return groups.sorted { $0.key > $1.key }.map { _, places in
      let first = alone[places[0]]
      let encoded = EncodedResponses(
        prompt: first.prompt, responses: places.flatMap { alone[$0].responses }, isTruncated: first.isTruncated)
      return (places, encoded)
    }
  }

  /// Turns text into ids by the model's template, within its length limit; the longest response decides how many turns
  /// are left out.
  ///
  /// - Throws: `ModelError.emptyInput`, `.overLength`; `TokenizerError`.
  package func encode(_ conversation: Conversation, responses: [String]) throws -> EncodedResponses {
    guard !responses.isEmpty else { throw ModelError.emptyInput("the list of responses") }
    guard responses.allSatisfy({ !$0.isBlank }) else { throw ModelError.emptyInput("a response") }
    let template = configuration.template
    let answers = try responses.map { try template.responseIDs($0, tokenizer: tokenizer) }
    let longest = answers.map(\.count).max() ?? 0
    let dropsTurns = configuration.lengthPolicy == .dropOldestTurns
    let prompt = try template.promptIDs(
      turns: conversation.roleTurns, tokenizer: tokenizer,
      droppingTurnsOver: dropsTurns ? configuration.maximumTokens - longest : .max)
    guard prompt.ids.count + longest <= configuration.maximumTokens else {
      throw ModelError.overLength(tokens: prompt.ids.count + longest, limit: configuration.maximumTokens)
    }
    return EncodedResponses(prompt: prompt.ids, responses: answers, isTruncated: prompt.isShortened)
  }

  /// The same, with each response once however often it is there, and the place of every given one.
  package func encodeDistinct(
    _ conversation: Conversation, responses: [String]
  ) throws -> (encoded: EncodedResponses, places: [Int]) {
    var encoded = try encode(conversation, responses: responses)
    let texts = Distinct(encoded.responses)
    encoded.responses = texts.values
    return (encoded, texts.places)
  }

  /// What the router reads: the user's turns in the template's frame, at most its limit, from the end.
  package func encodeForRouter(_ conversation: Conversation) throws -> [Int32] {
    let turns = conversation.userTurns.map { (role: "user", content: $0) }
    let ids = try configuration.template.promptIDs(inAnyOrder: turns, tokenizer: tokenizer)
    return Array(ids.suffix(min(configuration.router.maximumTokens, backbone.configuration.contextLength)))
  }
}

extension Conversation {
  /// The turns as the template takes them.
  var roleTurns: [(role: String, content: String)] { turns.map { ($0.role.rawValue, $0.content) } }
}
