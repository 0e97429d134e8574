import DMoECore
import Testing
import _TestSupport

@Suite struct CheckpointTests {
  /// Two blocks with a residual, norms, dropout on the low-rank terms; `checkpointing` wraps each block.
  private static func model(
    _ graph: Graph, _ p: [Parameter], checkpointing: Bool, startsRecorded: Bool = true
  ) -> Variable {
    var x = startsRecorded ? graph.variable(p[0]) : Variable(constant: p[0].value)
    for block in 0..<2 {
      let body: (Graph, Variable) -> Variable = { graph, x in
        let normed = graph.rmsNorm(x, p[1], eps: 1e-5)
        let term = LowRankTerm(
          rows: 1..<5, a: p[2], b: p[3], scaling: 2, dropout: 0.3, key: UInt64(block))
        let y = graph.linear(normed, Linear(frozen: DenseWeight(randomMatrix(4, 4, seed: 9))), [term])
        return graph.add(x, graph.gated(gate: y, up: normed, by: .silu))
      }
      x = checkpointing ? graph.checkpoint(x, body) : body(graph, x)
    }
    return x
  }

  private static let parameters = [
    randomMatrix(6, 4, seed: 1), randomMatrix(1, 4, seed: 2), randomMatrix(2, 4, seed: 3), randomMatrix(4, 2, seed: 4),
  ].map { Parameter($0) }

  @Test(arguments: [nil, 17] as [UInt64?]) func checkpointingChangesNoBitOfValueOrGradient(dropoutSeed: UInt64?) {
    let seed = randomMatrix(6, 4, seed: 5)
    let parameters = Self.parameters
    for compute in everyCompute {
      for startsRecorded in [true, false] {
        for trained in [parameters.map(\.id), [parameters[2].id], [parameters[1].id]] {
          func run(_ checkpointing: Bool) -> (value: Matrix, gradients: [ParameterID: Matrix]) {
            gradients(
              of: { Self.model($0, $1, checkpointing: checkpointing, startsRecorded: startsRecorded) }, parameters,
              Set(trained), seed, compute, dropoutSeed: dropoutSeed)
          }
          let (with, without) = (run(true), run(false))
          #expect(with.value == without.value)
          #expect(Set(with.gradients.keys) == Set(without.gradients.keys))
          for (id, gradient) in without.gradients {
            // Two blocks add to one gradient in another order.
            expectClose(with.gradients[id] ?? Matrix(zeros: 0, 0), gradient, 1e-6)
          }
        }
      }
    }
  }

  @Test func dropoutChangesTheCheckpointedValue() {
    let seed = randomMatrix(6, 4, seed: 5)
    let parameters = Self.parameters
    func value(_ dropoutSeed: UInt64?) -> Matrix {
      gradients(
        of: { Self.model($0, $1, checkpointing: true) }, parameters, Set(parameters.map(\.id)), seed, .reference,
        dropoutSeed: dropoutSeed
      ).value
    }
    #expect(value(17) != value(nil))
    #expect(value(17) == value(17))
  }

  @Test func withoutATapeCheckpointingIsTheBodyAlone() {
    let graph = Graph(.reference)
    let plain = Self.model(graph, Self.parameters, checkpointing: false)
    let wrapped = Self.model(graph, Self.parameters, checkpointing: true)
    #expect(plain.value == wrapped.value && !wrapped.isRecorded)
  }

  @Test func gradientsEqualCentralDifferencesThroughCheckpoints() {
    let parameters = Self.parameters.map(\.value)
    for compute in everyCompute {
      checkOperation("checkpointed norm", Array(parameters[0...1]), on: compute) { graph, p in
        graph.checkpoint(graph.variable(p[0])) { graph, x in graph.rmsNorm(x, p[1], eps: 0.01) }
      } twin: {
        PointwiseLayerTests.rmsNorm($0[0], $0[1], eps: Double(Float(0.01)))
      }
    }
  }
}
