import DMoECore
import Foundation
import Testing
import _TestSupport

@Suite struct AttentionTests {
  /// Every row over the rows it may see, one at a time.
  static func twin(_ x: [DoubleMatrix], _ layout: RowLayout, _ shape: AttentionShape) -> DoubleMatrix {
    let (q, k, v) = (x[0], x[1], x[2])
    let d = shape.headSize
    var y = DoubleMatrix(zeros: q.rows, q.columns)
    for segment in layout.segments {
      var before: [Int] = []
      var prefix = segment.prefix
      while let index = prefix {
        before = Array(layout.segments[index].rows) + before
        prefix = layout.segments[index].prefix
      }
      for row in segment.rows {
        let keys = (before + Array(segment.rows.lowerBound...row)).suffix(shape.window ?? .max)
        for head in 0..<shape.heads {
          let keyHead = head / (shape.heads / shape.keyValueHeads)
          var scores = keys.map { key in
            (0..<d).reduce(0.0) { $0 + q[row, head * d + $1] * k[key, keyHead * d + $1] } * Double(shape.scale)
          }
          let top = scores.max() ?? 0
          scores = scores.map { exp($0 - top) }
          let sum = scores.reduce(0, +)
          for c in 0..<d {
            y[row, head * d + c] =
              zip(keys, scores).reduce(0.0) { $0 + $1.1 * v[$1.0, keyHead * d + c] } / sum
          }
        }
      }
    }
    return y
  }

  private static func inputs(_ layout: RowLayout, _ shape: AttentionShape) -> [Matrix] {
    let rows = layout.rowCount
    return [
      randomMatrix(rows, shape.heads * shape.headSize, seed: 11, scale: 2),
      randomMatrix(rows, shape.keyValueHeads * shape.headSize, seed: 12, scale: 2),
      randomMatrix(rows, shape.keyValueHeads * shape.headSize, seed: 13),
    ]
  }

  private static func check(
    _ what: String, _ layout: RowLayout, _ shape: AttentionShape, directions: Int? = nil, tolerance: Double = 2e-5,
    on computes: [Compute] = everyCompute
  ) {
    for compute in computes {
      checkOperation(what, inputs(layout, shape), on: compute, tolerance: tolerance, directions: directions) {
        graph, p in
        graph.attention(graph.variable(p[0]), graph.variable(p[1]), graph.variable(p[2]), layout, shape)
      } twin: {
        twin($0, layout, shape)
      }
    }
  }

  private static func layout(_ segments: (count: Int, prefix: Int?)...) -> RowLayout {
    var result = RowLayout()
    for segment in segments { _ = result.append(count: segment.count, prefix: segment.prefix) }
    return result
  }

  @Test func severalSegmentsSeeOnlyThemselves() {
    Self.check(
      "segments", Self.layout((3, nil), (1, nil), (4, nil)), AttentionShape(heads: 2, keyValueHeads: 2, headSize: 4))
  }

  @Test func headsShareKeysInGroups() {
    Self.check("groups", Self.layout((5, nil)), AttentionShape(heads: 4, keyValueHeads: 2, headSize: 2))
    Self.check("one key head", Self.layout((4, nil)), AttentionShape(heads: 3, keyValueHeads: 1, headSize: 2))
  }

  @Test func chainsOfPrefixesAreSeenWhole() {
    // Two responses to one prompt, one of them continued twice, and a stranger in between.
    Self.check(
      "prefixes", Self.layout((3, nil), (2, 0), (2, nil), (1, 0), (2, 1), (1, 1)),
      AttentionShape(heads: 2, keyValueHeads: 1, headSize: 2))
  }

  @Test func textsLongerThanABlockEqualTheTwin() {
    // Queries are worked on in parts of at most 128: a prefix of more than one, a continuation of more than one.
    Self.check(
      "blocks", Self.layout((131, nil), (140, 0), (2, nil)), AttentionShape(heads: 2, keyValueHeads: 1, headSize: 2),
      directions: 1, tolerance: 5e-5, on: everyBackend)
  }

