import DMoECore
import Foundation
import Testing
import _TestSupport

@Suite struct PointwiseLayerTests {
  static func rmsNorm(_ x: DoubleMatrix, _ w: DoubleMatrix, eps: Double) -> DoubleMatrix {
    var y = x
    let width = w.columns
    for start in stride(from: 0, to: x.values.count, by: width) {
      let group = x.values[start..<start + width]
      let rms = (group.reduce(0) { $0 + $1 * $1 } / Double(width) + eps).squareRoot()
      for c in 0..<width { y.values[start + c] = x.values[start + c] / rms * w.values[c] }
    }
    return y
  }

  @Test(arguments: [6, 3, 1]) func rmsNormEqualsTheTwinOverRowsAndHeads(width: Int) {
    for compute in everyCompute {
      checkOperation(
        "rmsNorm \(width)", [randomMatrix(4, 6, seed: 1), randomMatrix(1, width, seed: 2)], on: compute
      ) { graph, p in
        graph.rmsNorm(graph.variable(p[0]), p[1], eps: 0.01)
      } twin: {
        Self.rmsNorm($0[0], $0[1], eps: Double(Float(0.01)))
      }
    }
  }

  @Test func rmsNormOfZerosIsZero() {
    for compute in everyCompute {
      let zeros = Variable(constant: Matrix(zeros: 2, 8))
      let y = Graph(compute).rmsNorm(zeros, Parameter(randomMatrix(1, 8, seed: 1)), eps: 1e-6)
      #expect(y.value == Matrix(zeros: 2, 8))
    }
  }

