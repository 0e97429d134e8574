import DMoECore

/// The KV cache of a prompt, read once for several experts: what the tokens of a response attend to.
///
/// Every layer of the trunk has keys and values once, every layer above once an expert, expert after expert.
struct PromptCache: Sendable {
  let ids: [Int32]
  /// What is read of the texts that go on from here.
  let query: StateQuery
  let trunk: [KeysValues]
  let experts: [KeysValues]
  /// The sums of the prompt's states under every expert at each depth that is read, from the lowest up, [experts, hidden]
  /// each, where a mean of all tokens is read; otherwise none.
  let stateSums: [Matrix]
  /// The state of the prompt's last token under the first expert, [1, hidden], where the query asks for it.
  let endState: Matrix?

  var tokenCount: Int { ids.count }

  /// Memory that it takes, in bytes.
  var byteCount: Int {
    let states = stateSums.reduce(endState?.count ?? 0) { $0 + $1.count }
    return (trunk + experts).reduce(states * MemoryLayout<Float>.stride) { $0 + $1.byteCount }
  }
}

/// Texts that go on from a prompt that was kept.
struct Continuations: Sendable {
  let prompt: PromptCache
  /// At least one.
  var responses: [[Int32]]
}

extension StateReader {
  /// Reads prompts for several experts, each to be continued any number of times: as many in one pass as it takes rows.
  ///
  /// - Throws: `ModelError.invalidToken`.
  func keep(_ prompts: [[Int32]], _ query: StateQuery) throws -> [PromptCache] {
    try Self.chunks(prompts.map { $0.count * query.experts.count }, limit: Self.rowLimit).flatMap { chunk in
      try keepTogether(prompts[chunk], query)
    }
  }

  /// Reads one prompt.
  ///
  /// - Parameter textLength: The length of a text that will go on from it, where long texts are turned otherwise; `nil` is its
  ///   own. Only texts that are turned alike can go on from it (`canContinue`).
  func keep(_ prompt: [Int32], _ query: StateQuery, textLength: Int? = nil) throws -> PromptCache {
    try keepTogether([prompt], query, textLength: textLength)[0]
  }

  private func keepTogether(
    _ prompts: ArraySlice<[Int32]>, _ query: StateQuery, textLength: Int? = nil
  ) throws -> [PromptCache] {
    var batch = TokenBatch()
    for prompt in prompts { batch.append(prompt) }
    let graph = Graph(compute)
    let experts = query.experts.map { [$0] }
    let first = trunkDepth(of: experts)
    var (below, above) = (prompts.map { _ in [KeysValues]() }, prompts.map { _ in [KeysValues]() })
    let own = batch.layout.segments.map(\.rows)
    let layout = batch.layout.repeated(experts.count)
    // Without a mean of all tokens nothing of a prompt is read but keys and values, and its end where that is asked for.
    let isRead = pooling.tokens == .all
    // At each depth that was passed, of every prompt under every expert.
    var sums: [Matrix] = []
    let x = climb(0..<first, from: Variable(constant: try backbone.embed(batch.ids))) { x, layers in
      backbone.run(
        graph, x, batch.layout, layers: layers,
        keep: { all in for (place, rows) in own.enumerated() { below[place].append(all.rows(rows, copies: 1)) } },
        textLength: textLength)
    } at: { x in
      guard isRead else { return }
      let own = compute.sumsOfRows(backbone.normalize(graph, x).value, batch.layout.textRows)
      sums.append(Matrix(stacking: experts.map { _ in own }))
    }
    let ends = query.readsPromptEnd ? zip(own, prompts).map { $0.lowerBound + query.promptPlace(in: $1) } : []
    let top = climb(first..<depth, from: graph.tile(x, copies: experts.count)) { x, layers in
      backbone.run(
        graph, x, layout, layers: layers, adapters: spans(of: experts, rows: batch.ids.count),
        keepingLast: layers.upperBound < depth || isRead ? nil : ends.isEmpty ? [0] : ends,
        keep: { all in
          for (place, rows) in own.enumerated() { above[place].append(all.rows(rows, copies: experts.count)) }
        }, textLength: textLength)
    } at: {
      if isRead { sums.append(compute.sumsOfRows(backbone.normalize(graph, $0).value, layout.textRows)) }
    }
    let states = isRead || query.readsPromptEnd ? backbone.normalize(graph, top).value : nil
    if isRead, let states { sums.append(compute.sumsOfRows(states, layout.textRows)) }
    // Without layers above the trunk no row was left out.
    let isWhole = isRead || first == depth
    return prompts.enumerated().map { place, ids in
      let end = query.readsPromptEnd ? (isWhole ? ends[place] : place) : nil
      return PromptCache(
        ids: ids, query: query, trunk: below[place], experts: above[place],
        stateSums: sums.map { sums in
          Matrix(stacking: experts.indices.map { copy in sums.rows(at: copy * prompts.count + place) })
        },
        endState: end.flatMap { end in states.map { $0.rows(at: end) } })
    }
  }

