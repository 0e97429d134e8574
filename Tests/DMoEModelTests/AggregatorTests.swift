import DMoECore
import Testing
import _TestSupport

@testable import DMoEModel

@Suite struct AggregatorTests {
  private struct Fixture: Decodable {
    struct Numbers: Decodable {
      var w1: [[Double]]
      var b1: [Double]
      var slope: [Double]
      var w2: [[Double]]
      var b2: [Double]
    }
    struct Gradients: Decodable {
      var input: [[Double]]
      var w1: [[Double]]
      var b1: [Double]
      var slope: [Double]
      var w2: [[Double]]
      var b2: [Double]
    }
    var experts: Int
    var hidden: Int
    var parameters: Numbers
    var input: [[Double]]
    var rewards: [Double]
    var upstream: [Double]
    var gradients: Gradients
  }

  private static func matrix(_ rows: [[Double]]) -> Matrix {
    Matrix(rows.count, rows[0].count, rows.joined().map { Float($0) })
  }

  /// One expert's states after the other's, as a forward pass over all experts gives them.
  private static func stacked(_ rows: [[Double]], blocks: Int) -> Matrix {
    let width = rows[0].count / blocks
    return matrix((0..<blocks).flatMap { block in rows.map { Array($0[block * width..<(block + 1) * width]) } })
  }

  @Test func rewardsAndGradientsAreTorchs() throws {
    let fixture = try ModelFixture.folder.decode(Fixture.self, "aggregator/aggregator.json")
    let numbers = fixture.parameters
    let width = fixture.experts * fixture.hidden
    let aggregator = Aggregator(
      shift: Matrix(zeros: 1, width), scale: Matrix(repeating: 1, 1, width),
      first: Linear(Self.matrix(numbers.w1), bias: Self.matrix([numbers.b1])), slope: Self.matrix([numbers.slope]),
      second: Linear(Self.matrix(numbers.w2), bias: Self.matrix([numbers.b2])))
    let input = Parameter(Self.stacked(fixture.input, blocks: fixture.experts))
    for compute in everyBackend {
      let tape = Tape(training: aggregator.parameterIDs.union([input.id]))
      let graph = Graph(compute, tape: tape)
      let rewards = aggregator(
        graph, graph.concatenateBlocks(graph.variable(input), blocks: fixture.experts))
      expectClose(rewards.value.elements.map(Double.init), fixture.rewards, 1e-5)
      tape.backward(from: rewards, seed: Self.matrix(fixture.upstream.map { [$0] }), compute)
      let gradients = tape.gradients
      let expected = fixture.gradients
      let byPath = [
        "first.weight": Self.matrix(expected.w1), "first.bias": Self.matrix([expected.b1]),
        "slope": Self.matrix([expected.slope]), "second.weight": Self.matrix(expected.w2),
        "second.bias": Self.matrix([expected.b2]),
      ]
      var tree = aggregator
      var seen = 0
      try tree.visitParameters("") { path, parameter in
        expectClose(try #require(gradients[parameter.id]), try #require(byPath[path]), 1e-5, path)
        seen += 1
      }
      #expect(seen == byPath.count)
      expectClose(
        try #require(gradients[input.id]), Self.stacked(expected.input, blocks: fixture.experts), 1e-5, "input")
    }
  }

  @Test func startingFromADirectionComputesItsProduct() {
    var aggregator = Aggregator(inputs: 6, width: 4, seed: 3)
    let direction = randomMatrix(1, 6, seed: 4)
    aggregator.shift = randomMatrix(1, 6, seed: 5)
    aggregator.scale = randomMatrix(1, 6, seed: 6)
    aggregator.start(from: direction)
    let x = Variable(constant: randomMatrix(5, 6, seed: 7))
    let graph = Graph(.reference)
    let normal = graph.standardize(x, shift: aggregator.shift, scale: aggregator.scale)
    let expected = graph.linear(normal, Linear(direction))
    expectClose(aggregator(graph, x).value, expected.value, 1e-5)
  }

  @Test func startingWeightsLieInTorchsRange() {
    let aggregator = Aggregator(inputs: 64, width: 16, seed: 1)
    #expect(aggregator.first.dense().elements.allSatisfy { abs($0) <= 0.125 })
    #expect(aggregator.second.dense().elements.allSatisfy { abs($0) <= 0.25 })
    #expect(aggregator.second.dense().elements.contains { abs($0) > 0.125 })
    #expect(aggregator.slope.value == Matrix(row: [Float(0.25)]))
  }
}
