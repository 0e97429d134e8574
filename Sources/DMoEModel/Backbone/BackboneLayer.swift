package import DMoECore

/// One transformer block: attention and feed-forward, each behind a norm and beside a residual.
package struct BackboneLayer: Sendable {
  var inputNorm: Parameter
  var query: Linear
  var key: Linear
  var value: Linear
  var output: Linear
  var queryNorm: Parameter?
  var keyNorm: Parameter?
  /// Of what attention gives, before it is added (Gemma 3).
  var attentionOutputNorm: Parameter?
  var feedForwardNorm: Parameter
  var gate: Linear
  var up: Linear
  var down: Linear
  /// Of what the feed-forward layer gives, before it is added (Gemma 3).
  var feedForwardOutputNorm: Parameter?

  /// The linear layer of this projection.
  package subscript(projection: Projection) -> Linear {
    get {
      switch projection {
      case .query: query
      case .key: key
      case .value: value
      case .output: output
      case .gate: gate
      case .up: up
      case .down: down
      }
    }
    set {
      switch projection {
      case .query: query = newValue
      case .key: key = newValue
      case .value: value = newValue
      case .output: output = newValue
      case .gate: gate = newValue
      case .up: up = newValue
      case .down: down = newValue
      }
    }
  }

  /// What a block needs to know of the batch.
  struct Setting {
    let attention: AttentionShape
    let activation: Activation
    let eps: Float
    let layout: RowLayout
    let rotary: RotaryTable?
    /// Every row's place in the table.
    let positions: [Int32]
    let adapters: [AdapterSpan]
    /// This block's place in the backbone.
    let index: Int
    /// Keys and values of the layout's first rows, in their order, if those were computed before.
    var past: [KeysValues] = []
    /// Gets the keys and values of all rows.
    var keep: ((KeysValues) -> Void)?
    /// Where rows are the newest of texts that are written token by token, the texts; the layout then says nothing.
    var decoding: DecodingStep?

    func terms(_ projection: Projection, rows: [Int]? = nil) -> [LowRankTerm] {
      adapters.compactMap { span in
        guard let module = span.adapter[index, projection] else { return nil }
        // The rows that are kept are in order, so that a span's are neighbors among them too.
        let range = rows.map { kept in
          let first = kept.firstIndex { $0 >= span.rows.lowerBound } ?? kept.count
          let end = kept.firstIndex { $0 >= span.rows.upperBound } ?? kept.count
          return first..<end
        }
        let at = range ?? span.rows
        guard !at.isEmpty else { return nil }
        return LowRankTerm(
          rows: at, a: module.a, b: module.b, scaling: module.scaling, dropout: module.dropout,
          key: UInt64(index * Projection.allCases.count + projection.rawValue) << 32
            | UInt64(truncatingIfNeeded: span.key))
      }
    }
  }

  /// Shapes: x [rows, hidden] -> the same, or [kept, hidden] if only some rows are wanted after attention.
  func callAsFunction(_ graph: Graph, _ x: Variable, _ setting: Setting, keeping kept: [Int]? = nil) -> Variable {
    let normed = graph.rmsNorm(x, inputNorm, eps: setting.eps)
    let projected = graph.linear(
      normed,
      [(query, setting.terms(.query)), (key, setting.terms(.key)), (value, setting.terms(.value))])
    var (q, k) = (projected[0], projected[1])
    let v = projected[2]
    if let queryNorm { q = graph.rmsNorm(q, queryNorm, eps: setting.eps) }
    if let keyNorm { k = graph.rmsNorm(k, keyNorm, eps: setting.eps) }
    if let rotary = setting.rotary {
      q = graph.rotary(q, rotary, positions: setting.positions)
      k = graph.rotary(k, rotary, positions: setting.positions)
    }
    var mixed = attention(graph, q, k, v, setting)
    var residual = x
    if let kept {
      mixed = graph.gather(mixed, rows: kept)
      residual = graph.gather(x, rows: kept)
    }
    var attended = graph.linear(mixed, output, setting.terms(.output, rows: kept))
    if let attentionOutputNorm { attended = graph.rmsNorm(attended, attentionOutputNorm, eps: setting.eps) }
    let h = graph.add(residual, attended)

    let inner = graph.rmsNorm(h, feedForwardNorm, eps: setting.eps)
    var fed = feedForward(graph, inner, setting, keeping: kept)
    if let feedForwardOutputNorm { fed = graph.rmsNorm(fed, feedForwardOutputNorm, eps: setting.eps) }
    return graph.add(h, fed)
  }

  private func feedForward(_ graph: Graph, _ x: Variable, _ setting: Setting, keeping kept: [Int]?) -> Variable {
    let terms = [Projection.gate, .up, .down].map { setting.terms($0, rows: kept) }
    if terms.allSatisfy(\.isEmpty),
      let fed = graph.feedForward(x, gate: gate, up: up, down: down, by: setting.activation)
    {
      return fed
    }
    let gates = graph.linear(x, [(gate, terms[0]), (up, terms[1])])
    let product = graph.gated(gate: gates[0], up: gates[1], by: setting.activation)
    return graph.linear(product, down, terms[2])
  }

  /// Attention of rows to those of their texts that this run has, and to those that were computed before.
  private func attention(
    _ graph: Graph, _ q: Variable, _ k: Variable, _ v: Variable, _ setting: Setting
  ) -> Variable {
    let new = KeysValues(keys: k.value, values: v.value)
    // Rows that come of products in fewer bits than a float has need no finer ones.
    let rounds = query.roundsRows
    if let step = setting.decoding {
      return step.cache.attend(graph, q, new, step, layer: setting.index, setting.attention, rounds: rounds)
    }
    setting.keep?(new)
    guard !setting.past.isEmpty else {
      return graph.attention(q, k, v, setting.layout, setting.attention, rounds: rounds)
    }
    return graph.attention(
      q, Variable(constant: Matrix(stacking: setting.past.map(\.keys) + [k.value])),
      Variable(constant: Matrix(stacking: setting.past.map(\.values) + [v.value])), setting.layout, setting.attention,
      past: setting.past.reduce(0) { $0 + $1.keys.rows }, rounds: rounds)
  }
}

extension BackboneLayer: ParameterTree {
  /// Visits the weights of the norms and of all projections.
  package mutating func visitParameters(_ path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    try body(parameterPath(path, "input_layernorm.weight"), &inputNorm)
    for projection in Projection.allCases {
      try self[projection].visitParameters(parameterPath(path, projection.path), body)
    }
    if var norm = queryNorm {
      try body(parameterPath(path, "self_attn.q_norm.weight"), &norm)
      queryNorm = norm
    }
    if var norm = keyNorm {
      try body(parameterPath(path, "self_attn.k_norm.weight"), &norm)
      keyNorm = norm
    }
    guard var attention = attentionOutputNorm, var feedForward = feedForwardOutputNorm else {
      return try body(parameterPath(path, "post_attention_layernorm.weight"), &feedForwardNorm)
    }
    try body(parameterPath(path, "post_attention_layernorm.weight"), &attention)
    try body(parameterPath(path, "pre_feedforward_layernorm.weight"), &feedForwardNorm)
    try body(parameterPath(path, "post_feedforward_layernorm.weight"), &feedForward)
    (attentionOutputNorm, feedForwardOutputNorm) = (attention, feedForward)
  }
}
