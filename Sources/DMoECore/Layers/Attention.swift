/// The shape of grouped-query attention (Ainslie et al., 2305.13245).
package struct AttentionShape: Sendable, Equatable {
  /// The number of query heads.
  package let heads: Int
  /// The number of key and value heads, which divides the number of query heads.
  package let keyValueHeads: Int
  /// The number of channels of one head.
  package let headSize: Int
  /// What the product of a query and a key is multiplied by.
  package let scale: Float
  /// How many rows of its text a row sees, itself and those before it; `nil` means all (Beltagy et al., 2004.05150).
  package let window: Int?

  /// The shape of attention with these numbers of heads.
  ///
  /// - Parameter scale: `nil` is 1 / √headSize.
  package init(heads: Int, keyValueHeads: Int, headSize: Int, scale: Float? = nil, window: Int? = nil) {
    precondition(
      keyValueHeads > 0 && heads % keyValueHeads == 0, "AttentionShape: \(heads) heads over \(keyValueHeads)")
    precondition(window.map { $0 > 0 } ?? true, "AttentionShape: window \(window ?? 0)")
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headSize = headSize
    self.scale = scale ?? 1 / Float(headSize).squareRoot()
    self.window = window
  }

  var group: Int { heads / keyValueHeads }
}

extension Graph {
  /// Causal attention of every row to the rows of its own segment up to itself, and to all rows of its prefix; of these to
  /// the last ones only, if the shape has a window.
  ///
  /// Memory grows with the length of a text, not with its square: no scores are kept. A row's result depends on its query
  /// and on the keys and values that it sees, not on what else is in the batch, on threads, or on which rows are `past`.
  /// Shapes: q [rows - past, heads · headSize], k and v [rows, keyValueHeads · headSize] -> as q.
  ///
  /// - Parameter past: How many of the first rows were computed before: whole segments, of which only keys and values are
  ///   there.
  package func attention(
    _ q: Variable, _ k: Variable, _ v: Variable, _ layout: RowLayout, _ shape: AttentionShape, past: Int = 0
  ) -> Variable {
    precondition(
      q.rows == layout.rowCount - past && k.rows == layout.rowCount && v.rows == k.rows
        && q.columns == shape.heads * shape.headSize && k.columns == shape.keyValueHeads * shape.headSize
        && v.columns == k.columns,
      "attention: q [\(q.rows), \(q.columns)], k [\(k.rows), \(k.columns)], v [\(v.rows), \(v.columns)], \(layout.rowCount) rows"
    )
    let pass = AttentionPass(layout: layout, shape: shape, compute: compute)
    let isRecorded = tape != nil && [q, k, v].contains(where: \.isRecorded)
    let result = pass.forward(q.value, k.value, v.value, past: past, keepsStatistics: isRecorded)
    let compute = compute
    return record(result.y, from: [q, k, v]) { dy, tape in
      precondition(past == 0, "attention: what was computed before has no gradient")
      let (dq, dk, dv) = pass.backward(q.value, k.value, v.value, result, dy)
      tape.accumulate(dq, into: q.place, compute)
      tape.accumulate(dk, into: k.place, compute)
      tape.accumulate(dv, into: v.place, compute)
    }
  }
}
