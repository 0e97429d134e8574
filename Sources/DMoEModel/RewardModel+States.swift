package import DMoECore

extension RewardModel {
  /// The states of every text of a batch under several experts, after the final norm.
  ///
  /// The layers below the first adapted one run once for all; above them the experts are one batch of
  /// `experts · rows` rows. An expert is a stack of adapters that add up.
  /// Shapes: -> [experts · texts, `stateSize`], expert after expert.
  ///
  /// - Parameters:
  ///   - trunk: The output of the trunk for this batch, if it was computed before.
  ///   - trunkLayers: How many layers are the trunk; `nil` means all below the first adapter.
  /// - Throws: `ModelError.invalidToken`.
  package func states(
    _ graph: Graph, _ batch: TokenBatch, experts: [[LoRAAdapter]], trunk kept: Matrix? = nil,
    trunkLayers: Int? = nil, checkpointing: Bool = false
  ) throws -> Variable {
    try states(
      graph, batch, experts: experts, trunk: kept, trunkLayers: trunkLayers, checkpointing: checkpointing, tokens: []
    ).texts
  }

  /// The same, and the states of some tokens, by their rows in the batch, under the first expert.
  ///
  /// Shapes: -> [experts · texts, `stateSize`] and [tokens, hidden].
  package func states(
    _ graph: Graph, _ batch: TokenBatch, experts: [[LoRAAdapter]], trunk kept: Matrix?, trunkLayers: Int?,
    checkpointing: Bool, tokens: [Int]
  ) throws -> (texts: Variable, tokens: Variable) {
    let first = trunkLayers ?? trunkDepth(of: experts)
    let trunk = try kept ?? self.trunk(graph.compute, batch, layers: first)
    let rows = batch.layout.rowCount
    let layout = batch.layout.repeated(experts.count)
    let spans = experts.enumerated().flatMap { index, stack in
      stack.enumerated().map { level, adapter in
        AdapterSpan(rows: index * rows..<(index + 1) * rows, adapter: adapter, key: index * 8 + level)
      }
    }
    let tiled = graph.tile(Variable(constant: trunk), copies: experts.count)
    // The last layer computes no row that nobody reads.
    let read: [Int]? = configuration.pooling.readsAllTokens ? nil : Set(layout.lastRows + tokens).sorted()
    let x = backbone.run(
      graph, tiled, layout, layers: first..<depth, adapters: spans, checkpointing: checkpointing, keepingLast: read)
    guard let read else {
      let all = backbone.normalize(graph, x)
      let texts = configuration.pooling.pooled(
        graph, all, lastRows: layout.lastRows, textRows: layout.textRows)
      return (texts, graph.gather(all, rows: tokens))
    }
    let all = backbone.normalize(graph, first == depth ? graph.gather(x, rows: read) : x)
    let places = Dictionary(uniqueKeysWithValues: zip(read, 0...))
    let texts = read == layout.lastRows ? all : graph.gather(all, rows: layout.lastRows.compactMap { places[$0] })
    return (texts, graph.gather(all, rows: tokens.compactMap { places[$0] }))
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

  /// The router's features of texts. Shapes: -> [texts, width of its pooling].
  package func routerFeatures(_ graph: Graph, _ texts: [[Int32]]) throws -> Variable {
    var batch = TokenBatch()
    for text in texts { batch.append(text) }
    let settings = configuration.router
    let depth = settings.depth ?? self.depth
    let adapters = router.adapter.map { [AdapterSpan(rows: 0..<batch.ids.count, adapter: $0)] } ?? []
    let x = Variable(constant: try backbone.embed(batch.ids))
    guard settings.pooling.readsAllTokens else {
      let last = backbone.run(
        graph, x, batch.layout, layers: 0..<depth, adapters: adapters, keepingLast: batch.layout.lastRows)
      return backbone.normalize(graph, last)
    }
    let all = backbone.normalize(graph, backbone.run(graph, x, batch.layout, layers: 0..<depth, adapters: adapters))
    return settings.pooling.pooled(
      graph, all, lastRows: batch.layout.lastRows, textRows: batch.layout.textRows)
  }

  /// The number of channels that heads read of a text.
  package var stateSize: Int { configuration.pooling.width(backbone.configuration.hiddenSize) }
}