  /// The activation by its definition: gelu's tanh as a tanh.
  static func activated(_ x: Double, _ activation: Activation) -> Double {
    switch activation {
    case .silu: x / (1 + exp(-x))
    case .gelu: x * (1 + erf(x / 2.0.squareRoot())) / 2
    case .geluTanh: x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))) / 2
    }
  }

  @Test(arguments: [Activation.silu, .gelu, .geluTanh]) func gatedEqualsTheTwin(activation: Activation) {
    for compute in everyCompute {
      // 41 elements a row: whole vectors and a rest in the C loops.
      checkOperation(
        "\(activation)", [randomMatrix(3, 41, seed: 1, scale: 6), randomMatrix(3, 41, seed: 2, scale: 3)], on: compute
      ) { graph, p in
        graph.gated(gate: graph.variable(p[0]), up: graph.variable(p[1]), by: activation)
      } twin: { x in
        DoubleMatrix(
          x[0].rows, x[0].columns, zip(x[0].values, x[1].values).map { Self.activated($0, activation) * $1 })
      }
    }
  }

  @Test(arguments: [Activation.silu, .gelu, .geluTanh]) func extremeGatesStayFinite(activation: Activation) {
    for compute in everyCompute {
      let gate = Parameter(Matrix(row: [Float(-200), -88, -1e-30, 0, 88, 200]))
      let up = Parameter(Matrix(repeating: 1, 1, 6))
      let result = gradients(
        of: { $0.gated(gate: $0.variable($1[0]), up: $0.variable($1[1]), by: activation) }, [gate, up],
        [gate.id, up.id], Matrix(repeating: 1, 1, 6), compute)
      expectClose(result.value.elements, [0, 0, 0, 0, 88, 200], 1e-6)
      expectClose(result.gradients[gate.id]?.elements ?? [], [0, 0, 0.5, 0.5, 1, 1], 1e-6)
    }
  }

  @Test func rotaryEqualsTheTwinAndTurnsBack() {
    let angles = randomMatrix(12, 3, seed: 5, scale: 3)
    let table = RotaryTable(
      headSize: 6, cosines: Matrix(12, 3, angles.elements.map { cos($0) }),
      sines: Matrix(12, 3, angles.elements.map { sin($0) }))
    let positions: [Int32] = [0, 1, 11, 3, 3]
    for compute in everyCompute {
      checkOperation("rotary", [randomMatrix(5, 12, seed: 6)], on: compute) { graph, p in
        graph.rotary(graph.variable(p[0]), table, positions: positions)
      } twin: { x in
        var y = x[0]
        for row in 0..<5 {
          for head in 0..<2 {
            for i in 0..<3 {
              let angle = Double(angles[Int(positions[row]), i])
              let (a, b) = (x[0][row, head * 6 + i], x[0][row, head * 6 + 3 + i])
              y[row, head * 6 + i] = a * cos(angle) - b * sin(angle)
              y[row, head * 6 + 3 + i] = b * cos(angle) + a * sin(angle)
            }
          }
        }
        return y
      }
    }
  }

  @Test func channelsBeyondTheTableStayAsTheyAre() {
    let angles = randomMatrix(4, 2, seed: 5, scale: 3)
    // Heads of 6 channels, of which 4 are turned.
    let table = RotaryTable(
      headSize: 6, cosines: Matrix(4, 2, angles.elements.map { cos($0) }),
      sines: Matrix(4, 2, angles.elements.map { sin($0) }))
    let positions: [Int32] = [0, 3, 2]
    for compute in everyCompute {
      checkOperation("partial rotary", [randomMatrix(3, 12, seed: 6)], on: compute) { graph, p in
        graph.rotary(graph.variable(p[0]), table, positions: positions)
      } twin: { x in
        var y = x[0]
        for row in 0..<3 {
          for start in [0, 6] {
            for i in 0..<2 {
              let angle = Double(angles[Int(positions[row]), i])
              let (a, b) = (x[0][row, start + i], x[0][row, start + 2 + i])
              y[row, start + i] = a * cos(angle) - b * sin(angle)
              y[row, start + 2 + i] = b * cos(angle) + a * sin(angle)
            }
          }
        }
        return y
      }
    }
  }

  @Test func preluEqualsTheTwin() {
    for compute in everyCompute {
      checkOperation("prelu", [randomMatrix(3, 5, seed: 1), Matrix(row: [Float(0.25)])], on: compute) { graph, p in
        graph.prelu(graph.variable(p[0]), slope: p[1])
      } twin: { x in
        x[0].map { $0 < 0 ? $0 * x[1][0, 0] : $0 }
      }
    }
  }

  @Test func standardizeEqualsTheTwin() {
    let (shift, scale) = (randomMatrix(1, 4, seed: 2), randomMatrix(1, 4, seed: 3))
    for compute in everyCompute {
      checkOperation("standardize", [randomMatrix(3, 4, seed: 1)], on: compute) { graph, p in
        graph.standardize(graph.variable(p[0]), shift: shift, scale: scale)
      } twin: { x in
        var y = x[0]
        for r in 0..<3 { for c in 0..<4 { y[r, c] = (y[r, c] - Double(shift[0, c])) * Double(scale[0, c]) } }
        return y
      }
    }
  }

  @Test func backendsAndThreadsAgreeOnLargeRows() throws {
    // More than one part a thread in every kernel.
    let x = randomMatrix(260, 130, seed: 8, scale: 2)
    let up = randomMatrix(260, 130, seed: 9)
    let w = randomMatrix(1, 65, seed: 10)
    let parameters = [Parameter(x), Parameter(up), Parameter(w)]
    let table = RotaryTable(headSize: 2, cosines: randomMatrix(260, 1, seed: 1), sines: randomMatrix(260, 1, seed: 2))
    let results = everyCompute.map { compute in
      gradients(
        of: { graph, p in
          let normed = graph.rmsNorm(graph.variable(p[0]), p[2], eps: 1e-5)
          let product = graph.gated(gate: normed, up: graph.variable(p[1]), by: .silu)
          return graph.rotary(graph.add(product, normed), table, positions: Array(0..<260))
        }, parameters, Set(parameters.map(\.id)), randomMatrix(260, 130, seed: 4), compute)
    }
    for result in results {
      expectClose(result.value, results[0].value, 2e-6)
      for parameter in parameters {
        expectClose(
          try #require(result.gradients[parameter.id]), try #require(results[0].gradients[parameter.id]), 1e-5)
      }
    }
  }
}
