import Foundation

/// The pure-Swift twin of the C kernels of attention, argument for argument: a query and a head at a time.
enum ReferenceAttention {
  typealias Input = UnsafePointer<Float>
  typealias Output = UnsafeMutablePointer<Float>

  static func forward(
    _ shape: AttentionShape, _ queries: AttentionQueries, _ q: Input, _ k: Input, _ v: Input, _ y: Output,
    _ statistics: Output?
  ) {
    let (d, stride) = (shape.headSize, shape.keyValueHeads * shape.headSize)
    forEachHead(shape, queries) { query, head, keys, scores in
      let y = y + query * shape.heads * d + head * d
      var top = -Float.infinity
      let own = q + query * shape.heads * d + head * d
      for (j, key) in keys.enumerated() {
        scores[j] = ReferenceKernels.dot(own, k + key * stride, d)
        top = max(top, scores[j])
      }
      var sum: Float = 0
      y.update(repeating: 0, count: d)
      for (j, key) in keys.enumerated() {
        let p = exp((scores[j] - top) * shape.scale)
        sum += p
        ReferenceKernels.axpy(p, v + key * stride, y, d)
      }
      for c in 0..<d { y[c] /= sum }
      guard let statistics else { return }
      statistics[2 * (query * shape.group + head)] = top
      statistics[2 * (query * shape.group + head) + 1] = 1 / sum
    }
  }

  static func backward(
    _ shape: AttentionShape, _ queries: AttentionQueries, _ q: Input, _ k: Input, _ v: Input, _ y: Input,
    _ statistics: Input, _ dy: Input, _ dq: Output, _ dk: Output, _ dv: Output
  ) {
    let (d, stride) = (shape.headSize, shape.keyValueHeads * shape.headSize)
    forEachHead(shape, queries) { query, head, keys, _ in
      let at = query * shape.heads * d + head * d
      let kept = statistics + 2 * (query * shape.group + head)
      let mean = ReferenceKernels.dot(y + at, dy + at, d)
      (dq + at).update(repeating: 0, count: d)
      for key in keys {
        let p = exp((ReferenceKernels.dot(q + at, k + key * stride, d) - kept[0]) * shape.scale) * kept[1]
        let slope = p * (ReferenceKernels.dot(dy + at, v + key * stride, d) - mean) * shape.scale
        ReferenceKernels.axpy(slope, k + key * stride, dq + at, d)
        ReferenceKernels.axpy(slope, q + at, dk + key * stride, d)
        ReferenceKernels.axpy(p, dy + at, dv + key * stride, d)
      }
    }
  }

  /// Every query and head, with the rows of the keys that the query sees and memory for as many numbers.
  private static func forEachHead(
    _ shape: AttentionShape, _ queries: AttentionQueries,
    _ body: (_ query: Int, _ head: Int, _ keys: ArraySlice<Int>, _ scores: Output) -> Void
  ) {
    let rows = queries.keys.flatMap(Array.init)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: rows.count) { scores in
      guard let scores = scores.baseAddress else { return }
      for query in 0..<queries.rows.count {
        for head in 0..<shape.group { body(query, head, rows[queries.seen(by: query, shape)], scores) }
      }
    }
  }
}
