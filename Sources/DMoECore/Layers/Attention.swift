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
  /// Works in blocks of queries: memory grows with the length of a text, not with its square, and with a window not with
  /// the length either.
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
    let y = pass.forward(q.value, k.value, v.value, past: past)
    let compute = compute
    return record(y, from: [q, k, v]) { dy, tape in
      precondition(past == 0, "attention: what was computed before has no gradient")
      let (dq, dk, dv) = pass.backward(q.value, k.value, v.value, dy)
      tape.accumulate(dq, into: q.place, compute)
      tape.accumulate(dk, into: k.place, compute)
      tape.accumulate(dv, into: v.place, compute)
    }
  }
}

/// Attention over one layout, forward above backward.
private struct AttentionPass {
  let layout: RowLayout
  let shape: AttentionShape
  let compute: Compute

  /// How many queries are worked on together where they see so many keys: their scores, of all heads that share a key
  /// head, are to stay in the second-level cache.
  private func queriesInBlock(_ columns: Int) -> Int {
    min(Self.longestBlock, max(32, 262_144 / (shape.group * columns) / 16 * 16))
  }

  private static let longestBlock = 128

  /// One head's block of queries, and the runs of keys it sees: the prefixes, then its own rows up to its last. Columns are
  /// places in the text, from the first key that the first query sees.
  private struct Block {
    var queries: Range<Int>
    var keys: [(rows: Range<Int>, column: Int)]
    var columns: Int
    /// How many columns the first query sees.
    var visible: Int
  }

  private func blocks(of segment: Int) -> [Block] {
    let own = layout.segments[segment].rows
    let prefix = layout.prefixRows(of: segment)
    let seen = prefix.reduce(0) { $0 + $1.count }
    let all = seen + own.count
    let size = queriesInBlock(shape.window.map { min(all, $0 + Self.longestBlock - 1) } ?? all)
    return stride(from: own.lowerBound, to: own.upperBound, by: size).map { start in
      let end = min(start + size, own.upperBound)
      let visible = seen + start - own.lowerBound + 1
      let passed = max(0, visible - (shape.window ?? visible))
      var keys: [(rows: Range<Int>, column: Int)] = []
      var place = 0
      for rows in prefix + [own.lowerBound..<end] {
        let hidden = max(0, passed - place)
        if hidden < rows.count { keys.append((rows.dropFirst(hidden), place + hidden - passed)) }
        place += rows.count
      }
      return Block(queries: start..<end, keys: keys, columns: place - passed, visible: visible - passed)
    }
  }

  private func probabilities(
    _ block: Block, _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>, _ scores: UnsafeMutablePointer<Float>
  ) {
    let rows = block.queries.count
    products(block, q, k, scores)
    compute.causalSoftmax(
      scores, scale: shape.scale, visible: block.visible, window: shape.window, rows: rows, columns: block.columns)
  }

  /// out[query, key] = left[query] · right[key], where left has the stride of queries and right that of keys.
  private func products(
    _ block: Block, _ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>
  ) {
    let (qs, ks, d) = (shape.heads * shape.headSize, shape.keyValueHeads * shape.headSize, shape.headSize)
    for (keys, column) in block.keys {
      compute.serial.multiply(
        block.queries.count, keys.count, d, left + block.queries.lowerBound * qs, qs, transposeA: false,
        right + keys.lowerBound * ks, ks, transposeB: true, out + column, block.columns)
    }
  }

