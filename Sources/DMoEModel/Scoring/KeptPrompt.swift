import DMoECore

/// A prompt as one inner mixture has read it: the keys and values that responses attend to.
///
/// Every layer of the trunk has them once, every layer above once an expert, expert after expert.
struct KeptPrompt: Sendable {
  let tokenCount: Int
  let trunk: [KeysValues]
  let experts: [KeysValues]

  var byteCount: Int { (trunk + experts).reduce(0) { $0 + $1.byteCount } }
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
    _ = backbone.run(
      graph, graph.tile(x, copies: experts.count), batch.layout.repeated(experts.count), layers: first..<depth,
      adapters: spans(of: experts, rows: prompt.count), keepingLast: [0]
    ) { above.append($0) }
    return KeptPrompt(tokenCount: prompt.count, trunk: below, experts: above)
  }

  /// The states of responses to a prompt that was kept, after the final norm.
  ///
  /// Shapes: -> [experts · responses, hidden], expert after expert.
  func states(
    _ graph: Graph, _ responses: [[Int32]], after prompt: KeptPrompt, experts: [LoRAAdapter]
  ) throws -> Variable {
    let first = prompt.trunk.count
    let lengths = responses.map(\.count)
    let rows = lengths.reduce(0, +)
    var ends: [Int] = []
    for copy in 0..<experts.count {
      var end = copy * rows - 1
      for length in lengths {
        end += length
        ends.append(end)
      }
    }
    let start = Variable(constant: try backbone.embed(Array(responses.joined())))
    let trunk =
      first == 0
      ? start
      : backbone.run(
        graph, start, .continuing(prompt.tokenCount, by: lengths, copies: 1), layers: 0..<first, past: prompt.trunk)
    let rising = graph.tile(trunk, copies: experts.count)
    guard first < depth else { return backbone.normalize(graph, graph.gather(rising, rows: ends)) }
    let top = backbone.run(
      graph, rising, .continuing(prompt.tokenCount, by: lengths, copies: experts.count), layers: first..<depth,
      adapters: spans(of: experts, rows: rows), keepingLast: ends, past: prompt.experts)
    return backbone.normalize(graph, top)
  }

  private func spans(of experts: [LoRAAdapter], rows: Int) -> [AdapterSpan] {
    experts.enumerated().map { AdapterSpan(rows: $0 * rows..<($0 + 1) * rows, adapter: $1, key: $0 * 8) }
  }
}
