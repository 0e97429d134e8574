import DMoECore

/// What is to be read of a text.
struct StateQuery: Sendable {
  /// The adapters under each of which its state is read.
  var experts: [LoRAAdapter]
  /// Whether the state of the prompt's last token is read, too: what a gate over the prompt needs.
  var readsPromptEnd = false
  /// Reads the last place of this token in the prompt instead of the prompt's last token.
  var promptToken: Int32?

  /// The place in a prompt whose state is read.
  func promptPlace(in prompt: [Int32]) -> Int {
    promptToken.flatMap { prompt.lastIndex(of: $0) } ?? prompt.count - 1
  }

  /// The rows of a batch that hold it, one a response.
  func promptRows(of items: some Sequence<EncodedResponses>, in batch: TokenBatch) -> [Int] {
    let back = items.flatMap { item in
      item.responses.map { _ in item.prompt.count - 1 - promptPlace(in: item.prompt) }
    }
    return zip(batch.promptEnds, back).map { $0 - $1 }
  }
}

/// The states of some texts that were read in one pass.
struct StateBlock: Sendable {
  /// Shape: [experts · texts, state size], expert after expert.
  let states: Matrix
  /// The state of the last token of each text's prompt under the first expert; `nil` unless it was asked for. Shape:
  /// [texts, hidden].
  let promptEnds: Matrix?
}

/// The states of the responses to several prompts.
struct TextStates: Sendable {
  /// Of all texts, each once.
  var blocks: [StateBlock] = []
  /// For every given prompt the places of its responses among the texts of all blocks.
  var places: [[Int]]
}

extension StateReader {
  /// Rows of one pass, over all experts: enough for products to be fast, few enough for some hundred megabytes.
  static let rowLimit = 3072

  /// Reads the responses to several prompts: a prompt that several items have is read once, and so is a response that
  /// it has several times, which makes equal texts of one call equal in state.
  ///
  /// - Throws: `ModelError.invalidToken`.
  func read(_ items: [EncodedResponses], _ query: StateQuery, cache: TrunkCache?) throws -> TextStates {
    let texts = DistinctTexts(items.map { ($0.prompt, $0.responses) })
    let distinct = texts.prompts.map { EncodedResponses(prompt: items[$0.item].prompt, responses: $0.responses) }
    return TextStates(blocks: try read(distinct: distinct, query, cache), places: texts.places)
  }

  /// Reads the responses to several prompts that were kept for one query, each text once, however often it is there.
  ///
  /// - Throws: `ModelError.invalidToken`.
  func read(_ items: [Continuations]) throws -> TextStates {
    let texts = DistinctTexts(items.map { ($0.prompt.ids, $0.responses) })
    let distinct = texts.prompts.map { Continuations(prompt: items[$0.item].prompt, responses: $0.responses) }
    return TextStates(blocks: try read(distinct: distinct), places: texts.places)
  }

  /// Reads responses of which no two are equal, those of many responses by a prompt that is kept.
  private func read(
    distinct items: [EncodedResponses], _ query: StateQuery, _ cache: TrunkCache?
  ) throws -> [StateBlock] {
    var result: [StateBlock] = []
    for chunk in Self.chunks(items.map { $0.rowCount * query.experts.count }, limit: Self.rowLimit) {
      let first = items[chunk.lowerBound]
      if chunk.count == 1, first.responses.count > 1, first.rowCount * query.experts.count > Self.rowLimit {
        result += try readKeeping(first, query)
        continue
      }
      let (texts, ends) = try states(
        Graph(compute), of: items[chunk], experts: query.experts.map { [$0] }, cache: cache,
        tokens: query.readsPromptEnd ? query.promptRows(of: items[chunk], in: batch(items[chunk])) : [])
      result.append(StateBlock(states: texts.value, promptEnds: query.readsPromptEnd ? ends.value : nil))
    }
    return result
  }

  /// Reads many responses to a prompt, which is kept: once, or for each way in which its texts are turned.
  private func readKeeping(_ item: EncodedResponses, _ query: StateQuery) throws -> [StateBlock] {
    let isLong = item.responses.indices.map { backbone.configuration.isLong(item.tokenCount(ofResponse: $0)) }
    var kept: [Bool: PromptCache] = [:]
    var result: [StateBlock] = []
    var start = 0
    while start < isLong.count {
      let own = isLong[start]
      let end = isLong[start...].firstIndex { $0 != own } ?? isLong.count
      let prompt = try kept[own] ?? keep(item.prompt, query, textLength: item.tokenCount(ofResponse: start))
      kept[own] = prompt
      result += try read(distinct: [Continuations(prompt: prompt, responses: Array(item.responses[start..<end]))])
      start = end
    }
    return result
  }

  private func read(distinct items: [Continuations]) throws -> [StateBlock] {
    try Self.passes(items).map { items in
      let ends = items.flatMap { item in item.responses.compactMap { _ in item.prompt.endState } }
      return StateBlock(
        states: try states(Graph(compute), of: items).value, promptEnds: ends.isEmpty ? nil : Matrix(stacking: ends))
    }
  }

  /// Cuts the responses to kept prompts into what one pass reads, in their order.
  ///
  /// A layer lays the keys and values of a pass's prompts beside those of its responses. A row of these takes a few times
  /// less memory than a row that goes through the layer, so that a prompt counts for a quarter of its rows.
  private static func passes(_ items: [Continuations]) -> [[Continuations]] {
    let texts = items.indices.flatMap { item in items[item].responses.indices.map { (item: item, response: $0) } }
    let sizes = texts.map { item, response in
      let prompt = items[item].prompt
      let own = items[item].responses[response].count + (response == 0 ? prompt.tokenCount / 4 : 0)
      return own * prompt.query.experts.count
    }
    return chunks(sizes, limit: rowLimit).map { chunk in
      var pass: [Continuations] = []
      for (place, text) in zip(chunk, texts[chunk]) {
        if place == chunk.lowerBound || text.response == 0 {
          pass.append(Continuations(prompt: items[text.item].prompt, responses: []))
        }
        pass[pass.count - 1].responses.append(items[text.item].responses[text.response])
      }
      return pass
    }
  }
}
