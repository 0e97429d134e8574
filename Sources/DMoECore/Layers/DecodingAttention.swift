extension Compute {
  /// Attention of the newest row of each of several texts, whose keys and values lie in rows of one store.
  ///
  /// Shapes: q [texts, heads · headSize], keys and values [rows, keyValueHeads · headSize] -> as q.
  ///
  /// - Parameter texts: The rows of every text, in the order of its tokens; its newest is the last.
  package func attention(
    _ q: Matrix, over texts: [[Range<Int>]], keys: Matrix, values: Matrix, _ shape: AttentionShape
  ) -> Matrix {
    precondition(
      q.rows == texts.count && q.columns == shape.heads * shape.headSize
        && keys.columns == shape.keyValueHeads * shape.headSize && values.columns == keys.columns,
      "attention: q [\(q.rows), \(q.columns)], keys [\(keys.rows), \(keys.columns)], \(texts.count) texts")
    var y = Matrix(uninitialized: q.rows, q.columns)
    let (d, group, stride) = (shape.headSize, shape.group, keys.columns)
    let (qp, kp, vp, yp) = (q.pointer, keys.pointer, values.pointer, y.mutablePointer)
    let serial = serial
    forEach(texts.count * shape.keyValueHeads) { item in
      let (text, keyHead) = item.quotientAndRemainder(dividingBy: shape.keyValueHeads)
      let runs = texts[text]
      let columns = runs.reduce(0) { $0 + $1.count }
      let first = text * q.columns + keyHead * group * d
      withScratch(group * columns, of: Float.self) { scores in
        var column = 0
        for rows in runs {
          serial.multiply(
            group, rows.count, d, qp + first, d, transposeA: false, kp + rows.lowerBound * stride + keyHead * d, stride,
            transposeB: true, scores + column, columns)
          column += rows.count
        }
        for head in 0..<group {
          causalSoftmax(
            scores + head * columns, scale: shape.scale, visible: columns, window: shape.window, rows: 1,
            columns: columns)
        }
        column = 0
        for rows in runs {
          serial.multiply(
            group, d, rows.count, scores + column, columns, transposeA: false,
            vp + rows.lowerBound * stride + keyHead * d, stride, transposeB: false, beta: column == 0 ? 0 : 1,
            yp + first, d)
          column += rows.count
        }
      }
    }
    return y
  }
}
