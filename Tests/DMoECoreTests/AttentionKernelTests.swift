import CDMoEKernels
import Foundation
import Testing
import _TestSupport

@testable import DMoECore

/// What the kernels of attention promise beyond being right: a row's bits are its own, on every instruction set.
@Suite struct AttentionKernelTests {
  private static func layout(_ segments: (count: Int, prefix: Int?)...) -> RowLayout {
    var result = RowLayout()
    for segment in segments { _ = result.append(count: segment.count, prefix: segment.prefix) }
    return result
  }

  /// Queries, keys and values of so many rows.
  private struct Text {
    var q: Matrix
    var k: Matrix
    var v: Matrix

    init(q: Matrix, k: Matrix, v: Matrix) { (self.q, self.k, self.v) = (q, k, v) }

    init(_ rows: Int, _ shape: AttentionShape, seed: UInt64) {
      q = randomMatrix(rows, shape.heads * shape.headSize, seed: seed, scale: 2)
      k = randomMatrix(rows, shape.keyValueHeads * shape.headSize, seed: seed + 1, scale: 2)
      v = randomMatrix(rows, shape.keyValueHeads * shape.headSize, seed: seed + 2)
    }

    func rows(_ range: Range<Int>) -> Text { Text(q: q.rows(range), k: k.rows(range), v: v.rows(range)) }

    static func stacked(_ parts: [Text]) -> Text {
      Text(
        q: Matrix(stacking: parts.map(\.q)), k: Matrix(stacking: parts.map(\.k)), v: Matrix(stacking: parts.map(\.v)))
    }

    var doubles: [DoubleMatrix] { [q, k, v].map(DoubleMatrix.init) }
  }

  private static func read(_ text: Text, _ layout: RowLayout, _ shape: AttentionShape, _ road: Road) -> Matrix {
    AttentionPass(layout: layout, shape: shape, compute: road.compute, kernels: road.kernels)
      .forward(text.q, text.k, text.v, past: 0, keepsStatistics: false).y
  }

  private static func bits(_ matrix: Matrix) -> [UInt32] { matrix.elements.map(\.bitPattern) }

  /// A backend and, where it is the C library's, its kernels.
  private struct Road: CustomStringConvertible {
    var compute: Compute
    var kernels: Int32
    var isNarrow: Bool { kernels > dmoe_attention_avx512 }
    /// 8 bits of a product's terms, or a few dozen terms in single precision.
    var tolerance: Double { isNarrow ? 2e-2 : 2e-5 }
    var description: String { "\(compute.backend), kernels \(kernels), \(compute.threads) threads" }

    func on(threads: Int) throws -> Road {
      let backend: ComputeBackend = compute.backend == .openBLAS ? .openBLAS : .reference
      return Road(compute: try Compute(ComputeOptions(backend: backend, threads: threads)), kernels: kernels)
    }
  }

  /// Every backend of this build, with the kernels of floats and with all that this CPU has in bf16.
  private static let roads: [Road] = everyBackend.flatMap { compute in
    let narrow = [dmoe_attention_bf16, dmoe_attention_amx].map(Int32.init).filter { dmoe_attention_runs($0) }
    return ([AttentionPass.floatKernels] + (compute.backend == .openBLAS ? narrow : [])).map {
      Road(compute: compute, kernels: $0)
    }
  }

  /// Every number of queries up to two blocks of keys and two more, with and without a window, in groups or not.
  @Test func everyLengthEqualsTheTwin() {
    for road in Self.roads {
      for count in 1...130 {
        let shape = AttentionShape(
          heads: count % 2 == 0 ? 3 : 2, keyValueHeads: count % 2 == 0 ? 3 : 1, headSize: count % 4 == 1 ? 16 : 3,
          window: count % 3 == 0 ? count / 2 + 1 : nil)
        let (text, layout) = (Text(count, shape, seed: UInt64(count)), Self.layout((count, nil)))
        expectClose(
          Self.read(text, layout, shape, road).elements.map(Double.init),
          AttentionTests.twin(text.doubles, layout, shape).values, road.tolerance, "\(count) queries on \(road)")
      }
    }
  }

  @Test(arguments: [1, 7, 8, 15, 16, 17, 24, 40, 64, 72, 128, 256]) func everyHeadSizeEqualsTheTwin(size: Int) {
    let shape = AttentionShape(heads: 4, keyValueHeads: 2, headSize: size, window: 50)
    let layout = Self.layout((70, nil), (9, 0))
    let text = Text(79, shape, seed: UInt64(size))
    for road in Self.roads where road.isNarrow {
      expectClose(
        Self.read(text, layout, shape, road).elements.map(Double.init),
        AttentionTests.twin(text.doubles, layout, shape).values, road.tolerance, "head size \(size) on \(road)")
    }
    for compute in everyBackend {
      checkOperation(
        "head size \(size)", [text.q, text.k, text.v], on: compute, tolerance: 5e-5, directions: 1
      ) { graph, p in
        graph.attention(graph.variable(p[0]), graph.variable(p[1]), graph.variable(p[2]), layout, shape)
      } twin: {
        AttentionTests.twin($0, layout, shape)
      }
    }
  }

