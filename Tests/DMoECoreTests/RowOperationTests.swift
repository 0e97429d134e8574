import DMoECore
import Testing
import _TestSupport

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

  /// Groups of their own, of several runs, and of rows that other groups have, too; alone and after three more rows.
  @Test(arguments: [0, 3]) func meanOfRowsAveragesEachGroup(count: Int) {
    let groups = [[0..<1], [1..<3, 4..<6], [1..<3, 3..<4]]
    let past = count > 0 ? randomMatrix(3, 3, seed: 9) : nil
    for compute in everyCompute {
      checkOperation("meanOfRows", [x], on: compute) { graph, p in
        graph.meanOfRows(graph.variable(p[0]), groups, after: past, count: count)
      } twin: { x in
        var y = DoubleMatrix(zeros: 3, 3)
        for (index, group) in groups.enumerated() {
          let n = Double(count + group.joined().count)
          for c in 0..<3 {
            y[index, c] = ((past.map { Double($0[index, c]) } ?? 0) + group.joined().reduce(0) { $0 + x[0][$1, c] }) / n
          }
        }
        return y
      }
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
