import Testing
import _TestSupport

@testable import DMoECore

@Suite struct RowOperationTests {
  private let x = randomMatrix(6, 3, seed: 1)

  @Test func addPassesTheGradientToBoth() {
    for compute in everyCompute {
      checkOperation("add", [x, randomMatrix(6, 3, seed: 2)], on: compute) { graph, p in
        graph.add(graph.variable(p[0]), graph.variable(p[1]))
      } twin: {
        $0[0] + $0[1]
      }
      checkOperation("add to itself", [x], on: compute) { graph, p in
        graph.add(graph.variable(p[0]), graph.variable(p[0]))
      } twin: {
        $0[0] + $0[0]
      }
    }
  }

  @Test func gatherTakesRowsInOrderAndRepeats() {
    for compute in everyCompute {
      checkOperation("gather", [x], on: compute) { graph, p in
        graph.gather(graph.variable(p[0]), rows: [5, 0, 0, 3])
      } twin: {
        $0[0].rows([5, 0, 0, 3])
      }
    }
  }

  @Test(arguments: [1, 3]) func tileRepeatsTheWhole(copies: Int) {
    for compute in everyCompute {
      checkOperation("tile", [x], on: compute) { graph, p in
        graph.tile(graph.variable(p[0]), copies: copies)
      } twin: {
        $0[0].rows((0..<copies).flatMap { _ in 0..<6 })
      }
    }
  }

  @Test(arguments: [1, 2, 3]) func blocksStandSideBySide(blocks: Int) {
    let rows = 6 / blocks
    for compute in everyCompute {
      checkOperation("concatenateBlocks", [x], on: compute) { graph, p in
        graph.concatenateBlocks(graph.variable(p[0]), blocks: blocks)
      } twin: { x in
        DoubleMatrix(
          rows, 3 * blocks,
          (0..<rows).flatMap { row in (0..<blocks).flatMap { x[0].rows([$0 * rows + row]).values } })
      }
    }
  }

  /// Groups of their own, of several runs, and of rows that other groups have, too; alone and after more rows of each.
  @Test(arguments: [nil, [3, 3, 3], [1, 4, 2]]) func meanOfRowsAveragesEachGroup(counts: [Int]?) {
    let groups = [[0..<1], [1..<3, 4..<6], [1..<3, 3..<4]]
    let past = counts.map { (sums: randomMatrix(3, 3, seed: 9), counts: $0) }
    for compute in everyCompute {
      checkOperation("meanOfRows", [x], on: compute) { graph, p in
        graph.meanOfRows(graph.variable(p[0]), groups, after: past)
      } twin: { x in
        var y = DoubleMatrix(zeros: 3, 3)
        for (index, group) in groups.enumerated() {
          let n = Double((counts?[index] ?? 0) + group.joined().count)
          for c in 0..<3 {
            let before = past.map { Double($0.sums[index, c]) } ?? 0
            y[index, c] = (before + group.joined().reduce(0) { $0 + x[0][$1, c] }) / n
          }
        }
        return y
      }
    }
  }

  @Test func besideKeepsRowsTogether() {
    for compute in everyCompute {
      checkOperation(
        "beside", [randomMatrix(4, 3, seed: 21), randomMatrix(4, 2, seed: 22), randomMatrix(4, 1, seed: 25)],
        on: compute
      ) { graph, p in
        graph.beside(p.map { graph.variable($0) })
      } twin: { x in
        var y = DoubleMatrix(zeros: 4, 6)
        for row in 0..<4 {
          for (c, part) in [(0, 0), (1, 0), (2, 0), (3, 1), (4, 1), (5, 2)] {
            y[row, c] = x[part][row, c - [0, 3, 5][part]]
          }
        }
        return y
      }
    }
  }

  /// The masks are those of `DropoutMask`, one after the other.
  @Test func dropoutAveragesItsMasks() {
    let x = randomMatrix(5, 4, seed: 23)
    let factors = (0..<3).map { index in
      var ones = Matrix(repeating: 1, 5, 4)
      DropoutMask(rate: 0.4, seed: 7, key: 10 + UInt64(index))?.apply(to: &ones, .reference)
      return ones
    }
    #expect(factors[0] != factors[1])
    for compute in everyCompute {
      checkOperation("dropout", [x], on: compute) { graph, p in
        Graph(compute, tape: graph.tape, dropoutSeed: 7)
          .dropout(graph.variable(p[0]), rate: 0.4, masks: 3, key: 10)
      } twin: { x in
        var y = DoubleMatrix(zeros: 5, 4)
        for row in 0..<5 {
          for c in 0..<4 { y[row, c] = x[0][row, c] * factors.reduce(0) { $0 + Double($1[row, c]) } / 3 }
        }
        return y
      }
      let plain = Graph(compute).dropout(Variable(constant: x), rate: 0.4, masks: 3, key: 10)
      #expect(plain.value == x)
    }
  }

  @Test func anOperationFromOutsideGetsItsGradient() {
    for compute in everyCompute {
      checkOperation("apply", [x], on: compute) { graph, p in
        let input = graph.variable(p[0])
        return graph.apply(input, value: Matrix(6, 3, input.value.elements.map { $0 * $0 })) { dy in
          Matrix(6, 3, zip(input.value.elements, dy.elements).map { 2 * $0 * $1 })
        }
      } twin: {
        $0[0].map { $0 * $0 }
      }
    }
  }
}
