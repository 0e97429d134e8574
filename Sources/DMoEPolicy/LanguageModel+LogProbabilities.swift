package import DMoECore
package import DMoEModel

extension LanguageModel {
  /// How likely the tokens of given texts are after a prompt: each one's log-probability in nats.
  ///
  /// - Parameters:
  ///   - completions: Token ids, at least one each.
  ///   - prompt: The token ids that they go on from.
  ///   - temperature: What logits are divided by.
  /// - Returns: For every completion one number a token. Of a sample drawn at this temperature with nothing cut off and no
  ///   penalty, they are its `sampledLogProbability`.
  /// - Throws: `ModelError.emptyInput`, `.invalidToken`, `.overLength`; `CoreError.outOfRange` for the temperature.
  public func logProbabilities(
    of completions: [[Int32]], after prompt: [Int32], temperature: Float = 1
  ) throws -> [[Float]] {
    let item = EncodedResponses(prompt: prompt, responses: completions)
    let values = try tokenValues(Graph(compute), of: [item], temperature: temperature).value
    var row = 0
    return completions.map { ids in
      defer { row += ids.count }
      return (row..<row + ids.count).map { values[$0, 0] }
    }
  }

  /// The log-probability of every token of some responses, and the entropy of the distribution that it is from, for the
  /// gradients of a policy's adapter.
  ///
  /// The prompt of several responses is computed once. No more logits than those of a block of rows are kept, forward or
  /// backward.
  /// Shapes: -> [tokens of all responses, in order; 2].
  ///
  /// - Parameters:
  ///   - adapter: In place of the model's own: its reference has none.
  ///   - checkpointing: Whether layers keep their input only, and run again for the gradient.
  package func tokenValues(
    _ graph: Graph, of items: [EncodedResponses], temperature: Float, adapter: LoRAAdapter?,
    checkpointing: Bool = false
  ) throws -> Variable {
    try Sampling(temperature: temperature).validate()
    let read = try predictingStates(graph, of: items, adapter: adapter, checkpointing: checkpointing)
    return graph.logProbabilities(read.states, head: head, targets: read.targets, temperature: temperature)
  }

  /// The states that the head reads to predict every token of some responses, and those tokens.
  ///
  /// Shapes: -> [tokens of all responses, in order; hidden], [tokens].
  package func predictingStates(
    _ graph: Graph, of items: [EncodedResponses], adapter: LoRAAdapter?, checkpointing: Bool = false
  ) throws -> (states: Variable, targets: [Int32]) {
    for item in items { try check(item) }
    let batch = TokenBatch(items)
    let places = Self.predictingRows(items)
    let states = backbone.run(
      graph, Variable(constant: try backbone.embed(batch.ids)), batch.layout,
      layers: 0..<backbone.configuration.layerCount,
      adapters: adapter.map { [AdapterSpan(rows: 0..<batch.ids.count, adapter: $0)] } ?? [],
      checkpointing: checkpointing)
    // A prompt's last row predicts the first token of every response to it.
    return (backbone.normalize(graph, graph.gather(states, rows: places.rows)), places.targets)
  }

  /// The same with the model's own adapter.
  package func tokenValues(
    _ graph: Graph, of items: [EncodedResponses], temperature: Float, checkpointing: Bool = false
  ) throws -> Variable {
    try tokenValues(graph, of: items, temperature: temperature, adapter: adapter, checkpointing: checkpointing)
  }

  /// The row of a batch that predicts each token of the responses, and that token.
  private static func predictingRows(_ items: [EncodedResponses]) -> (rows: [Int], targets: [Int32]) {
    var rows: [Int] = []
    var targets: [Int32] = []
    var start = 0
    for item in items {
      let promptEnd = start + item.prompt.count - 1
      start += item.prompt.count
      for response in item.responses {
        rows.append(promptEnd)
        rows += start..<start + response.count - 1
        targets += response
        start += response.count
      }
    }
    return (rows, targets)
  }

  private func check(_ item: EncodedResponses) throws {
    guard !item.prompt.isEmpty else { throw ModelError.emptyInput("the prompt") }
    guard !item.responses.isEmpty else { throw ModelError.emptyInput("the list of completions") }
    let limit = backbone.configuration.generationLimit
    for (place, response) in item.responses.enumerated() {
      guard !response.isEmpty else { throw ModelError.emptyInput("completion \(place)") }
      let tokens = item.tokenCount(ofResponse: place)
      guard tokens <= limit else {
        throw ModelError.overLength(
          OverLength(text: .response(place, tokens: response.count), tokens: tokens, limit: limit))
      }
    }
    for id in item.responses.joined() where id < 0 || Int(id) >= backbone.configuration.vocabularySize {
      throw ModelError.invalidToken(id: id, vocabularySize: backbone.configuration.vocabularySize)
    }
  }
}