  func forward(_ q: Matrix, _ k: Matrix, _ v: Matrix, past: Int) -> Matrix {
    var y = Matrix(uninitialized: q.rows, q.columns)
    let (qs, ks, d) = (q.columns, k.columns, shape.headSize)
    let work = layout.segments.indices.flatMap { segment in
      layout.segments[segment].rows.lowerBound < past ? [] : blocks(of: segment)
    }
    let (qp, kp, vp, yp) = (q.pointer, k.pointer, v.pointer, y.mutablePointer)
    // Longest first, so that no thread is left with a long block at the end.
    let order = work.indices.sorted {
      work[$0].columns * work[$0].queries.count > work[$1].columns * work[$1].queries.count
    }
    let (group, serial) = (shape.group, compute.serial)
    compute.forEach(order.count * shape.keyValueHeads) { item in
      let block = work[order[item / shape.keyValueHeads]]
      let keyHead = item % shape.keyValueHeads
      let (rows, columns) = (block.queries.count, block.columns)
      let first = (block.queries.lowerBound - past) * qs + keyHead * group * d
      // All heads that share this key head are one product: head after head, laid out densely.
      withUnsafeTemporaryAllocation(of: Float.self, capacity: group * rows * (columns + d)) { buffer in
        guard let scores = buffer.baseAddress else { return }
        let dense = scores + group * rows * columns
        for head in 0..<group {
          for row in 0..<rows {
            (dense + (head * rows + row) * d).update(from: qp + first + row * qs + head * d, count: d)
          }
        }
        for (keys, column) in block.keys {
          serial.multiply(
            group * rows, keys.count, d, dense, d, transposeA: false, kp + keyHead * d + keys.lowerBound * ks, ks,
            transposeB: true, scores + column, columns)
        }
        for head in 0..<group {
          compute.causalSoftmax(
            scores + head * rows * columns, scale: shape.scale, visible: block.visible, window: shape.window,
            rows: rows, columns: columns)
        }
        for (index, (keys, column)) in block.keys.enumerated() {
          serial.multiply(
            group * rows, d, keys.count, scores + column, columns, transposeA: false,
            vp + keyHead * d + keys.lowerBound * ks, ks, transposeB: false, beta: index == 0 ? 0 : 1, dense, d)
        }
        for head in 0..<group {
          for row in 0..<rows {
            (yp + first + row * qs + head * d).update(from: dense + (head * rows + row) * d, count: d)
          }
        }
      }
    }
    return y
  }

  func backward(_ q: Matrix, _ k: Matrix, _ v: Matrix, _ dy: Matrix) -> (dq: Matrix, dk: Matrix, dv: Matrix) {
    var dq = Matrix(uninitialized: q.rows, q.columns)
    var dk = Matrix(zeros: k.rows, k.columns)
    var dv = Matrix(zeros: v.rows, v.columns)
    let (qs, ks, d) = (q.columns, k.columns, shape.headSize)
    let (qp, kp, vp, dyp) = (q.pointer, k.pointer, v.pointer, dy.pointer)
    let (dqp, dkp, dvp) = (dq.mutablePointer, dk.mutablePointer, dv.mutablePointer)
    let families = layout.families
    let serial = compute.serial
    // One family and key head at a time on a thread: several segments add to the gradient of their prefix.
    compute.forEach(families.count * shape.keyValueHeads) { item in
      let keyHead = item % shape.keyValueHeads
      for segment in families[item / shape.keyValueHeads] {
        for block in blocks(of: segment) {
          let rows = block.queries.count
          let size = rows * block.columns
          withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * size) { buffer in
            guard let p = buffer.baseAddress else { return }
            let dp = p + size
            for head in keyHead * shape.group..<(keyHead + 1) * shape.group {
              let queries = head * d + block.queries.lowerBound * qs
              probabilities(block, qp + head * d, kp + keyHead * d, p)
              products(block, dyp + head * d, vp + keyHead * d, dp)
              for (keys, column) in block.keys {
                serial.multiply(
                  keys.count, d, rows, p + column, block.columns, transposeA: true, dyp + queries, qs,
                  transposeB: false, beta: 1, dvp + keyHead * d + keys.lowerBound * ks, ks)
              }
              compute.softmaxBackward(p, dp, scale: shape.scale, rows: rows, columns: block.columns)
              for (index, (keys, column)) in block.keys.enumerated() {
                let at = keyHead * d + keys.lowerBound * ks
                serial.multiply(
                  rows, d, keys.count, dp + column, block.columns, transposeA: false, kp + at, ks,
                  transposeB: false, beta: index == 0 ? 0 : 1, dqp + queries, qs)
                serial.multiply(
                  keys.count, d, rows, dp + column, block.columns, transposeA: true, qp + queries, qs,
                  transposeB: false, beta: 1, dkp + at, ks)
              }
            }
          }
        }
      }
    }
    return (dq, dk, dv)
  }
}
