import DMoECore
import Testing
import _TestSupport

@testable import struct DMoECore.DropoutMask

@Suite struct LinearLayerTests {
  private struct Term {
    var rows: Range<Int>
    var rank: Int
    var scaling: Float
    var dropout: Float = 0
    var key: UInt64 = 0
  }

  /// Rows shared by two terms, rows of none, a term of one row, a term of no rows' neighbours at either end.
  private let terms = [
    Term(rows: 0..<3, rank: 2, scaling: 0.5), Term(rows: 2..<6, rank: 1, scaling: -1.5),
    Term(rows: 6..<7, rank: 3, scaling: 2),
  ]

  private static func term(_ term: Term, _ a: Parameter, _ b: Parameter) -> LowRankTerm {
    LowRankTerm(rows: term.rows, a: a, b: b, scaling: term.scaling, dropout: term.dropout, key: term.key)
  }

  /// y = x Wᵀ + bias + Σ scaling · mask(x[rows]) Aᵀ Bᵀ
  private static func twin(
    _ x: DoubleMatrix, _ w: DoubleMatrix, bias: DoubleMatrix?, _ terms: [Term], _ factors: [DoubleMatrix],
    masks: [DoubleMatrix?]
  ) -> DoubleMatrix {
    var y = x.timesTransposed(w)
    if let bias { for r in 0..<y.rows { for c in 0..<y.columns { y[r, c] += bias[0, c] } } }
    for (index, term) in terms.enumerated() {
      var part = x.rows(term.rows)
      if let mask = masks[index] { part.values = zip(part.values, mask.values).map(*) }
      let (a, b) = (factors[2 * index], factors[2 * index + 1])
      let added = part.timesTransposed(a).timesTransposed(b)
      for (i, r) in term.rows.enumerated() {
        for c in 0..<y.columns { y[r, c] += Double(term.scaling) * added[i, c] }
      }
    }
    return y
  }

  private func factors(_ terms: [Term], inputs: Int, outputs: Int) -> [Matrix] {
    terms.enumerated().flatMap { index, term in
      [
        randomMatrix(term.rank, inputs, seed: UInt64(30 + index)),
        randomMatrix(outputs, term.rank, seed: UInt64(40 + index)),
      ]
    }
  }

  private let x = randomMatrix(8, 5, seed: 1)
  private let w = randomMatrix(4, 5, seed: 2)
  private let bias = randomMatrix(1, 4, seed: 3)

  @Test func trainableWeightsAndBiasEqualTheTwin() {
    for compute in everyCompute {
      checkOperation("linear", [x, w, bias], on: compute) { graph, p in
        var layer = Linear(frozen: DenseWeight(Matrix(zeros: 4, 5)))
        layer.weight = .trainable(p[1])
        layer.bias = p[2]
        return graph.linear(graph.variable(p[0]), layer)
      } twin: {
        Self.twin($0[0], $0[1], bias: $0[2], [], [], masks: [])
      }
    }
  }

  @Test func frozenWeightsPassTheGradientOn() {
    let layer = Linear(frozen: DenseWeight(w), bias: bias)
    let (exactW, exactBias) = (DoubleMatrix(w), DoubleMatrix(bias))
    for compute in everyCompute {
      checkOperation("frozen linear", [x], on: compute) { graph, p in
        graph.linear(graph.variable(p[0]), layer)
      } twin: {
        Self.twin($0[0], exactW, bias: exactBias, [], [], masks: [])
      }
    }
  }

  @Test func lowRankTermsOnOverlappingRowsEqualTheTwin() {
    let layer = Linear(frozen: DenseWeight(w))
    let exactW = DoubleMatrix(w)
    let terms = terms
    for compute in everyCompute {
      checkOperation("low-rank terms", [x] + factors(terms, inputs: 5, outputs: 4), on: compute) { graph, p in
        graph.linear(
          graph.variable(p[0]), layer,
          terms.enumerated().map { Self.term($1, p[1 + 2 * $0], p[2 + 2 * $0]) })
      } twin: {
        Self.twin($0[0], exactW, bias: nil, terms, Array($0.dropFirst()), masks: terms.map { _ in nil })
      }
    }
  }

