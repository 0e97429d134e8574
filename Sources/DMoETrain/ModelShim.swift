import DMoECore
import DMoEData
import DMoEModel

typealias StateReader = RewardModel

extension RewardModel {
  var reader: StateReader {
    get { self }
    set { self = newValue }
  }

  func states(
    _ graph: Graph, of items: [EncodedResponses], experts: [[LoRAAdapter]], cache: TrunkCache? = nil,
    trunkLayers: Int? = nil, checkpointing: Bool = false
  ) throws -> Variable {
    try states(
      graph, of: items, experts: experts, cache: cache, trunkLayers: trunkLayers, checkpointing: checkpointing, tokens: []
    ).texts
  }

  func states(
    _ graph: Graph, of items: [EncodedResponses], experts: [[LoRAAdapter]], cache: TrunkCache? = nil,
    trunkLayers: Int? = nil, checkpointing: Bool = false, tokens: [Int]
  ) throws -> (texts: Variable, tokens: Variable) {
    let layers = trunkLayers ?? trunkDepth(of: experts)
    let trunk = layers == 0 ? nil : try cache?.rows(items, self, layers: layers, graph.compute)
    return try states(
      graph, TokenBatch(items), experts: experts, trunk: trunk, trunkLayers: layers, checkpointing: checkpointing,
      tokens: tokens)
  }

  mutating func install(base: Expert, normalization: RewardNormalization?, at index: Int) {
    inner[index].base = base
    inner[index].isBaseTrained = true
    if let normalization { inner[index].normalization = normalization }
  }

  mutating func install(expert: CapabilityExpert, at index: Int, point: Int) throws {
    inner[index].experts[point] = expert.expert
    if let scale = expert.scale { inner[index].expertNormalizations?[point] = scale }
  }

  mutating func install(aggregator: Aggregator, normalization: RewardNormalization?, at index: Int) throws {
    inner[index].aggregator = aggregator
    if let normalization { inner[index].normalization = normalization }
  }

  func encodeUserTurns(of conversation: Conversation, limit: Int) throws -> [Int32] {
    try encodeForRouter(conversation)
  }
}

struct CapabilityExpert {
  var expert: Expert
  var scale: RewardNormalization?

  init(_ expert: Expert, scale: RewardNormalization?) {
    self.expert = expert
    self.scale = scale
  }
}

extension Router {
  func features(_ graph: Graph, of texts: [[Int32]], _ reader: StateReader) throws -> Variable {
    var model = reader
    model.router = self
    return try model.routerFeatures(graph, texts)
  }
}

extension TrunkCache {
  func rows(_ items: [EncodedResponses], _ reader: StateReader, layers: Int) throws -> Matrix {
    try rows(items, reader, layers: layers, reader.compute)
  }

  func features(_ text: [Int32], _ router: Router, _ reader: StateReader) throws -> Matrix {
    var model = reader
    model.router = router
    return try routerFeatures(text, model)
  }
}
