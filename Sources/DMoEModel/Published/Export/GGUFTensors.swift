import DMoECore

/// The tensors of a reward model's GGUF file: a backbone's with an adapter added and, as llama.cpp takes it, a head.
struct GGUFTensors {
  let backbone: Backbone
  let adapter: LoRAAdapter
  let depth: Int
  let architecture: GGUFArchitecture
  /// Shape: [1, hidden].
  let head: Matrix
  let numbers: ExportFormat.Numbers
  let compute: Compute
  /// `nil` where the file has the head itself.
  private let reflection: HeadReflection?

  /// Rows of the embedding that are made at once.
  private static let embeddingRows = 1 << 14

  init(
    _ backbone: Backbone, _ adapter: LoRAAdapter, depth: Int, architecture: GGUFArchitecture, head: Matrix,
    numbers: ExportFormat.Numbers, _ compute: Compute
  ) {
    (self.backbone, self.adapter, self.depth, self.architecture) = (backbone, adapter, depth, architecture)
    (self.head, self.numbers, self.compute) = (head, numbers, compute)
    reflection =
      switch architecture.head {
      case .firstChannel: HeadReflection(head, norm: backbone.finalNorm.value, compute)
      case .squashed: nil
      }
  }

  /// All of them, none made yet.
  var all: [GGUFWriter.Tensor] {
    [embedding] + (0..<depth).flatMap(block) + last
      + architecture.rotaryTensors.map { vector($0.name, Matrix(row: $0.values)) }
  }

  // MARK: Parts

  private var embedding: GGUFWriter.Tensor {
    let count = backbone.configuration.vocabularySize
    return tensor("token_embd.weight", [count, backbone.configuration.hiddenSize]) { take throws(CoreError) in
      for start in stride(from: 0, to: count, by: Self.embeddingRows) {
        let ids = (start..<min(start + Self.embeddingRows, count)).map { Int32($0) }
        let rows = backbone.embedding.rows(ids, scale: 1)
        try take(reflection?.reflectingRows(of: rows) ?? rows)
      }
    }
  }

  private func block(_ index: Int) -> [GGUFWriter.Tensor] {
    let layer = backbone.layers[index]
    func norm(_ name: String, _ weights: Parameter?, isRead: Bool) -> [GGUFWriter.Tensor] {
      guard let weights else { return [] }
      // The weights of a norm that reads the stream went into the matrices behind it.
      let ones = isRead && reflection != nil
      return [
        vector("blk.\(index).\(name).weight", ones ? Matrix(repeating: 1, 1, weights.value.count) : weights.value)
      ]
    }
    let fused = backbone.configuration.storesFusedProjections || architecture.name == "phi3"
    let parts: [(name: String, projections: [Projection])] =
      fused
      ? FusedProjection.allCases.map { ($0.ggufName, $0.parts) }
        + [Projection.output, .down].map { ($0.ggufName, [$0]) }
      : Projection.allCases.map { ($0.ggufName, [$0]) }
    return norm("attn_norm", layer.inputNorm, isRead: true) + norm("ffn_norm", layer.feedForwardNorm, isRead: true)
      + norm("attn_q_norm", layer.queryNorm, isRead: false) + norm("attn_k_norm", layer.keyNorm, isRead: false)
      + parts.flatMap { matrix("blk.\(index).\($0.name)", $0.projections, index) }
  }

  private var last: [GGUFWriter.Tensor] {
    let hidden = backbone.configuration.hiddenSize
    if let reflection {
      return [vector("output_norm.weight", Matrix(row: [reflection.scale] + Array(repeating: 1, count: hidden - 1)))]
    }
    let rows = GGUFWriter.Tensor(name: "cls.output.weight", shape: [2, hidden], format: .f32) {
      take throws(CoreError) in
      try take(Matrix(stacking: [head, Matrix(zeros: 1, hidden)]))
    }
    return [vector("output_norm.weight", backbone.finalNorm.value), rows]
  }

  /// One matrix of one or several projections, one below the other, and its biases.
  private func matrix(_ name: String, _ parts: [Projection], _ layer: Int) -> [GGUFWriter.Tensor] {
    let shapes = parts.map { backbone.configuration.shape(of: $0) }
    let outputs = shapes.reduce(0) { $0 + $1.outputs }
    let weight = tensor(name + ".weight", [outputs, shapes[0].inputs]) { take throws(CoreError) in
      for part in parts { try take(weights(part, layer)) }
    }
    guard parts.contains(where: { backbone.layers[layer][$0].bias != nil }) else { return [weight] }
    return [weight, vector(name + ".bias", biases(parts, layer))]
  }

  // MARK: Numbers

  private func weights(_ projection: Projection, _ index: Int) -> Matrix {
    let layer = backbone.layers[index]
    var values = layer[projection].dense()
    adapter[index, projection]?.add(to: &values, compute)
    if let reflection {
      switch projection {
      case .query, .key, .value: values = reflection.reading(values, norm: layer.inputNorm.value)
      case .gate, .up: values = reflection.reading(values, norm: layer.feedForwardNorm.value)
      case .output, .down: values = reflection.writing(values)
      }
    }
    return backbone.configuration.interleaving(values, projection, back: false)
  }

  private func biases(_ parts: [Projection], _ index: Int) -> Matrix {
    Matrix(
      row: parts.flatMap { projection -> [Float] in
        let count = backbone.configuration.shape(of: projection).outputs
        guard let bias = backbone.layers[index][projection].bias?.value else {
          return Array(repeating: 0, count: count)
        }
        switch projection {
        case .output, .down: return (reflection?.reflectingRows(of: bias) ?? bias).elements
        default:
          let column = Matrix(count, 1, bias.elements)
          return backbone.configuration.interleaving(column, projection, back: false).elements
        }
      })
  }

  /// A matrix in the asked format, or, if its rows are no whole blocks of it, in f16, as llama.cpp's converter has it.
  private func tensor(
    _ name: String, _ shape: [Int],
    _ make: @escaping (_ take: (Matrix) throws(CoreError) -> Void) throws(CoreError) -> Void
  ) -> GGUFWriter.Tensor {
    let asked = numbers.format
    let fits = (shape.last ?? 1).isMultiple(of: asked.blockSize)
    return GGUFWriter.Tensor(name: name, shape: shape, format: fits ? asked : .f16, make: make)
  }

  private func vector(_ name: String, _ values: Matrix) -> GGUFWriter.Tensor {
    GGUFWriter.Tensor(name: name, shape: [values.count], format: .f32) { take throws(CoreError) in try take(values) }
  }
}

extension ExportFormat.Numbers {
  var format: WeightFormat {
    switch self {
    case .float32: .f32
    case .float16: .f16
    case .bfloat16: .bf16
    case .eightBits: .q8_0
    }
  }

  /// llama.cpp's `enum llama_ftype`.
  var fileType: UInt32 {
    switch self {
    case .float32: 0
    case .float16: 1
    case .bfloat16: 32
    case .eightBits: 7
    }
  }
}
