import DMoECore
import DMoEModel

extension StateReader {
  /// The states of many texts under some experts, text by text: of the same bits whatever else is read.
  ///
  /// Shapes: a matrix [experts · responses, state size] an item.
  func states(
    ofEach items: [EncodedResponses], experts: [[LoRAAdapter]], trunkLayers: Int? = nil, cache: TrunkCache,
    ranks: any Communicator = SingleRank(), progress: ReadingProgress
  ) throws -> [Matrix] {
    try items.reading(progress, over: ranks) {
      try states(Graph(compute), of: [$0], experts: experts, cache: cache, trunkLayers: trunkLayers).value
    }
  }
}
