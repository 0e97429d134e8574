import CDMoEKernels

/// Queries of a text that are worked on together, and the rows of the keys and values that they see.
struct AttentionQueries {
  /// Their rows in the layout.
  let rows: Range<Int>
  /// The place of the first of them in its text, counted from 0.
  let column: Int
  /// The rows of the text by column, from its beginning to the last of them.
  let keys: [Range<Int>]

  /// The columns that the query at `index` sees.
  func seen(by index: Int, _ shape: AttentionShape) -> Range<Int> {
    let end = column + index + 1
    return max(0, end - (shape.window ?? end))..<end
  }
}

/// Attention over one layout, forward above backward: which queries are worked on together, and by which kernels.
struct AttentionPass {
  let layout: RowLayout
  let shape: AttentionShape
  let compute: Compute
  /// The instruction set of the C loops: those with fused multiply-adds give the same bits.
  var kernels = bestKernels

  static let bestKernels = dmoe_attention_best()

  /// What is read, and of every query the largest product with a key and 1 / the sum of its exponentials: [key heads, rows
  /// · queries that share one · 2].
  typealias Result = (y: Matrix, statistics: Matrix?)

  /// The queries of a segment, in parts that pay for the keys and values that are laid out for each, and fit into the
  /// second-level cache. The sums over queries, of gradients of keys and values, are by part.
  private func queries(of segment: Int) -> [AttentionQueries] {
    let own = layout.segments[segment].rows
    let prefix = layout.prefixRows(of: segment)
    let before = prefix.reduce(0) { $0 + $1.count }
    let size = min(128, max(32, 192 / shape.group / 16 * 16))
    return stride(from: own.lowerBound, to: own.upperBound, by: size).map { start in
      let end = min(start + size, own.upperBound)
      return AttentionQueries(
        rows: start..<end, column: before + start - own.lowerBound, keys: prefix + [own.lowerBound..<end])
    }
  }

  func forward(_ q: Matrix, _ k: Matrix, _ v: Matrix, past: Int, keepsStatistics: Bool) -> Result {
    let work = layout.segments.indices.flatMap { segment in
      layout.segments[segment].rows.lowerBound < past ? [] : queries(of: segment)
    }
    return forward(q, k, v, of: work, past: past, keepsStatistics: keepsStatistics)
  }

  /// - Parameter past: The row of which the first query is.
  func forward(
    _ q: Matrix, _ k: Matrix, _ v: Matrix, of work: [AttentionQueries], past: Int, keepsStatistics: Bool
  ) -> Result {
    var y = Matrix(uninitialized: q.rows, q.columns)
    var statistics = keepsStatistics ? Matrix(uninitialized: shape.keyValueHeads, statisticsCount(q.rows)) : nil
    // Longest first, so that no thread is left with a long part at the end.
    let order = work.indices.sorted { cost(work[$0]) > cost(work[$1]) }
    let (qp, kp, vp, yp) = (q.pointer, k.pointer, v.pointer, y.mutablePointer)
    let sp = statistics?.mutablePointer
    compute.forEach(order.count * shape.keyValueHeads) { item in
      let queries = work[order[item / shape.keyValueHeads]]
      let keyHead = item % shape.keyValueHeads
      let first = queries.rows.lowerBound - past
      let (own, shared) = (first * q.columns + keyHead * shape.group * shape.headSize, keyHead * shape.headSize)
      let kept = sp.map { $0 + keyHead * statisticsCount(q.rows) + statisticsCount(first) }
      switch compute.backend {
      case .openBLAS:
        withKernel(queries, dmoe_attention_scratch) { c, text, scratch in
          dmoe_attention(kernels, c, text, qp + own, kp + shared, vp + shared, yp + own, kept, scratch)
        }
      case .reference:
        ReferenceAttention.forward(shape, queries, qp + own, kp + shared, vp + shared, yp + own, kept)
      }
    }
    return (y, statistics)
  }

  func backward(
    _ q: Matrix, _ k: Matrix, _ v: Matrix, _ result: Result, _ dy: Matrix
  ) -> (dq: Matrix, dk: Matrix, dv: Matrix) {
    guard let statistics = result.statistics else { preconditionFailure("attention: the forward pass kept nothing") }
    var dq = Matrix(uninitialized: q.rows, q.columns)
    var dk = Matrix(zeros: k.rows, k.columns)
    var dv = Matrix(zeros: v.rows, v.columns)
    let families = layout.families
    let (qp, kp, vp, yp, sp) = (q.pointer, k.pointer, v.pointer, result.y.pointer, statistics.pointer)
    let (dyp, dqp, dkp, dvp) = (dy.pointer, dq.mutablePointer, dk.mutablePointer, dv.mutablePointer)
    // One family and key head at a time on a thread: several segments add to the gradient of their prefix.
    compute.forEach(families.count * shape.keyValueHeads) { item in
      let keyHead = item % shape.keyValueHeads
      let at = keyHead * shape.headSize
      for queries in families[item / shape.keyValueHeads].flatMap(queries(of:)) {
        let first = queries.rows.lowerBound
        let own = first * q.columns + keyHead * shape.group * shape.headSize
        let kept = sp + keyHead * statisticsCount(q.rows) + statisticsCount(first)
        switch compute.backend {
        case .openBLAS:
          withKernel(queries, dmoe_attention_backward_scratch) { c, text, scratch in
            dmoe_attention_backward(
              kernels, c, text, qp + own, kp + at, vp + at, yp + own, kept, dyp + own, dqp + own, dkp + at, dvp + at,
              scratch)
          }
        case .reference:
          ReferenceAttention.backward(
            shape, queries, qp + own, kp + at, vp + at, yp + own, kept, dyp + own, dqp + own, dkp + at, dvp + at)
        }
      }
    }
    return (dq, dk, dv)
  }

  /// Numbers that are kept of so many rows and one key head.
  private func statisticsCount(_ rows: Int) -> Int { 2 * rows * shape.group }

  private func cost(_ queries: AttentionQueries) -> Int {
    queries.rows.count * queries.seen(by: queries.rows.count - 1, shape).count
  }

  /// Calls a C kernel with the shape, the queries, and as much memory as `scratch` says.
  private func withKernel(
    _ queries: AttentionQueries,
    _ scratch: (UnsafePointer<dmoe_attention_shape>?, Int64) -> Int64,
    _ body: (
      UnsafePointer<dmoe_attention_shape>, UnsafePointer<dmoe_queries>, UnsafeMutablePointer<Float>
    ) -> Void
  ) {
    var c = dmoe_attention_shape(
      group: Int64(shape.group), head_size: Int64(shape.headSize), scale: shape.scale,
      window: Int64(shape.window ?? .max), query_stride: Int64(shape.heads * shape.headSize),
      key_stride: Int64(shape.keyValueHeads * shape.headSize))
    let runs = queries.keys.map { dmoe_rows(first: Int64($0.lowerBound), count: Int64($0.count)) }
    let count = Int(scratch(&c, Int64(queries.rows.count)))
    runs.withUnsafeBufferPointer { runs in
      var text = dmoe_queries(
        count: Int64(queries.rows.count), column: Int64(queries.column), runs: runs.baseAddress,
        run_count: Int64(runs.count))
      // As vectors for their alignment.
      withUnsafeTemporaryAllocation(of: SIMD16<Float>.self, capacity: (count + 15) / 16) { buffer in
        guard let base = buffer.baseAddress else { return }
        body(&c, &text, UnsafeMutableRawPointer(base).assumingMemoryBound(to: Float.self))
      }
    }
  }
}
