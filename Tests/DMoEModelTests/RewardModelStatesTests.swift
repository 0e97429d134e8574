import DMoECore
import DMoEData
import Testing
import _TestSupport

@testable import DMoEModel

@Suite struct RewardModelStatesTests {
  /// Two prompts, one of them with three responses.
  private static func batch(_ model: RewardModel) throws -> TokenBatch {
    TokenBatch([
      try model.reader.encode("Say a word", responses: ["word", "no", "a longer one"]),
      try model.reader.encode("2+2?", responses: ["4"]),
    ])
  }

  private static func states(
    _ model: RewardModel, _ experts: [[LoRAAdapter]], trunk: TrunkStates? = nil
  ) throws -> Matrix {
    try model.reader.states(Graph(model.compute), batch(model), experts: experts, trunk: trunk).texts.value
  }

  @Test func expertBatchEqualsExpertsOneByOne() throws {
    let model = try TinyModel.model()
    let numbers = model.backbone.configuration
    let (a, b) = (TinyModel.adapter(numbers, seed: 40), TinyModel.adapter(numbers, rank: 3, targets: [.key], seed: 80))
    let experts = [[a], [b], [], [a, b]]
    let all = try Self.states(model, experts)
    #expect(all.rows == 16)
    for (index, stack) in experts.enumerated() {
      expectClose(all.rows(index * 4..<(index + 1) * 4), try Self.states(model, [stack]), 1e-5, "expert \(index)")
    }
    // A stack is the sum of its adapters.
    expectClose(all.rows(12..<16), try Self.states(model, [[a.concatenated(with: b)]]), 1e-5)
  }

  @Test func sharedTrunkEqualsAllLayersWithLowerOnesUnchanged() throws {
    let model = try TinyModel.model()
    let numbers = model.backbone.configuration
    let tops = [1, 2].map { TinyModel.adapter(numbers, topLayers: $0, seed: UInt64(50 * $0)) }
    let whole = tops.map { top in
      // The same on top, and below it factors whose product is 0.
      var result = LoRAAdapter(LoRAConfiguration(rank: 2, targets: Projection.allCases), for: numbers, seed: 3)
      top.forEachModule { result[$0, $1] = $2 }
      return result
    }
    #expect(model.reader.trunkDepth(of: [[tops[0]]]) == 2 && model.reader.trunkDepth(of: tops.map { [$0] }) == 1)
    #expect(model.reader.trunkDepth(of: whole.map { [$0] }) == 0 && model.reader.trunkDepth(of: [[]]) == 3)
    // The two run as batches of other sizes, which BLAS rounds differently.
    expectClose(
      try Self.states(model, tops.map { [$0] }), try Self.states(model, whole.map { [$0] }), 1e-5)
    expectClose(try Self.states(model, [[]]), try frozen(model), 1e-5)
  }

  /// What is read is made of the states of every beginning of the text, at each depth, under each expert, above a trunk of any
  /// depth and whether prompts are shared or not: the last one, or their mean from the text's or the response's start.
  @Test(arguments: [nil, 1, 2] as [Int?]) func pooledStatesAreMeansOfEveryTokens(topLayers: Int?) throws {
    let plain = try TinyModel.model()
    let numbers = plain.backbone.configuration
    let adapters = [40, 80].map { TinyModel.adapter(numbers, topLayers: topLayers, seed: $0) }
    let items = [
      try plain.reader.encode("Say a word", responses: ["word", "no", "a longer one"]),
      try plain.reader.encode("2+2?", responses: ["4"]),
    ]
    let texts = items.flatMap { item in item.responses.map { (text: item.prompt + $0, start: item.prompt.count) } }
    // [adapter][text][beginning of the text][depth]
    let states = try adapters.map { adapter in
      try texts.map { text, _ in
        try text.indices.map { try Self.lastStates(plain, Array(text[...$0]), adapter) }
      }
    }
    func mean(_ states: ArraySlice<[Float]>) -> [Float] {
      (0..<numbers.hiddenSize).map { c in states.reduce(Float(0)) { $0 + $1[c] } / Float(states.count) }
    }
    for pooling in StatePooling.allCases {
      let model = try TinyModel.model {
        $0.pooling = pooling
        $0.lowerDepths = [1, 2]
      }
      #expect(model.stateSize == 3 * pooling.width(numbers.hiddenSize))
      let found = try Self.states(model, adapters.map { [$0] })
      for expert in adapters.indices {
        for (place, (_, start)) in texts.enumerated() {
          let expected = [0, 1, 2].flatMap { depth in
            let states = states[expert][place].map { $0[depth] }
            let last = states[states.count - 1]
            return switch pooling {
            case .last: last
            case .mean: mean(states[...])
            case .lastAndMean: last + mean(states[...])
            case .response: mean(states[start...])
            case .lastAndResponse: last + mean(states[start...])
            }
          }
          expectClose(
            found.row(expert * texts.count + place), expected, 1e-5, "\(pooling), expert \(expert), text \(place)")
        }
      }
      expectClose(
        try Self.states(model, [[]]).row(3),
        try model.reader.states(Graph(model.compute), of: [items[1]], experts: [[]]).value.row(0), 1e-5)
      // A text's states do not depend on what is read beside it, and are the same whether the trunk was kept or not.
      let cache = TrunkCache(limit: 1 << 20)
      for _ in 0..<2 {
        for item in items {
          func alone(_ cache: TrunkCache?) throws -> Matrix {
            let graph = Graph(model.compute)
            return try model.reader.states(graph, of: [item], experts: adapters.map { [$0] }, cache: cache).value
          }
          #expect(try alone(cache) == alone(nil))
        }
      }
    }
  }

