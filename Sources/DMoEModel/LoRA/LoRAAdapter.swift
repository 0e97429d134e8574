package import DMoECore

/// The two factors beside one linear layer. Shapes: a [rank, inputs], b [outputs, rank].
package struct LoRAModule: Sendable {
  /// The first factor. Shape: [rank, inputs].
  package var a: Parameter
  /// The second factor. Shape: [outputs, rank].
  package var b: Parameter
  /// The factor that the product is multiplied by.
  package var scaling: Float
  /// The share of inputs set to 0 while training.
  package var dropout: Float

  /// A module of these factors.
  package init(a: Matrix, b: Matrix, scaling: Float, dropout: Float = 0) {
    self.a = Parameter(a)
    self.b = Parameter(b)
    self.scaling = scaling
    self.dropout = dropout
  }
}

/// A LoRA adapter over a backbone: low-rank additions to some linear layers of some blocks.
public struct LoRAAdapter: Sendable {
  /// By layer, then by `Projection.rawValue`.
  private var modules: [[LoRAModule?]]
  /// The outputs of the parts, if its files have one module for queries, keys and values and another for gates and ups, as
  /// the backbone's have one matrix (Phi-3).
  let fusedOutputs: FusedOutputs?

  /// An adapter that changes nothing yet, for a backbone of this many layers.
  package init(layerCount: Int) { self.init(layerCount: layerCount, fusedOutputs: nil) }

  init(layerCount: Int, fusedOutputs: FusedOutputs?) {
    modules = Array(repeating: Array(repeating: nil, count: Projection.allCases.count), count: layerCount)
    self.fusedOutputs = fusedOutputs
  }

  /// A fresh adapter that changes nothing yet: A uniform as PEFT draws it (Kaiming, √5), B zero.
  ///
  /// `depth`: how many of the backbone's layers are used; `nil` means all.
  package init(
    _ configuration: LoRAConfiguration, for backbone: BackboneConfiguration, depth: Int? = nil, seed: UInt64
  ) {
    self.init(layerCount: backbone.layerCount, fusedOutputs: backbone.fusedOutputs)
    for layer in configuration.layers(depth: depth ?? backbone.layerCount) {
      for projection in configuration.targets {
        let (outputs, inputs) = backbone.shape(of: projection)
        var source = RandomSource(seed: seed, stream: UInt64(layer * 7 + projection.rawValue + 1))
        self[layer, projection] = LoRAModule(
          a: source.uniform(configuration.rank, inputs, bound: 1 / Float(inputs).squareRoot()),
          b: Matrix(zeros: outputs, configuration.rank), scaling: configuration.scaling, dropout: configuration.dropout)
      }
    }
  }

  /// A fresh adapter over all layers of a backbone, after its settings were checked.
  ///
  /// - Throws: `ModelError.invalidSetting`.
  package init(fresh configuration: LoRAConfiguration, for backbone: BackboneConfiguration, seed: UInt64) throws {
    try configuration.validate(
      RewardModel.Configuration.require.within("adapter"), for: backbone, layerCount: backbone.layerCount)
    self.init(configuration, for: backbone, seed: seed)
  }

  /// The factors beside one linear layer; `nil` if it is not adapted.
  package subscript(layer: Int, projection: Projection) -> LoRAModule? {
    get { layer < modules.count ? modules[layer][projection.rawValue] : nil }
    set { modules[layer][projection.rawValue] = newValue }
  }

  /// The number of layers of the backbone that it is for.
  package var layerCount: Int { modules.count }

  /// The first layer that is adapted; below it lies the trunk.
  package var firstLayer: Int { modules.firstIndex { $0.contains { $0 != nil } } ?? modules.count }

  /// Whether no layer's outputs are other than the backbone's: nothing is adapted, or all second factors are still zero.
  package var changesNothing: Bool {
    modules.joined().allSatisfy { $0?.b.value.withElements { $0.allSatisfy { $0 == 0 } } ?? true }
  }

  /// Whether the two add the same to every layer, factor by factor, or nothing.
  func adds(as other: LoRAAdapter) -> Bool {
    if changesNothing || other.changesNothing { return changesNothing && other.changesNothing }
    return modules.count == other.modules.count
      && zip(modules.joined(), other.modules.joined()).allSatisfy { own, other in
        guard let own, let other else { return own == nil && other == nil }
        return own.scaling == other.scaling && own.a.value.elements == other.a.value.elements
          && own.b.value.elements == other.b.value.elements
      }
  }

  /// The number of floats in all factors.
  public var parameterCount: Int {
    modules.joined().compactMap { $0 }.reduce(0) { $0 + $1.a.value.count + $1.b.value.count }
  }

  /// Calls `body` for every adapted linear layer, from the lowest layer up.
  package func forEachModule(_ body: (Int, Projection, LoRAModule) throws -> Void) rethrows {
    for (layer, row) in modules.enumerated() {
      for projection in Projection.allCases {
        if let module = row[projection.rawValue] { try body(layer, projection, module) }
      }
    }
  }
}

extension LoRAAdapter: ParameterTree {
  /// Visits the factors of every adapted linear layer.
  package mutating func visitParameters(_ path: String, _ body: (String, inout Parameter) throws -> Void) rethrows {
    for layer in modules.indices {
      for projection in Projection.allCases {
        guard var module = modules[layer][projection.rawValue] else { continue }
        modules[layer][projection.rawValue] = nil
        defer { modules[layer][projection.rawValue] = module }
        let name = parameterPath(path, "layers.\(layer).\(projection.path)")
        try body(name + ".lora_A.weight", &module.a)
        try body(name + ".lora_B.weight", &module.b)
      }
    }
  }
}

/// An adapter over some rows of a batch.
package struct AdapterSpan: Sendable {
  /// The rows that the adapter acts on.
  package var rows: Range<Int>
  /// The adapter.
  package var adapter: LoRAAdapter
  /// Tells this span's dropout masks from those of other spans.
  package var key: Int

  /// An adapter over these rows.
  package init(rows: Range<Int>, adapter: LoRAAdapter, key: Int = 0) {
    self.rows = rows
    self.adapter = adapter
    self.key = key
  }
}
