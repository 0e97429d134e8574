extension Compute {
  /// Attention of the newest row of each of several texts, whose keys and values lie in rows of one store.
  ///
  /// A row's result has the bits that `Graph.attention` gives it over the whole text.
  /// Shapes: q [texts, heads · headSize], keys and values [rows, keyValueHeads · headSize] -> as q.
  ///
  /// - Parameter texts: The rows of every text, in the order of its tokens; its newest is the last.
  package func attention(
    _ q: Matrix, over texts: [[Range<Int>]], keys: Matrix, values: Matrix, _ shape: AttentionShape
  ) -> Matrix {
    precondition(
      q.rows == texts.count && q.columns == shape.heads * shape.headSize
        && keys.columns == shape.keyValueHeads * shape.headSize && values.columns == keys.columns
        && values.rows == keys.rows,
      "attention: q [\(q.rows), \(q.columns)], keys [\(keys.rows), \(keys.columns)], \(texts.count) texts")
    let queries = texts.enumerated().map { text, rows in
      AttentionQueries(rows: text..<text + 1, column: rows.reduce(-1) { $0 + $1.count }, keys: rows)
    }
    let pass = AttentionPass(layout: RowLayout(), shape: shape, compute: self)
    return pass.forward(q, keys, values, of: queries, past: 0, keepsStatistics: false).y
  }
}
