import DMoECore
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel

/// Weights that multiply one row at a time: what a road that keeps rows apart promises, in the plainest way.
private struct OneRowAtATime: WeightMatrix {
  let weights: DenseWeight
  var outputs: Int { weights.outputs }
  var inputs: Int { weights.inputs }
  var precision: WeightPrecision { weights.precision }
  var keepsRowsApart: Bool { true }

  func multiply(_ x: Matrix, into y: inout Matrix, _ compute: Compute) {
    y = Matrix(
      stacking: (0..<x.rows).map { row in
        var one = Matrix(zeros: 1, outputs)
        weights.multiply(x.rows(row..<row + 1), into: &one, compute)
        return one
      })
  }

  func multiplyTransposed(_ dy: Matrix, into dx: inout Matrix, beta: Float, _ compute: Compute) {
    weights.multiplyTransposed(dy, into: &dx, beta: beta, compute)
  }

  func dense() -> Matrix { weights.dense() }
}

/// Over weights that keep rows apart, nothing of a forward pass lets one row's company reach another's bits.
@Suite struct RowsApartTests {
  private let prompt: [Int32] = Array(3..<44)
  private let otherPrompt: [Int32] = [4] + Array(31..<52)
  private let responses: [[Int32]] = [[7, 9, 30, 5], [50, 2], Array(20..<53)]

  private static func backbone(_ name: String) throws -> Backbone {
    var backbone = try ModelFixture.backbone(name)
    for index in backbone.layers.indices {
      for projection in Projection.allCases {
        let dense = backbone.layers[index][projection].dense()
        backbone.layers[index][projection].weight = .frozen(OneRowAtATime(weights: DenseWeight(dense)))
      }
    }
    return backbone
  }

  private static func adapter(_ configuration: BackboneConfiguration, seed: UInt64) -> LoRAAdapter {
    var adapter = LoRAAdapter(LoRAConfiguration(rank: 5, dropout: 0), for: configuration, seed: seed)
    var number = seed
    adapter.visitParameters("") { _, parameter in
      number += 1
      parameter.value = randomMatrix(parameter.value.rows, parameter.value.columns, seed: number, scale: 0.3)
    }
    return adapter
  }

  private static func bits(_ matrix: Matrix) -> [UInt32] { matrix.elements.map(\.bitPattern) }

  @Test(arguments: ["llama", "qwen3", "gemma3"]) func aTextsStatesAreTheSameBitsInEveryCompany(name: String) throws {
    let backbone = try Self.backbone(name)
    let adapters = [1, 2].map { Self.adapter(backbone.configuration, seed: $0 * 1000) }
    let range = 0..<backbone.layers.count
    for compute in everyCompute {
      let graph = Graph(compute)
      func states(
        _ ids: [Int32], _ layout: RowLayout, _ spans: [AdapterSpan], past: [[KeysValues]]? = nil,
        keep: ((KeysValues) -> Void)? = nil
      ) throws -> Matrix {
        let x = Variable(constant: try backbone.embed(ids))
        return backbone.normalize(
          graph, backbone.run(graph, x, layout, layers: range, adapters: spans, past: past, keep: keep)
        ).value
      }
      func layout(_ segments: (count: Int, prefix: Int?)...) -> RowLayout {
        var result = RowLayout()
        for segment in segments { _ = result.append(count: segment.count, prefix: segment.prefix) }
        return result
      }
      // Each text alone, under the first adapter.
      let alone = try responses.map { response in
        let ids = prompt + response
        return try states(
          ids, layout((ids.count, nil)), [AdapterSpan(rows: 0..<ids.count, adapter: adapters[0])])
      }
      let start = prompt.count
      let counts = responses.map(\.count)

      // All behind one prompt, and a copy of everything under another adapter, as experts are.
      let ids = prompt + responses.joined()
      let batch = layout((start, nil), (counts[0], 0), (counts[1], 0), (counts[2], 0)).repeated(2)
      let together = try states(
        ids + ids, batch,
        [
          AdapterSpan(rows: 0..<ids.count, adapter: adapters[1]),
          AdapterSpan(rows: ids.count..<2 * ids.count, adapter: adapters[0]),
        ])
      // After a prompt whose keys and values were kept; and again, beside a text that goes on from another one.
      func kept(_ prompt: [Int32]) throws -> [KeysValues] {
        var kept: [KeysValues] = []
        let span = AdapterSpan(rows: 0..<prompt.count, adapter: adapters[0])
        _ = try states(prompt, layout((prompt.count, nil)), [span], keep: { kept.append($0) })
        return kept
      }
      let (before, other) = (try kept(prompt), try kept(otherPrompt))
      let own = responses.joined().count
      let after = try states(
        Array(responses.joined()), .continuing([(start, by: counts)], copies: 1),
        [AdapterSpan(rows: 0..<own, adapter: adapters[0])], past: before.map { [$0] })
      let beside = try states(
        responses[1] + responses.joined(),
        .continuing([(otherPrompt.count, by: [counts[1]]), (start, by: counts)], copies: 1),
        [AdapterSpan(rows: 0..<counts[1] + own, adapter: adapters[0])], past: zip(other, before).map { [$0, $1] })
      var row = 0
      for (index, count) in counts.enumerated() {
        let expected = Self.bits(alone[index].rows(start..<start + count))
        let place = ids.count + start + row
        #expect(Self.bits(together.rows(place..<place + count)) == expected, "\(compute.backend), shared prompt")
        #expect(Self.bits(after.rows(row..<row + count)) == expected, "\(compute.backend), kept prompt")
        let further = counts[1] + row
        #expect(Self.bits(beside.rows(further..<further + count)) == expected, "\(compute.backend), two kept prompts")
        row += count
      }
    }
  }

  /// Heads read a state the same way, whatever other states they read in the same call.
  @Test func aHeadsRewardIsTheSameBitsInEveryCompany() {
    let states = randomMatrix(37, 64, seed: 1)
    let head = ValueHead(randomMatrix(1, 64, seed: 2))
    for compute in everyCompute {
      let all = head(Graph(compute), Variable(constant: states)).value
      for row in 0..<37 {
        let one = head(Graph(compute), Variable(constant: states.rows(row..<row + 1))).value
        #expect(one[0, 0].bitPattern == all[row, 0].bitPattern)
      }
    }
  }
}