  @Test(arguments: [nil, 70, 5]) func aRowsBitsAreTheSameInEveryCompany(window: Int?) throws {
    let shape = AttentionShape(heads: 6, keyValueHeads: 2, headSize: 24, window: window)
    let text = Text(150, shape, seed: 1)
    let strangers = [Text(7, shape, seed: 20), Text(67, shape, seed: 30)]
    for road in Self.roads {
      let alone = Self.read(text, Self.layout((150, nil)), shape, road)
      for threads in [1, 2, 4] {
        let found = Self.read(text, Self.layout((150, nil)), shape, try road.on(threads: threads))
        #expect(Self.bits(found) == Self.bits(alone), "\(threads) threads on \(road)")
      }
      let batch = Text.stacked([strangers[0], text, strangers[1]])
      let inBatch = Self.read(batch, Self.layout((7, nil), (150, nil), (67, nil)), shape, road)
      #expect(Self.bits(inBatch.rows(7..<157)) == Self.bits(alone), "\(road)")

      // A prompt of which the strangers' rows are another continuation, and the text's end goes on twice.
      let shared = Text.stacked([text.rows(0..<61), strangers[1], text.rows(61..<64), text.rows(64..<150)])
      let continued = Self.read(shared, Self.layout((61, nil), (67, 0), (3, 0), (86, 2)), shape, road)
      #expect(Self.bits(continued.rows(0..<61)) == Self.bits(alone.rows(0..<61)), "\(road)")
      #expect(Self.bits(continued.rows(128..<217)) == Self.bits(alone.rows(61..<150)), "\(road)")
    }
  }

  @Test(arguments: [nil, 20]) func aStepOfDecodingGivesTheBitsOfTheWholeText(window: Int?) {
    let shape = AttentionShape(heads: 3, keyValueHeads: 1, headSize: 16, window: window)
    let text = Text(133, shape, seed: 3)
    for road in Self.roads {
      let whole = Self.read(text, Self.layout((133, nil)), shape, road)
      for (past, count) in [(1, 1), (62, 1), (63, 1), (64, 1), (65, 1), (100, 7), (127, 6), (132, 1)] {
        let pass = AttentionPass(
          layout: Self.layout((past, nil), (count, 0)), shape: shape, compute: road.compute, kernels: road.kernels)
        let step = pass.forward(
          text.q.rows(past..<past + count), text.k.rows(0..<past + count), text.v.rows(0..<past + count), past: past,
          keepsStatistics: false
        ).y
        #expect(Self.bits(step) == Self.bits(whole.rows(past..<past + count)), "\(count) rows after \(past) on \(road)")
      }
    }
  }

  @Test func everyInstructionSetGivesTheSameBits() {
    guard let compute = everyBackend.first(where: { $0.backend == .openBLAS }) else { return }
    let shape = AttentionShape(heads: 6, keyValueHeads: 2, headSize: 20, window: 90)
    let layout = Self.layout((131, nil), (40, 0), (3, nil))
    let text = Text(174, shape, seed: 5)
    let dy = randomMatrix(174, 120, seed: 9)
    var results: [(y: Matrix, gradients: [Matrix])] = []
    for kernels in 0...AttentionPass.floatKernels {
      let pass = AttentionPass(layout: layout, shape: shape, compute: compute, kernels: kernels)
      let result = pass.forward(text.q, text.k, text.v, past: 0, keepsStatistics: true)
      let (dq, dk, dv) = pass.backward(text.q, text.k, text.v, result, dy)
      results.append((result.y, [dq, dk, dv]))
    }
    // The plain kernels round twice where the CPU that the build is for has no fused multiply-add.
    expectClose(results[0].y, results[results.count - 1].y, 1e-5)
    for (plain, best) in zip(results[0].gradients, results[results.count - 1].gradients) {
      expectClose(plain, best, 1e-5)
    }
    guard results.count == 3 else { return }
    #expect(Self.bits(results[1].y) == Self.bits(results[2].y))
    for (narrow, wide) in zip(results[1].gradients, results[2].gradients) {
      #expect(Self.bits(narrow) == Self.bits(wide))
    }
  }

  /// A number that is none reaches the rows that see it, as in the twin, and no bit of the others, which stand in the same
  /// block.
  @Test(arguments: [Float.nan, .infinity, -.infinity]) func whatIsNotFiniteReachesOnlyWhatSeesIt(number: Float) {
    let shape = AttentionShape(heads: 4, keyValueHeads: 2, headSize: 8, window: 30)
    let layout = Self.layout((90, nil))
    let plain = Text(90, shape, seed: 7)
    for road in Self.roads {
      let before = Self.read(plain, layout, shape, road)
      for isValue in [false, true] {
        var text = plain
        // Row 40, a channel of the first key head: heads 0 and 1.
        if isValue { text.v[40, 3] = number } else { text.k[40, 3] = number }
        let found = Self.read(text, layout, shape, road)
        let expected = AttentionTests.twin(text.doubles, layout, shape)
        for row in 0..<90 {
          guard (40..<70).contains(row) else {
            #expect(
              found.row(row).map(\.bitPattern) == before.row(row).map(\.bitPattern), "row \(row) on \(road)")
            continue
          }
          for c in 0..<32 {
            let (f, e) = (found[row, c], expected[row, c])
            let isSame = e.isNaN ? f.isNaN : e.isInfinite ? f == Float(e) : abs(Double(f) - e) < road.tolerance
            #expect(isSame, "row \(row), channel \(c) on \(road): \(f), the twin \(e)")
          }
        }
      }
    }
  }

  /// Scores so low that their exponentials vanish, or are below the smallest normal number, count as 0.
  @Test func distantScoresAndSmallNumbersEqualTheTwin() {
    let shape = AttentionShape(heads: 1, keyValueHeads: 1, headSize: 4, scale: 1)
    let layout = Self.layout((80, nil))
    for road in Self.roads where !road.isNarrow {
      var text = Text(80, shape, seed: 11)
      for row in 0..<80 { for c in 0..<4 { text.k[row, c] *= Float(row) } }
      for row in 40..<60 { for c in 0..<4 { text.v[row, c] *= 0x1p-130 } }
      expectClose(
        Self.read(text, layout, shape, road).elements.map(Double.init),
        AttentionTests.twin(text.doubles, layout, shape).values, 2e-5)
    }
  }
}
