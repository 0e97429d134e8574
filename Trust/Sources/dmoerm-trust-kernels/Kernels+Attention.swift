import CDMoEKernels
import Foundation

@testable import DMoECore

/// Attention and its gradients, by every kernel that runs here.
extension Kernels {
  static func checkAttention() {
    for headSize in sizes where headSize > 0 {
      checkAttention(queries: 17, before: 3, headSize: headSize, group: 2, window: nil)
      checkAttention(queries: 2, before: 65, headSize: headSize, group: 1, window: 9)
    }
    for queries in sizes where queries > 0 {
      checkAttention(queries: queries, before: 0, headSize: 16, group: 1, window: nil)
      checkAttention(queries: queries, before: 5, headSize: 10, group: 3, window: 33)
    }
    for before in sizes { checkAttention(queries: 3, before: before, headSize: 8, group: 2, window: nil) }
  }

  /// Queries of a text behind keys that were there before, of heads that share a key head.
  private static func checkAttention(queries: Int, before: Int, headSize: Int, group: Int, window: Int?) {
    let shape = AttentionShape(heads: group, keyValueHeads: 1, headSize: headSize, scale: 0.125, window: window)
    // The text's rows lie in three pieces, the first of them behind the others.
    let count = before + queries
    let cuts = [count / 3, count / 2]
    let pieces = [count - cuts[0]..<count, 0..<cuts[1] - cuts[0], cuts[1] - cuts[0]..<count - cuts[0]]
    let text = AttentionQueries(rows: 0..<queries, column: before, keys: pieces)
    // Numbers that bf16 holds: kernels of these are then apart from the twin by what they round themselves, in any size.
    let q = Buffer(queries * group * headSize).inBF16()
    let (k, v) = (Buffer(count * headSize, seed: 2).inBF16(), Buffer(count * headSize, seed: 3).inBF16())
    let dy = Buffer(q.count, seed: 4)
    let (expected, kept) = (Buffer(q.count), Buffer(2 * queries * group))
    ReferenceAttention.forward(shape, text, q.start, k.start, v.start, expected.start, kept.start)
    let twins = (Buffer(q.count), Buffer(k.count, filledWith: 0.5), Buffer(k.count, filledWith: 0.5))
    ReferenceAttention.backward(
      shape, text, q.start, k.start, v.start, expected.start, kept.start, dy.start, twins.0.start, twins.1.start,
      twins.2.start)
    var own = dmoe_attention_shape(
      group: Int64(group), head_size: Int64(headSize), scale: shape.scale, window: window.map(Int64.init) ?? .max,
      query_stride: Int64(group * headSize), key_stride: Int64(headSize))
    let runs = pieces.map { dmoe_rows(first: Int64($0.lowerBound), count: Int64($0.count)) }
    runs.withUnsafeBufferPointer { runs in
      var asked = dmoe_queries(
        count: Int64(queries), column: Int64(before), runs: runs.baseAddress, run_count: Int64(runs.count))
      for kernels in (dmoe_attention_plain...dmoe_attention_amx).map(Int32.init) where dmoe_attention_runs(kernels) {
        let what = "attention \(kernels) of \(queries) queries behind \(before), heads of \(headSize)"
        let (y, statistics) = (Buffer(q.count), Buffer(kept.count))
        withScratch(floats: dmoe_attention_scratch(kernels, &own, Int64(queries))) {
          dmoe_attention(kernels, &own, &asked, q.start, k.start, v.start, y.start, statistics.start, $0)
        }
        let isNarrow = kernels >= Int32(dmoe_attention_bf16)
        y.compare(expected, isNarrow ? 0.01 : 1e-5, areDifferences: true, what)
        statistics.compare(kept, isNarrow ? 0.01 : 1e-5, areDifferences: true, "\(what), statistics")
        // Without statistics it is the same.
        let bare = Buffer(q.count)
        withScratch(floats: dmoe_attention_scratch(kernels, &own, Int64(queries))) {
          dmoe_attention(kernels, &own, &asked, q.start, k.start, v.start, bare.start, nil, $0)
        }
        bare.compare(y, 0, "\(what), without statistics")
        guard !isNarrow else { continue }
        let found = (Buffer(q.count), Buffer(k.count, filledWith: 0.5), Buffer(k.count, filledWith: 0.5))
        withScratch(floats: dmoe_attention_backward_scratch(&own, Int64(queries))) {
          dmoe_attention_backward(
            kernels, &own, &asked, q.start, k.start, v.start, expected.start, kept.start, dy.start, found.0.start,
            found.1.start, found.2.start, $0)
        }
        // Differences of products of whole heads, which are a thousand times as large.
        found.0.compare(twins.0, 2e-4, areDifferences: true, "\(what), of queries")
        found.1.compare(twins.1, 2e-4, areDifferences: true, "\(what), of keys")
        found.2.compare(twins.2, 2e-4, areDifferences: true, "\(what), of values")
      }
    }
  }

  /// Memory of exactly so many floats at a boundary of 64 bytes.
  private static func withScratch(floats count: Int64, _ body: (UnsafeMutablePointer<Float>) -> Void) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: Int(count) * MemoryLayout<Float>.stride, alignment: 64)
    defer { memory.deallocate() }
    body(memory.bindMemory(to: Float.self, capacity: Int(count)))
  }
}
