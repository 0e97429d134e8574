import DMoECore

/// The token embeddings, left in their file: a text needs a few hundred of the many thousand rows.
struct EmbeddingTable: Sendable {
  private let stored: StoredTensor

  init(_ stored: StoredTensor) { self.stored = stored }

  /// Shapes: ids [rows], each in the vocabulary -> [rows, hidden].
  func rows(_ ids: [Int32], scale: Float) -> Matrix {
    let width = stored.columns
    var result = Matrix(uninitialized: ids.count, width)
    result.withMutableElements { elements in
      guard let to = elements.baseAddress else { return }
      for (row, id) in ids.enumerated() {
        stored.dequantize(into: to + row * width, rows: Int(id)..<Int(id) + 1)
      }
    }
    if scale != 1 { result.withMutableElements { for i in $0.indices { $0[i] *= scale } } }
    return result
  }
}