  @Test(arguments: [1, 2, 3, 5, 100]) func aWindowHidesWhatIsFurtherBack(window: Int) {
    // Prefixes of which a window sees nothing, a part, and all.
    Self.check(
      "window \(window)", Self.layout((3, nil), (4, 0), (2, nil), (1, 0), (3, 1)),
      AttentionShape(heads: 2, keyValueHeads: 1, headSize: 2, window: window))
  }

  @Test func aScaleOfItsOwnIsUsed() {
    Self.check("scale", Self.layout((5, nil)), AttentionShape(heads: 2, keyValueHeads: 1, headSize: 4, scale: 0.2))
  }

  @Test(arguments: [7, 128, 150]) func aWindowCrossesBlocks(window: Int) {
    // Parts are of at most 128 queries, blocks of 64 keys: windows shorter than one, as long, and longer, over a prefix and its continuation.
    Self.check(
      "blocks, window \(window)", Self.layout((131, nil), (140, 0), (2, nil)),
      AttentionShape(heads: 2, keyValueHeads: 1, headSize: 2, window: window), directions: 1, tolerance: 5e-5,
      on: everyBackend)
  }

  /// What is before the window changes nothing, to the bit: a text's end is what it is alone, where windows see it all.
  @Test func rowsBehindTheWindowAreNotRead() throws {
    let shape = AttentionShape(heads: 2, keyValueHeads: 1, headSize: 4, window: 3)
    let layout = Self.layout((40, nil))
    for compute in everyCompute {
      let x = Self.inputs(layout, shape)
      func last(_ first: Float) -> [Float] {
        var x = x
        for c in 0..<x[1].columns { (x[1][36, c], x[2][36, c]) = (first, first) }
        let (q, k, v) = (Variable(constant: x[0]), Variable(constant: x[1]), Variable(constant: x[2]))
        return Graph(compute).attention(q, k, v, layout, shape).value.row(39)
      }
      #expect(last(1) == last(1e6))
    }
  }

  @Test func sharedPrefixEqualsTheConcatenatedText() throws {
    let shape = AttentionShape(heads: 4, keyValueHeads: 2, headSize: 4)
    let shared = Self.layout((5, nil), (3, 0), (2, 0))
    let separate = Self.layout((8, nil), (7, nil))
    // Rows of the separate texts in the shared layout.
    let rows = Array(0..<5) + Array(5..<8) + Array(0..<5) + Array(8..<10)
    for compute in everyCompute {
      let graph = Graph(compute)
      let x = Self.inputs(shared, shape).map { Variable(constant: $0) }
      let y = graph.attention(x[0], x[1], x[2], shared, shape).value
      let z = x.map { graph.gather($0, rows: rows) }
      let expected = graph.attention(z[0], z[1], z[2], separate, shape).value
      expectClose(graph.gather(Variable(constant: y), rows: rows).value, expected, 1e-6)
    }
  }

  @Test func aScoreDoesNotDependOnItsNeighbours() throws {
    let shape = AttentionShape(heads: 2, keyValueHeads: 1, headSize: 4)
    for compute in everyCompute {
      let graph = Graph(compute)
      let many = Self.layout((4, nil), (6, nil))
      let x = Self.inputs(many, shape)
      let all = graph.attention(
        Variable(constant: x[0]), Variable(constant: x[1]), Variable(constant: x[2]), many, shape)
      let one = x.map { Variable(constant: $0.rows(4..<10)) }
      let alone = graph.attention(one[0], one[1], one[2], Self.layout((6, nil)), shape)
      expectClose(all.value.rows(4..<10), alone.value, 1e-6)
    }
  }

  @Test func largeScoresStayFinite() {
    let shape = AttentionShape(heads: 1, keyValueHeads: 1, headSize: 2)
    let layout = Self.layout((4, nil))
    for compute in everyCompute {
      let big = Variable(constant: randomMatrix(4, 2, seed: 1, scale: 1e4))
      let y = Graph(compute).attention(big, big, big, layout, shape).value
      #expect(y.isFinite)
      #expect(y.row(0) == big.value.row(0))
    }
  }
}