  /// The last token's state after each layer and the final norm, of a text that is read alone.
  private static func lastStates(_ model: RewardModel, _ text: [Int32], _ adapter: LoRAAdapter) throws -> [[Float]] {
    var layout = RowLayout()
    _ = layout.append(count: text.count)
    let graph = Graph(model.compute)
    var x = Variable(constant: try model.backbone.embed(text))
    return (0..<model.backbone.configuration.layerCount).map { layer in
      x = model.backbone.run(
        graph, x, layout, layers: layer..<layer + 1, adapters: [AdapterSpan(rows: 0..<text.count, adapter: adapter)])
      return model.backbone.normalize(graph, x).value.row(text.count - 1)
    }
  }

  @Test(
    arguments: [
      ([], nil), ([0], nil), ([2, 1], nil), ([1, 1], nil), ([3], nil), ([2], 2), ([1, 5], nil),
    ] as [([Int], Int?)])
  func depthsThatCannotBeReadAreNamed(depths: [Int], depth: Int?) throws {
    let error = #expect(throws: ModelError.self) {
      try TinyModel.untrained {
        $0.lowerDepths = depths
        $0.depth = depth
      }
    }
    #expect(error.map { "\($0)" }?.contains("lowerDepths") ?? false)
  }

  /// The states of the backbone alone, text by text.
  private func frozen(_ model: RewardModel) throws -> Matrix {
    let items = [
      try model.reader.encode("Say a word", responses: ["word", "no", "a longer one"]),
      try model.reader.encode("2+2?", responses: ["4"]),
    ]
    let rows = try items.flatMap { item in
      try item.responses.map { try model.backbone.hiddenState(ofLast: item.prompt + $0) }
    }
    return Matrix(rows.count, rows[0].count, rows.flatMap { $0 })
  }

  @Test func expertsInTrainingDropInputsOfTheirOwn() throws {
    let model = try TinyModel.model()
    var adapter = LoRAAdapter(layerCount: 3)
    TinyModel.adapter(model.backbone.configuration, seed: 40).forEachModule { layer, projection, module in
      adapter[layer, projection] = module
      adapter[layer, projection]?.dropout = 0.5
    }
    let batch = try Self.batch(model)
    func states(_ seed: UInt64?, checkpointing: Bool = false, trained: Bool = true) throws -> Matrix {
      let tape = Tape(training: trained ? adapter.parameterIDs : [])
      return try model.reader.states(
        Graph(model.compute, tape: tape, dropoutSeed: seed), batch, experts: [[adapter], [adapter]],
        checkpointing: checkpointing
      ).texts.value
    }
    let (two, plain) = (try states(5), try states(nil))
    expectClose(plain.rows(0..<4), plain.rows(4..<8), 1e-6)
    let (first, second) = (two.rows(0..<4).elements, two.rows(4..<8).elements)
    #expect(relativeDifference(first.map(Double.init), second.map(Double.init)) > 0.01)
    #expect(try states(5) == two && states(6) != two)
    #expect(try states(5, checkpointing: true) == two)
    #expect(try states(5, trained: false) == plain)
  }

  @Test func aKeptTrunkGivesTheSameStates() throws {
    let model = try TinyModel.model()
    let top = TinyModel.adapter(model.backbone.configuration, topLayers: 1, seed: 50)
    let trunk = try model.reader.trunk(model.compute, Self.batch(model), layers: 2)
    #expect(try Self.states(model, [[top]], trunk: trunk) == Self.states(model, [[top]]))
    // The trunk is really used.
    let other = try model.reader.trunk(model.compute, Self.batch(model), layers: 1)
    #expect(try Self.states(model, [[top]], trunk: other) != Self.states(model, [[top]]))
  }

  @Test func aShallowerModelReadsItsLastLayer() throws {
    let model = try TinyModel.untrained { $0.depth = 2 }
    let adapter = TinyModel.adapter(model.backbone.configuration, seed: 5)
    let batch = try Self.batch(model)
    let graph = Graph(model.compute)
    let x = model.backbone.run(
      graph, Variable(constant: try model.backbone.embed(batch.ids)), batch.layout, layers: 0..<2,
      adapters: [AdapterSpan(rows: 0..<batch.ids.count, adapter: adapter)])
    let expected = graph.gather(model.backbone.normalize(graph, x), rows: batch.layout.lastRows)
    expectClose(try Self.states(model, [[adapter]]), expected.value, 1e-5)
    #expect(model.inner[0].base.adapter[2, .query] == nil && model.inner[0].base.adapter[1, .query] != nil)
  }

  @Test func promptsOfSeveralResponsesAreLaidOutOnce() throws {
    let model = try TinyModel.model()
    let items = [
      EncodedResponses(prompt: [1, 2, 3], responses: [[4], [5, 6]]),
      EncodedResponses(prompt: [7], responses: [[8, 9]]),
    ]
    let batch = TokenBatch(items)
    #expect(batch.ids == [1, 2, 3, 4, 5, 6, 7, 8, 9])
    #expect(batch.layout.segments.map(\.prefix) == [nil, 0, 0, nil])
    #expect(batch.layout.lastRows == [3, 5, 8])
    #expect(items.map(\.rowCount) == [6, 3] && items[0].tokenCount(ofResponse: 1) == 5)
    #expect(throws: ModelError.self) {
      let stranger = EncodedResponses(prompt: [1], responses: [[999]])
      return try model.reader.states(Graph(.reference), of: [stranger], experts: [[]])
    }
  }
}
