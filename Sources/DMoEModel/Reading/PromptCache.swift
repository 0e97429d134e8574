import DMoECore

/// The KV cache of a prompt, read once for several experts: what the tokens of a response attend to.
///
/// Every layer of the trunk has keys and values once, every layer above once an expert, expert after expert.
struct PromptCache: Sendable {
  let tokenCount: Int
  /// What is read of the texts that go on from here.
  let query: StateQuery
  let trunk: [KeysValues]
  let experts: [KeysValues]
  /// The sum of the prompt's states under every expert, [experts, hidden], where a mean of all tokens is read.
  let stateSums: Matrix?
  /// The state of the prompt's last token under the first expert, [1, hidden], where the query asks for it.
  let endState: Matrix?

  /// Memory that it takes, in bytes.
  var byteCount: Int {
    let states = (stateSums?.count ?? 0) + (endState?.count ?? 0)
    return (trunk + experts).reduce(states * MemoryLayout<Float>.stride) { $0 + $1.byteCount }
  }
}

extension StateReader {
  /// Reads a prompt for several experts, to be continued any number of times.
  ///
  /// - Parameter textLength: The length of a text that will go on from it, where long texts are turned otherwise; `nil` is its
  ///   own. Only texts that are turned alike can go on from it (`canContinue`).
  func keep(_ prompt: [Int32], _ query: StateQuery, textLength: Int? = nil) throws -> PromptCache {
    var batch = TokenBatch()
    batch.append(prompt)
    let graph = Graph(compute)
    let experts = query.experts.map { [$0] }
    let first = trunkDepth(of: experts)
    var (below, above): ([KeysValues], [KeysValues]) = ([], [])
    let x = backbone.run(
      graph, Variable(constant: try backbone.embed(prompt)), batch.layout, layers: 0..<first,
      keep: { below.append($0) }, textLength: textLength)
    let layout = batch.layout.repeated(experts.count)
    // For the last token's state nothing of the prompt is read but keys and values, and its end where that is asked for.
    let isRead = pooling.readsAllTokens
    let end = query.readsPromptEnd ? query.promptPlace(in: prompt) : 0
    let top = backbone.run(
      graph, graph.tile(x, copies: experts.count), layout, layers: first..<depth,
      adapters: spans(of: experts, rows: prompt.count), keepingLast: isRead ? nil : [end],
      keep: { above.append($0) }, textLength: textLength)
    let states = isRead || query.readsPromptEnd ? backbone.normalize(graph, top).value : nil
    // Without layers above the trunk no row was left out.
    let isWhole = isRead || first == depth
    return PromptCache(
      tokenCount: prompt.count, query: query, trunk: below, experts: above,
      stateSums: isRead ? states.map { compute.sumsOfRows($0, layout.textRows) } : nil,
      endState: query.readsPromptEnd ? states.map { $0.rows(isWhole ? end..<end + 1 : 0..<1) } : nil)
  }

  /// Whether a text of so many tokens is turned as its prompt was, which was kept as a text of its own.
  func canContinue(_ prompt: [Int32], toTokens count: Int) -> Bool {
    backbone.configuration.isLong(prompt.count) == backbone.configuration.isLong(count)
  }

  /// The states of responses to a prompt that was kept, after the final norm.
  ///
  /// Shapes: -> [experts · responses, `stateSize`], expert after expert.
  func states(_ graph: Graph, _ responses: [[Int32]], after prompt: PromptCache) throws -> Variable {
    let experts = prompt.query.experts.map { [$0] }
    let first = prompt.trunk.count
    let lengths = responses.map(\.count)
    let rows = lengths.reduce(0, +)
    var texts: [Range<Int>] = []
    for copy in 0..<experts.count {
      var end = copy * rows
      for length in lengths {
        texts.append(end..<end + length)
        end += length
      }
    }
    let ends = texts.map { $0.upperBound - 1 }
    let start = Variable(constant: try backbone.embed(Array(responses.joined())))
    let trunk =
      first == 0
      ? start
      : backbone.run(
        graph, start, .continuing(prompt.tokenCount, by: lengths, copies: 1), layers: 0..<first, past: prompt.trunk)
    let rising = graph.tile(trunk, copies: experts.count)
    let top =
      first == depth
      ? rising
      : backbone.run(
        graph, rising, .continuing(prompt.tokenCount, by: lengths, copies: experts.count), layers: first..<depth,
        adapters: spans(of: experts, rows: rows), keepingLast: prompt.stateSums == nil ? ends : nil,
        past: prompt.experts)
    guard let sums = prompt.stateSums else {
      return backbone.normalize(graph, first == depth ? graph.gather(top, rows: ends) : top)
    }
    let past = Matrix(
      stacking: (0..<experts.count).map { copy in
        Matrix(stacking: lengths.map { _ in sums.rows(copy..<copy + 1) })
      })
    return pooling.pooled(
      graph, backbone.normalize(graph, top), lastRows: ends, textRows: texts.map { [$0] }, after: past,
      count: prompt.tokenCount)
  }
}
