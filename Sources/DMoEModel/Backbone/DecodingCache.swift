import DMoECore

/// The KV cache of texts that are written token by token: the rows of prompts, once for all texts that begin with them,
/// and for every text room for the rows of its own.
///
/// Keys and values of a layer are one store, in which a text has some runs of rows. Belongs to one thread.
package final class DecodingCache {
  /// By layer; the keys after the rotary embedding. Shapes: [capacity, keyValueHeads · headSize].
  private var layers: [KeysValues]
  private let capacity: Int

  /// Room for so many rows. What is not written yet takes address space and no memory.
  package init(_ configuration: BackboneConfiguration, capacity: Int) {
    let width = configuration.keyValueHeads * configuration.headSize
    self.capacity = capacity
    layers = (0..<configuration.layerCount).map { _ in
      KeysValues(keys: Matrix(uninitialized: capacity, width), values: Matrix(uninitialized: capacity, width))
    }
  }

  /// Takes in the rows that a run over a prompt kept of a layer, from a row of the store on.
  package func write(_ rows: KeysValues, layer: Int, at first: Int) {
    precondition(first + rows.keys.rows <= capacity, "DecodingCache: \(rows.keys.rows) rows at \(first) of \(capacity)")
    layers[layer].write(rows, at: (0..<rows.keys.rows).map { first + $0 })
  }

  /// Attention of the newest row of every text, after its keys and values are taken in.
  func attend(
    _ graph: Graph, _ q: Variable, _ new: KeysValues, _ step: DecodingStep, layer: Int, _ shape: AttentionShape,
    rounds: Bool
  ) -> Variable {
    layers[layer].write(new, at: step.newRows)
    return Variable(
      constant: graph.compute.attention(
        q.value, over: step.texts, keys: layers[layer].keys, values: layers[layer].values, shape,
        rounds: rounds))
  }
}

/// One step of writing: where each text's rows lie in the cache, its newest last, and how the layers turn them.
package struct DecodingStep {
  /// The keys and values of all texts.
  package let cache: DecodingCache
  /// The rows of every text in the cache, in the order of its tokens.
  package let texts: [[Range<Int>]]

  /// A step of these texts.
  package init(_ cache: DecodingCache, texts: [[Range<Int>]]) {
    self.cache = cache
    self.texts = texts
  }

  /// The rows that this step writes.
  var newRows: [Int] { texts.map { ($0.last?.upperBound ?? 0) - 1 } }

  /// The place of every newest token in its text.
  var positions: [Int32] { texts.map { Int32($0.reduce(-1) { $0 + $1.count }) } }
}

extension KeysValues {
  /// Copies rows to the given ones.
  fileprivate mutating func write(_ rows: KeysValues, at places: [Int]) {
    let width = keys.columns
    func copy(_ from: Matrix, _ to: inout Matrix) {
      to.withMutableElements { to in
        from.withElements { from in
          guard let source = from.baseAddress, let target = to.baseAddress else { return }
          for (row, place) in places.enumerated() {
            (target + place * width).update(from: source + row * width, count: width)
          }
        }
      }
    }
    copy(rows.keys, &keys)
    copy(rows.values, &values)
  }
}
