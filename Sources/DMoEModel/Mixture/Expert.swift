package import DMoECore
package import Foundation

/// Hidden state -> reward: one weight a hidden channel. Shape: [1, hidden].
package struct ValueHead: Sendable, ParameterTree {
  /// The weights. Shape: [1, state].
  package var weight: Parameter

  /// A head of these weights.
  package init(_ weight: Matrix) { self.weight = Parameter(weight) }

  /// Small random weights, so that an untrained reward is near 0 but no two responses tie.
  package init(stateSize: Int, seed: UInt64) {
    var source = RandomSource(seed: seed, stream: 0x4EAD)
    self.init(source.uniform(1, stateSize, bound: 0.1 / Float(stateSize).squareRoot()))
  }

  /// Shapes: states [rows, state size] -> [rows, 1].
  package func callAsFunction(_ graph: Graph, _ states: Variable) -> Variable {
    var linear = Linear(frozen: DenseWeight(Matrix(zeros: 1, states.columns)))
    linear.weight = .trainable(weight)
    return graph.linear(states, linear)
  }

  /// Visits the weights.
  package mutating func visitParameters(_ path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    try body(parameterPath(path, "score.weight"), &weight)
  }
}

/// A LoRA adapter with its value head: the base of a category, or one of its capability experts.
package struct Expert: Sendable, ParameterTree {
  /// The adapter over the backbone.
  package var adapter: LoRAAdapter
  /// The head that reads the adapted states.
  package var head: ValueHead

  /// An expert of these parts.
  package init(adapter: LoRAAdapter, head: ValueHead) {
    self.adapter = adapter
    self.head = head
  }

  /// Reads a PEFT folder with its value head, [1, width of the pooling].
  package init(
    contentsOf folder: URL, for backbone: BackboneConfiguration, pooling: StatePooling = .last
  ) throws {
    let alone = folder.appendingPathComponent(Self.headFileName)
    if FileManager.default.fileExists(atPath: alone.path) {
      let reader = WeightReader(try SafetensorsFile(contentsOf: alone))
      let weight = try reader.matrix("score.weight", shape: [1, pooling.width(backbone.hiddenSize)])
      try reader.finish()
      self.init(adapter: LoRAAdapter(layerCount: backbone.layerCount), head: ValueHead(weight))
      return
    }
    let (adapter, head) = try LoRAAdapter.read(folder, for: backbone, poolings: [pooling])
    guard let head else {
      throw ModelError.malformedBundle(path: folder.path, reason: "the adapter has no value head (score.weight)")
    }
    self.init(adapter: adapter, head: ValueHead(head))
  }

  /// Writes adapter and head as a folder that Python's PEFT opens.
  package func write(to folder: URL, backboneName: String) throws {
    guard adapter.firstLayer < adapter.layerCount else {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let values = head.weight.value
      return try SafetensorsWriter.write(
        [("score.weight", [1, values.columns], values)], metadata: ["format": "pt"],
        to: folder.appendingPathComponent(Self.headFileName))
    }
    try adapter.write(to: folder, head: head.weight.value, backboneName: backboneName)
  }

  /// The head of an expert that adapts nothing.
  static let headFileName = "head.safetensors"

  /// Visits the adapter's factors and the head's weights.
  package mutating func visitParameters(_ path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    try adapter.visitParameters(path, body)
    try head.visitParameters(path, body)
  }
}
