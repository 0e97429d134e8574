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
    let trunk = layers == 0 ? nil : try cache?.states(items, self, layers: layers)
    return try states(
      graph, batch(items), experts: experts, trunk: trunk, trunkLayers: layers, checkpointing: checkpointing,
      tokens: tokens)
  }

  /// The same of a batch that is laid out already, above a trunk whose output for it may have been computed before.
  func states(
    _ graph: Graph, _ batch: TokenBatch, experts: [[LoRAAdapter]], trunk kept: TrunkStates? = nil,
    trunkLayers: Int? = nil, checkpointing: Bool = false, tokens: [Int] = []
  ) throws -> (texts: Variable, tokens: Variable) {
    let first = trunkLayers ?? trunkDepth(of: experts)
    let trunk = try kept ?? self.trunk(graph.compute, batch, layers: first)
    let layout = batch.layout.repeated(experts.count)
    let rows = TextRows(batch, copies: experts.count)
    var parts = trunk.lower.map { graph.tile(Variable(constant: $0), copies: experts.count) }
    let tiled = graph.tile(Variable(constant: trunk.rows), copies: experts.count)
    // The last layer computes no row that nobody reads.
    let read = rows.read(by: pooling, and: tokens)
    let x = climb(first..<depth, from: tiled) { x, layers in
      backbone.run(
        graph, x, layout, layers: layers, adapters: spans(of: experts, rows: batch.layout.rowCount),
        checkpointing: checkpointing, keepingLast: layers.upperBound == depth ? read : nil)
    } at: {
      parts.append(pooling.pooled(graph, backbone.normalize(graph, $0), rows))
    }
    guard let read else {
      let all = backbone.normalize(graph, x)
      return (graph.beside(parts + [pooling.pooled(graph, all, rows)]), graph.gather(all, rows: tokens))
    }
    let all = backbone.normalize(graph, first == depth ? graph.gather(x, rows: read) : x)
    let places = Dictionary(uniqueKeysWithValues: zip(read, 0...))
    let texts = pooling.pooled(graph, all, rows.moved(to: places, for: pooling))
    return (graph.beside(parts + [texts]), graph.gather(all, rows: tokens.compactMap { places[$0] }))
  }

  /// Runs some layers, with a stop at every lower depth above the first of them.
  ///
  /// - Parameters:
  ///   - run: Runs layers over the states that it is given.
  ///   - stop: Is shown the states at each of these depths, before the final norm.
  func climb(
    _ range: Range<Int>, from x: Variable, by run: (Variable, Range<Int>) throws -> Variable,
    at stop: (Variable) -> Void
  ) rethrows -> Variable {
    var (x, start) = (x, range.lowerBound)
    for depth in lowerDepths where depth > start && depth <= range.upperBound {
      x = try run(x, start..<depth)
      stop(x)
      start = depth
    }
    return start < range.upperBound || start == range.lowerBound ? try run(x, start..<range.upperBound) : x
  }

  /// The states of whole texts, pooled, under one adapter or none. Shapes: -> [texts, width of the pooling].
  func states(
    _ graph: Graph, of texts: [[Int32]], pooling: StatePooling, layers: Int, adapter: LoRAAdapter?
  ) throws -> Variable {
    var batch = TokenBatch()
    for text in texts { batch.append(text) }
    let adapters = adapter.map { [AdapterSpan(rows: 0..<batch.ids.count, adapter: $0)] } ?? []
    let x = Variable(constant: try backbone.embed(batch.ids))
    guard pooling != .last else {
      let last = backbone.run(
        graph, x, batch.layout, layers: 0..<layers, adapters: adapters, keepingLast: batch.layout.lastRows)
      return backbone.normalize(graph, last)
    }
    let all = backbone.normalize(graph, backbone.run(graph, x, batch.layout, layers: 0..<layers, adapters: adapters))
    return pooling.pooled(graph, all, TextRows(batch))
  }

  /// Responses to shared prompts, laid out as the backbone can read them.
  package func batch(_ items: some Sequence<EncodedResponses>) -> TokenBatch {
    TokenBatch(items, apartAt: backbone.configuration.originalContext)
  }

  /// The number of layers below the first that any of the adapters changes.
  package func trunkDepth(of experts: [[LoRAAdapter]]) -> Int {
    min(depth, experts.joined().map(\.firstLayer).min() ?? depth)
  }

  /// What the first `layers` layers of the frozen backbone make of a batch.
  package func trunk(_ compute: Compute, _ batch: TokenBatch, layers: Int) throws -> TrunkStates {
    let graph = Graph(compute)
    let rows = TextRows(batch)
    var lower: [Matrix] = []
    let x = climb(0..<layers, from: Variable(constant: try backbone.embed(batch.ids))) { x, layers in
      backbone.run(graph, x, batch.layout, layers: layers)
    } at: {
      lower.append(pooling.pooled(graph, backbone.normalize(graph, $0), rows).value)
    }
    return TrunkStates(rows: x.value, lower: lower)
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

/// What the frozen layers below every adapter make of some texts.
package struct TrunkStates: Sendable {
  /// The states after the last of these layers, before the final norm. Shape: [rows, hidden].
  package var rows: Matrix
  /// The pooled states at each of the lower depths that these layers reach, from the lowest up. Shape: [texts, width of
  /// the pooling] each.
  package var lower: [Matrix]

  /// The trunk states of batches that are laid end to end.
  init(stacking parts: [TrunkStates]) {
    rows = Matrix(stacking: parts.map(\.rows))
    lower = (parts.first?.lower.indices ?? 0..<0).map { depth in Matrix(stacking: parts.map { $0.lower[depth] }) }
  }

  init(rows: Matrix, lower: [Matrix]) { (self.rows, self.lower) = (rows, lower) }
}
