package import DMoECore

/// Trunk outputs of texts over one backbone, kept as far as memory allows: from epoch to epoch, from phase to phase and,
/// where several models are trained or measured on the same texts, from model to model.
///
/// Every text's output is computed alone, so that it is the same whether it was kept or not. Not for several threads.
package final class TrunkCache {
  private struct Key: Hashable {
    let layers: Int
    let prompt: [Int32]
    let responses: [[Int32]]
  }

  private struct FeatureKey: Hashable {
    let depth: Int
    let pooling: RouterConfiguration.Pooling
    let text: [Int32]
  }

  private var kept: [Key: Matrix] = [:]
  private var features: [FeatureKey: Matrix] = [:]
  private var bytes = 0
  private let limit: Int

  /// - Parameter limit: Bytes; 0 keeps nothing.
  package init(limit: Int) { self.limit = limit }

  /// Forgets everything.
  package func removeAll() {
    kept = [:]
    features = [:]
    bytes = 0
  }

  /// The trunk outputs of a batch of texts, laid end to end as `TokenBatch` lays them.
  package func rows(
    _ items: some Sequence<EncodedResponses>, _ model: RewardModel, layers: Int, _ compute: Compute
  ) throws -> Matrix {
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

  /// The features that a router without an adapter of its own reads of one text, [1, hidden]; small, so all are kept.
  package func routerFeatures(_ text: [Int32], _ model: RewardModel) throws -> Matrix {
    let settings = model.configuration.router
    let key = FeatureKey(depth: settings.depth ?? model.depth, pooling: settings.pooling, text: text)
    if settings.adapter == nil, let row = features[key] { return row }
    let row = try model.routerFeatures(Graph(model.compute), [text]).value
    if settings.adapter == nil { features[key] = row }
    return row
  }
}