  @Test func droppedInputsEqualTheTwinUnderTheSameMask() throws {
    var terms = terms
    for index in terms.indices {
      terms[index].dropout = 0.4
      terms[index].key = UInt64(index + 7)
    }
    terms[1].dropout = 0
    let layer = Linear(frozen: DenseWeight(w))
    let exactW = DoubleMatrix(w)
    for compute in everyCompute {
      let masks: [DoubleMatrix?] = terms.map { term in
        DropoutMask(rate: term.dropout, seed: 99, key: term.key).map { mask in
          var ones = Matrix(repeating: 1, term.rows.count, 5)
          mask.apply(to: &ones, compute)
          return DoubleMatrix(ones)
        }
      }
      #expect(masks[0]?.values.contains(0) == true && masks[1] == nil)
      checkOperation(
        "dropout", [x] + factors(terms, inputs: 5, outputs: 4), on: compute, dropoutSeed: 99
      ) { graph, p in
        graph.linear(
          graph.variable(p[0]), layer, terms.enumerated().map { Self.term($1, p[1 + 2 * $0], p[2 + 2 * $0]) })
      } twin: {
        Self.twin($0[0], exactW, bias: nil, terms, Array($0.dropFirst()), masks: masks)
      }
    }
  }

  @Test func aFrozenTermIsNotDropped() {
    let term = Term(rows: 0..<8, rank: 2, scaling: 1, dropout: 0.9, key: 1)
    let ab = factors([term], inputs: 5, outputs: 4).map { Parameter($0) }
    let start = Parameter(x)
    let layer = Linear(frozen: DenseWeight(w))
    func value(training ids: Set<ParameterID>, seed: UInt64?) -> Matrix {
      let graph = Graph(.reference, tape: Tape(training: ids), dropoutSeed: seed)
      return graph.linear(graph.variable(start), layer, [Self.term(term, ab[0], ab[1])]).value
    }
    #expect(value(training: [start.id], seed: 5) == value(training: [], seed: nil))
    #expect(value(training: [ab[0].id], seed: 5) != value(training: [], seed: nil))
    #expect(value(training: [ab[0].id], seed: 5) == value(training: [ab[1].id], seed: 5))
    #expect(value(training: [ab[0].id], seed: 5) != value(training: [ab[0].id], seed: 6))
    #expect(value(training: [ab[0].id], seed: nil) == value(training: [], seed: nil))
  }

  @Test func dropoutKeepsTheExpectation() throws {
    for compute in everyCompute {
      var x = Matrix(repeating: 1, 200, 100)
      let mask = try #require(DropoutMask(rate: 0.3, seed: 3, key: 4))
      mask.apply(to: &x, compute)
      let dropped = x.elements.filter { $0 == 0 }.count
      // 20 000 draws: a deviation of 65.
      #expect(abs(dropped - 6000) < 400)
      #expect(x.elements.allSatisfy { $0 == 0 || abs($0 - 1 / 0.7) < 1e-6 })
    }
    #expect(DropoutMask(rate: 0, seed: 3, key: 4) == nil)
  }

  @Test func threadsDoNotChangeALargeLayer() throws {
    // Large enough that both backends do split the work.
    let (x, w) = (randomMatrix(150, 96, seed: 5), randomMatrix(110, 96, seed: 6))
    let parameters = [Parameter(x), Parameter(w)]
    let seed = randomMatrix(150, 110, seed: 7)
    let results = everyCompute.map { compute in
      gradients(
        of: { graph, p in
          var layer = Linear(frozen: DenseWeight(w))
          layer.weight = .trainable(p[1])
          return graph.linear(graph.variable(p[0]), layer)
        }, parameters, Set(parameters.map(\.id)), seed, compute)
    }
    let first = try #require(results.first)
    for result in results {
      // Sums of 96 to 150 products of size 1, in any order.
      expectClose(result.value, first.value, 1e-5)
      for parameter in parameters {
        expectClose(
          try #require(result.gradients[parameter.id]), try #require(first.gradients[parameter.id]), 1e-5)
      }
    }
  }

  @Test func visitingGivesEveryParameterBack() {
    var layer = Linear(w, bias: bias)
    var paths: [String] = []
    layer.visitParameters("top") { path, parameter in
      paths.append(path)
      parameter.value[0, 0] = 9
    }
    #expect(paths == ["top.weight", "top.bias"])
    #expect(layer.dense()[0, 0] == 9 && layer.bias?.value[0, 0] == 9)
    var frozen = Linear(frozen: DenseWeight(w))
    frozen.visitParameters("top") { _, _ in Issue.record("frozen weights are no parameters") }
    #expect(frozen.unfrozen().dense() == w && frozen.unfrozen().parameterIDs.count == 1)
  }
}
