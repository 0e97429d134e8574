import DMoECore

/// A prompt as one inner mixture has read it: the keys and values that responses attend to.
///
/// Every layer of the trunk has them once, every layer above once an expert, expert after expert.
struct KeptPrompt: Sendable {
  let tokenCount: Int
  let trunk: [KeysValues]
  let experts: [KeysValues]
  /// The sum of the prompt's states under every expert, [experts, hidden], where a mean of all tokens is read.
  let stateSums: Matrix?

  var byteCount: Int {
    (trunk + experts).reduce((stateSums?.count ?? 0) * MemoryLayout<Float>.stride) { $0 + $1.byteCount }
  }
}

extension RewardModel {
  /// Reads a prompt for several experts, to be continued any number of times.
  func keep(_ prompt: [Int32], experts: [LoRAAdapter]) throws -> KeptPrompt {
    var batch = TokenBatch()
    batch.append(prompt)
    let graph = Graph(compute)
    let first = trunkDepth(of: experts.map { [$0] })
    var (below, above): ([KeysValues], [KeysValues]) = ([], [])
    let x = backbone.run(
      graph, Variable(constant: try backbone.embed(prompt)), batch.layout, layers: 0..<first
    ) { below.append($0) }
    let layout = batch.layout.repeated(experts.count)
    // For the last token's state nothing of the prompt is read but keys and values.
    let isRead = configuration.pooling.readsAllTokens
    let top = backbone.run(
      graph, graph.tile(x, copies: experts.count), layout, layers: first..<depth,
      adapters: spans(of: experts, rows: prompt.count), keepingLast: isRead ? nil : [0]
    ) { above.append($0) }
    let sums = isRead ? compute.sumsOfRows(backbone.normalize(graph, top).value, layout.textRows) : nil
    return KeptPrompt(tokenCount: prompt.count, trunk: below, experts: above, stateSums: sums)
  }

  /// The states of responses to a prompt that was kept, after the final norm.
  ///
  /// Shapes: -> [experts · responses, `stateSize`], expert after expert.
  func states(
    _ graph: Graph, _ responses: [[Int32]], after prompt: KeptPrompt, experts: [LoRAAdapter]
  ) throws -> Variable {
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
    return configuration.pooling.pooled(
      graph, backbone.normalize(graph, top), lastRows: ends, textRows: texts.map { [$0] }, after: past,
      count: prompt.tokenCount)
  }

  private func spans(of experts: [LoRAAdapter], rows: Int) -> [AdapterSpan] {
    experts.enumerated().map { AdapterSpan(rows: $0 * rows..<($0 + 1) * rows, adapter: $1, key: $0 * 8) }
  }
}
