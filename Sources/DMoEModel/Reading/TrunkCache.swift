package import DMoECore
import Synchronization

/// Trunk outputs of texts over one backbone, kept as far as memory allows: from epoch to epoch, from phase to phase and,
/// where several models are trained or measured on the same texts, from model to model.
///
/// What memory has no room for may be kept in a file (`TrunkFile`). Every text's output is computed alone, so that it is the
/// same whether it was kept or not. For any number of threads; those that ask for the same text before it is kept all compute
/// it.
package final class TrunkCache: Sendable {
  private struct Key: Hashable {
    let layers: Int
    /// Of a lower depth's pooled states; `nil` for the states of all rows.
    let pooling: StatePooling?
    let prompt: [Int32]
    let responses: [[Int32]]
  }

  private struct FeatureKey: Hashable {
    let depth: Int
    let pooling: StatePooling
    let text: [Int32]
  }

  private struct Kept {
    var states: [Key: Matrix] = [:]
    var features: [FeatureKey: Matrix] = [:]
    var bytes = 0
    /// Whether something did not fit.
    var isFull = false
  }

  private let kept = Mutex(Kept())
  private let limit: Int
  private let file: TrunkFile?

  /// - Parameters:
  ///   - limit: Bytes of memory; 0 keeps nothing there.
  ///   - file: Keeps what was computed as well, and gives what memory has no more.
  package init(limit: Int, file: TrunkFile? = nil) { (self.limit, self.file) = (limit, file) }

  /// Whether everything so far was kept.
  package var hasRoom: Bool { limit > 0 && !kept.withLock(\.isFull) || file?.hasRoom ?? false }

  /// Forgets everything.
  package func removeAll() { kept.withLock { $0 = Kept() } }

  /// The trunk outputs of a batch of texts, laid end to end as `TokenBatch` lays them.
  package func states(
    _ items: some Sequence<EncodedResponses>, _ reader: StateReader, layers: Int
  ) throws -> TrunkStates {
    let depths = reader.lowerDepths.filter { $0 <= layers }
    let parts = try items.map { item in
      func key(_ layers: Int, _ pooling: StatePooling?) -> Key {
        Key(layers: layers, pooling: pooling, prompt: item.prompt, responses: item.responses)
      }
      let keys = depths.map { key($0, reader.pooling) } + [key(layers, nil)]
      let found = kept.withLock { kept in keys.compactMap { kept.states[$0] } }
      if found.count == keys.count { return TrunkStates(rows: found[depths.count], lower: Array(found.dropLast())) }
      let records = file.map { _ in keys.map { TrunkFile.Key(reader, layers: $0.layers, pooling: $0.pooling, item) } }
      let part = try stored(records, depths.count) ?? reader.trunk(reader.compute, reader.batch([item]), layers: layers)
      if let file, let records { for (key, own) in zip(records, part.lower + [part.rows]) { file.keep(own, for: key) } }
      kept.withLock { kept in
        for (key, states) in zip(keys, part.lower + [part.rows]) where kept.states[key] == nil {
          let size = states.count * MemoryLayout<Float>.stride
          guard kept.bytes + size <= limit else {
            kept.isFull = true
            continue
          }
          kept.states[key] = states
          kept.bytes += size
        }
      }
      return part
    }
    return TrunkStates(stacking: parts)
  }

  /// What the file has of the lower depths and the rows of a text, if it has all of it.
  private func stored(_ records: [TrunkFile.Key]?, _ depths: Int) -> TrunkStates? {
    guard let file, let records else { return nil }
    var found: [Matrix] = []
    for key in records {
      guard let own = file.matrix(key) else { return nil }
      found.append(own)
    }
    return TrunkStates(rows: found[depths], lower: Array(found.prefix(depths)))
  }

  /// The features that a router without an adapter of its own reads of one text, [1, features]; small, so all are kept.
  package func features(_ text: [Int32], _ router: Router, _ reader: StateReader) throws -> Matrix {
    func read() throws -> Matrix { try router.features(Graph(reader.compute), of: [text], reader).value }
    guard router.adapter == nil else { return try read() }
    let key = FeatureKey(depth: router.depth(in: reader), pooling: router.configuration.pooling, text: text)
    if let row = kept.withLock({ $0.features[key] }) { return row }
    let row = try read()
    kept.withLock { $0.features[key] = row }
    return row
  }
}
