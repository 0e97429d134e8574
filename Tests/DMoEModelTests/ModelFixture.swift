import DMoECore
import DMoEModel
import Foundation
import Testing
import _TestSupport

/// The tiny models of Fixtures/models and what transformers and peft compute with them.
enum ModelFixture {
  static let folder = FixtureFolder(.module, "models")

  struct Expected: Decodable {
    struct Sequence: Decodable {
      var ids: [Int32]
      /// Last token: after the embedding, then after every layer.
      var layers: [[Float]]
      /// After the final norm; every token, or the last alone (adapters).
      var final: [[Float]]
      var reward: Float?
    }
    var sequences: [Sequence]
    var head: [Float]?
  }

  static func backbone(_ path: String, _ compute: Compute = .reference) throws -> Backbone {
    try Backbone(contentsOf: folder.url(path), options: options(compute))
  }

  static func expected(_ path: String) throws -> Expected { try folder.decode(Expected.self, path) }

  static func options(_ compute: Compute) -> ComputeOptions {
    ComputeOptions(backend: compute.backend == .openBLAS ? .openBLAS : .reference, threads: compute.threads)
  }

  /// All tensors of a safetensors file by name.
  static func tensors(_ path: String) throws -> [String: Matrix] {
    let file = try SafetensorsFile(contentsOf: folder.url(path))
    return try Dictionary(uniqueKeysWithValues: file.names.map { ($0, try file.tensor(named: $0).matrix()) })
  }

  /// The states of one text after the embedding and every layer, and all of it after the final norm.
  static func states(
    _ backbone: Backbone, _ ids: [Int32], adapter: LoRAAdapter? = nil, _ compute: Compute
  ) throws -> (layers: [Matrix], final: Matrix) {
    let graph = Graph(compute)
    var layout = RowLayout()
    _ = layout.append(count: ids.count)
    let spans = adapter.map { [AdapterSpan(rows: 0..<ids.count, adapter: $0)] } ?? []
    var x = Variable(constant: try backbone.embed(ids))
    var layers = [x.value]
    for layer in backbone.layers.indices {
      x = backbone.run(graph, x, layout, layers: layer..<layer + 1, adapters: spans)
      layers.append(x.value)
    }
    return (layers, backbone.normalize(graph, x).value)
  }

  /// Compares every text of an expectation with the states of a backbone.
  static func check(
    _ backbone: Backbone, adapter: LoRAAdapter? = nil, _ expected: Expected, tolerance: Double = 1e-4, _ what: String,
    on computes: [Compute] = everyBackend
  ) throws {
    for compute in computes {
      for (index, text) in expected.sequences.enumerated() {
        let label = "\(what), text \(index), \(compute.backend) \(compute.threads)"
        let found = try states(backbone, text.ids, adapter: adapter, compute)
        for (layer, state) in text.layers.enumerated() {
          expectClose(found.layers[layer].row(text.ids.count - 1), state, tolerance, "\(label), layer \(layer)")
        }
        let rows = text.final.count
        expectClose(
          found.final.rows(text.ids.count - rows..<text.ids.count).elements, Array(text.final.joined()), tolerance,
          "\(label), final")
        let last = try backbone.hiddenState(ofLast: text.ids, adapter: adapter, options: options(compute))
        expectClose(last, text.final[rows - 1], tolerance, "\(label), hiddenState")
      }
    }
  }
}
