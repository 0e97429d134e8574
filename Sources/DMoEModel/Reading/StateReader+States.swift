package import DMoECore

extension StateReader {
  /// The states of every text under several experts, after the final norm.
  ///
  /// The layers below the first adapted one run once for all; above them the experts are one batch of
  /// `experts · rows` rows. An expert is a stack of adapters that add up.
  /// Shapes: -> [experts · texts, `stateSize`], expert after expert.
  ///
  /// - Parameters:
  ///   - items: Prompts with their responses; each response is a text.
  ///   - cache: Trunk outputs that are kept from earlier passes, or for later ones.
  ///   - trunkLayers: How many layers are the trunk; `nil` means all below the first adapter.
  /// - Throws: `ModelError.invalidToken`.
  package func states(
    _ graph: Graph, of items: some Collection<EncodedResponses>, experts: [[LoRAAdapter]], cache: TrunkCache? = nil,
    trunkLayers: Int? = nil, checkpointing: Bool = false
  ) throws -> Variable {
    try states(
      graph, of: items, experts: experts, cache: cache, trunkLayers: trunkLayers, checkpointing: checkpointing,
      tokens: []
    ).texts
  }

  /// The same, and the states of some tokens, by their rows in the batch, under the first expert.
  ///
  /// Shapes: -> [experts · texts, `stateSize`] and [tokens, hidden].
  package func states(
    _ graph: Graph, of items: some Collection<EncodedResponses>, experts: [[LoRAAdapter]], cache: TrunkCache?,
    trunkLayers: Int? = nil, checkpointing: Bool = false, tokens: [Int]
  ) throws -> (texts: Variable, tokens: Variable) {
    let layers = trunkLayers ?? trunkDepth(of: experts)
    let trunk = layers == 0 ? nil : try cache?.rows(items, self, layers: layers)
    return try states(
      graph, batch(items), experts: experts, trunk: trunk, trunkLayers: layers, checkpointing: checkpointing,
      tokens: tokens)
  }

  /// The same of a batch that is laid out already, above a trunk whose output for it may have been computed before.
  func states(
    _ graph: Graph, _ batch: TokenBatch, experts: [[LoRAAdapter]], trunk kept: Matrix? = nil, trunkLayers: Int? = nil,
    checkpointing: Bool = false, tokens: [Int] = []
  ) throws -> (texts: Variable, tokens: Variable) {
    let first = trunkLayers ?? trunkDepth(of: experts)
    let trunk = try kept ?? self.trunk(graph.compute, batch, layers: first)
    let layout = batch.layout.repeated(experts.count)
    let tiled = graph.tile(Variable(constant: trunk), copies: experts.count)
    // The last layer computes no row that nobody reads.
    let read: [Int]? = pooling.readsAllTokens ? nil : Set(layout.lastRows + tokens).sorted()
    let x = backbone.run(
      graph, tiled, layout, layers: first..<depth, adapters: spans(of: experts, rows: batch.layout.rowCount),
      checkpointing: checkpointing, keepingLast: read)
    guard let read else {
      let all = backbone.normalize(graph, x)
      let texts = pooling.pooled(graph, all, lastRows: layout.lastRows, textRows: layout.textRows)
      return (texts, graph.gather(all, rows: tokens))
    }
    let all = backbone.normalize(graph, first == depth ? graph.gather(x, rows: read) : x)
    let places = Dictionary(uniqueKeysWithValues: zip(read, 0...))
    func gather(_ rows: [Int]) -> Variable {
      graph.gather(
        all,
        rows: rows.map { row in
          guard let place = places[row] else { preconditionFailure("states: row \(row) was not read") }
          return place
        })
    }
    return (read == layout.lastRows ? all : gather(layout.lastRows), gather(tokens))
  }

  /// The states of whole texts, pooled, under one adapter or none. Shapes: -> [texts, width of the pooling].
  func states(
    _ graph: Graph, of texts: [[Int32]], pooling: StatePooling, layers: Int, adapter: LoRAAdapter?
  ) throws -> Variable {
    var batch = TokenBatch()
    for text in texts { batch.append(text) }
    let adapters = adapter.map { [AdapterSpan(rows: 0..<batch.ids.count, adapter: $0)] } ?? []
    let x = Variable(constant: try backbone.embed(batch.ids))
    guard pooling.readsAllTokens else {
      let last = backbone.run(
        graph, x, batch.layout, layers: 0..<layers, adapters: adapters, keepingLast: batch.layout.lastRows)
      return backbone.normalize(graph, last)
    }
    let all = backbone.normalize(graph, backbone.run(graph, x, batch.layout, layers: 0..<layers, adapters: adapters))
    return pooling.pooled(graph, all, lastRows: batch.layout.lastRows, textRows: batch.layout.textRows)
  }

  /// Responses to shared prompts, laid out as the backbone can read them.
  package func batch(_ items: some Sequence<EncodedResponses>) -> TokenBatch {
    TokenBatch(items, apartAt: backbone.configuration.originalContext)
  }

  /// The number of layers below the first that any of the adapters changes.
  package func trunkDepth(of experts: [[LoRAAdapter]]) -> Int {
    min(depth, experts.joined().map(\.firstLayer).min() ?? depth)
  }

  /// The states after the first `layers` layers of the frozen backbone. Shapes: -> [rows, hidden].
  package func trunk(_ compute: Compute, _ batch: TokenBatch, layers: Int) throws -> Matrix {
    let graph = Graph(compute)
    let x = Variable(constant: try backbone.embed(batch.ids))
    return backbone.run(graph, x, batch.layout, layers: 0..<layers).value
  }

  /// Where each adapter of each expert acts, if every expert has `rows` rows; no two drop the same inputs.
  func spans(of experts: [[LoRAAdapter]], rows: Int) -> [AdapterSpan] {
    experts.enumerated().flatMap { index, stack in
      stack.enumerated().map { level, adapter in
        AdapterSpan(rows: index * rows..<(index + 1) * rows, adapter: adapter, key: index * 8 + level)
      }
    }
  }
}
