/// An item that waits, with the request that it is part of; or some of its responses, if all are more than a pass reads.
struct ScoringJob: Sendable {
  /// What jobs have in common that go on from one prompt, on one scale.
  struct Group: Hashable, Sendable {
    let prompt: KeptPrompts.Key
    let isNormalized: Bool
  }

  let batch: ScoringBatch
  /// The item's place among those of its request.
  let place: Int
  let item: ScoringItem
  /// The places of its responses among those of the item.
  let part: Range<Int>
  let group: Group
  /// Tokens of the responses, without the template.
  let tokens: Int
  /// Tokens of the prompt, template included.
  let promptTokens: Int

  /// The responses to score.
  var responses: [String] { Array(item.responses[part]) }

  /// The jobs of a request, in the order of its items.
  ///
  /// - Parameter most: The tokens of a job's responses at most, as far as one response allows.
  static func jobs(_ items: [ScoringItem], of batch: ScoringBatch, upTo most: Int) -> [ScoringJob] {
    // Many items may have one prompt, whose tokens are counted once.
    var promptTokens: [KeptPrompts.Key: Int] = [:]
    return items.enumerated().flatMap { place, item in
      let prompt = KeptPrompts.Key(conversation: item.conversation, category: item.category)
      let count = promptTokens[prompt] ?? batch.model.promptTokenCount(of: prompt)
      promptTokens[prompt] = count
      let tokens = item.responses.map { batch.model.tokenCount(of: $0) }
      return parts(tokens, upTo: most).map { part in
        ScoringJob(
          batch: batch, place: place, item: item, part: part,
          group: Group(prompt: prompt, isNormalized: item.isNormalized), tokens: tokens[part].reduce(0, +),
          promptTokens: count)
      }
    }
  }

  /// Neighbors of at most so many tokens together, and at least one each; one part of none if there is none.
  private static func parts(_ tokens: [Int], upTo most: Int) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var (start, sum) = (0, 0)
    for (place, count) in tokens.enumerated() {
      if place > start, sum + count > most {
        parts.append(start..<place)
        (start, sum) = (place, 0)
      }
      sum += count
    }
    return parts + [start..<tokens.count]
  }

  /// Whether both are one item of one request.
  func isSame(as other: ScoringJob) -> Bool { batch === other.batch && place == other.place }
}
