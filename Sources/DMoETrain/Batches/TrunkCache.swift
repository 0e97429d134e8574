import DMoECore
import DMoEModel

/// Trunk outputs of texts, kept from epoch to epoch and from phase to phase as far as memory allows.
///
/// Every text's output is computed alone, so that it is the same whether it was kept or not.
final class TrunkCache {
  private struct Key: Hashable {
    let layers: Int
    let prompt: [Int32]
    let responses: [[Int32]]
  }

  private var kept: [Key: Matrix] = [:]
  private var bytes = 0
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  /// The trunk outputs of a batch of texts, laid end to end as `TokenBatch` lays them.
  func rows(_ items: [EncodedResponses], _ model: RewardModel, layers: Int, _ compute: Compute) throws -> Matrix {
    let parts = try items.map { item in
      let key = Key(layers: layers, prompt: item.prompt, responses: item.responses)
      if let part = kept[key] { return part }
      let part = try model.trunk(compute, TokenBatch([item]), layers: layers)
      let size = part.count * MemoryLayout<Float>.stride
      if bytes + size <= limit {
        kept[key] = part
        bytes += size
      }
      return part
    }
    return Matrix(stacking: parts)
  }
}