  /// Memory that a prompt of so many tokens takes when it is kept, in bytes.
  func keptByteCount(tokens: Int, _ query: StateQuery) -> Int {
    let (numbers, experts) = (backbone.configuration, query.experts.count)
    let first = trunkDepth(of: query.experts.map { [$0] })
    let rows = tokens * (first + (depth - first) * experts)
    let sums = pooling.tokens == .all ? experts * (lowerDepths.count + 1) : 0
    let states = sums + (query.readsPromptEnd ? 1 : 0)
    return (2 * rows * numbers.keyValueHeads * numbers.headSize + states * numbers.hiddenSize)
      * MemoryLayout<Float>.stride
  }

  /// Whether a text of so many tokens is turned as its prompt was, which was kept as a text of its own.
  func canContinue(_ prompt: [Int32], toTokens count: Int) -> Bool {
    backbone.configuration.isLong(prompt.count) == backbone.configuration.isLong(count)
  }

  /// The states of the responses to prompts that were kept for one query, after the final norm.
  ///
  /// Shapes: -> [experts · responses, `stateSize`], expert after expert.
  func states(_ graph: Graph, of items: [Continuations]) throws -> Variable {
    guard let query = items.first?.prompt.query else { preconditionFailure("states: nothing to read") }
    let experts = query.experts.map { [$0] }
    let first = items[0].prompt.trunk.count
    let lengths = items.flatMap { $0.responses.map(\.count) }
    let rows = lengths.reduce(0, +)
    var texts: [Range<Int>] = []
    for copy in 0..<experts.count {
      var end = copy * rows
      for length in lengths {
        texts.append(end..<end + length)
        end += length
      }
    }
    let start = Variable(constant: try backbone.embed(items.flatMap { $0.responses.joined() }))
    let before = items.map { (count: $0.prompt.tokenCount, by: $0.responses.map(\.count)) }
    let once = TextRows(continuing: Array(texts.prefix(lengths.count)))
    let all = TextRows(continuing: texts)
    // Its prompts' sums, where a mean takes them in.
    func past(_ depth: Int, copies: Range<Int>) -> (sums: Matrix, counts: [Int])? {
      pooling.tokens == .all ? statesBefore(items, depth: depth, copies: copies) : nil
    }
    var parts: [Variable] = []
    let trunk = climb(0..<first, from: start) { x, layers in
      layers.isEmpty
        ? x
        : backbone.run(
          graph, x, .continuing(before, copies: 1), layers: layers,
          past: layers.map { layer in items.map { $0.prompt.trunk[layer] } })
    } at: { x in
      let own = pooling.pooled(graph, backbone.normalize(graph, x), once, after: past(parts.count, copies: 0..<1))
      parts.append(graph.tile(own, copies: experts.count))
    }
    let read = all.read(by: pooling)
    let top = climb(first..<depth, from: graph.tile(trunk, copies: experts.count)) { x, layers in
      layers.isEmpty
        ? read.map { graph.gather(x, rows: $0) } ?? x
        : backbone.run(
          graph, x, .continuing(before, copies: experts.count), layers: layers,
          adapters: spans(of: experts, rows: rows), keepingLast: layers.upperBound == depth ? read : nil,
          past: layers.map { layer in items.map { $0.prompt.experts[layer - first] } })
    } at: { x in
      parts.append(
        pooling.pooled(
          graph, backbone.normalize(graph, x), all, after: past(parts.count, copies: experts.indices)))
    }
    let places = read.map { Dictionary(uniqueKeysWithValues: zip($0, 0...)) }
    let last = pooling.pooled(
      graph, backbone.normalize(graph, top), places.map { all.moved(to: $0, for: pooling) } ?? all,
      after: past(parts.count, copies: experts.indices))
    return graph.beside(parts + [last])
  }

  /// What was computed of every text before it went on: the sum of its prompt's states at one of the depths that are read,
  /// under some of the experts, and how many those are.
  private func statesBefore(_ items: [Continuations], depth: Int, copies: Range<Int>) -> (sums: Matrix, counts: [Int]) {
    let texts = items.flatMap { item in item.responses.map { _ in item.prompt } }
    let sums = copies.flatMap { copy in
      texts.map { prompt in
        guard depth < prompt.stateSums.count else {
          preconditionFailure("states: a prompt was kept for another pooling")
        }
        return prompt.stateSums[depth].rows(at: copy)
      }
    }
    return (Matrix(stacking: sums), copies.flatMap { _ in texts.map(\.tokenCount) })
  }
}

extension KeysValues {
  /// Rows of each of several equal parts, one part's after the other's.
  fileprivate func rows(_ range: Range<Int>, copies: Int) -> KeysValues {
    KeysValues(keys: keys.kept(range, ofEachOf: copies), values: values.kept(range, ofEachOf: copies))
  }
}

extension Matrix {
  /// One row as a matrix.
  fileprivate func rows(at place: Int) -> Matrix { rows(place..<place + 1) }
}
