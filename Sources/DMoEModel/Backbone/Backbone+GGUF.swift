import DMoECore
import Foundation

/// Reads a GGUF file with its tokenizer. Source of names: llama.cpp's `src/llama-arch.cpp`.
extension Backbone {
  init(gguf url: URL, compute: Compute) throws {
    let file = try GGUFFile(contentsOf: url)
    let reader = WeightReader(file)
    let configuration = try BackboneConfiguration(gguf: file, reader)
    let embedding = try reader.tensor(
      "token_embd.weight", shape: [configuration.vocabularySize, configuration.hiddenSize])
    let layers = try (0..<configuration.layerCount).map { index in
      try BackboneLayer(gguf: reader.scope("blk.\(index)"), configuration, compute)
    }
    let norm = try reader.tensor("output_norm.weight", shape: [configuration.hiddenSize])
    // Read only where it is asked for, so that one in a format that is not implemented is no error.
    let unembedding = Result { () throws(CoreError) in
      reader.contains("output.weight") ? try reader.tensor("output.weight", shape: embedding.shape) : embedding
    }
    try reader.finish { $0 == "output.weight" }
    file.forgetPages()
    self.init(
      configuration: configuration, fingerprint: try FileFingerprint(of: [url]).text, name: url.lastPathComponent,
      tokenizer: try file.stringIfPresent("tokenizer.ggml.model") == nil ? nil : Tokenizer(gguf: file),
      embedding: EmbeddingTable(embedding), unembedding: unembedding, layers: layers,
      finalNorm: Parameter(norm.matrix()))
  }
}

extension BackboneConfiguration {
  init(gguf file: GGUFFile, _ reader: WeightReader) throws {
    let type = try file.string("general.architecture")
    guard ["llama", "qwen2", "qwen3"].contains(type) else {
      throw ModelError.unsupportedArchitecture(type, path: file.path)
    }
    func key(_ name: String) -> String { type + "." + name }
    let hidden = try file.integer(key("embedding_length"))
    let heads = try file.integer(key("attention.head_count"))
    guard heads > 0 else {
      throw ModelError.invalidConfiguration(key: key("attention.head_count"), reason: "is \(heads)", path: file.path)
    }
    let headSize =
      try file.integerIfPresent(key("attention.key_length")) ?? file.integerIfPresent(key("rope.dimension_count"))
      ?? hidden / heads
    if let rotated = try file.integerIfPresent(key("rope.dimension_count")), rotated != headSize {
      throw ModelError.unsupportedSetting(key: key("rope.dimension_count"), value: "\(rotated)", path: file.path)
    }
    var scaling = RotaryScaling.none
    switch try file.stringIfPresent(key("rope.scaling.type")) {
    case nil, "none": break
    case "linear": scaling = .linear(factor: Double(try file.float(key("rope.scaling.factor"))))
    case .some(let other):
      throw ModelError.unsupportedSetting(key: key("rope.scaling.type"), value: other, path: file.path)
    }
    if let divisors = try reader.optional("rope_freqs.weight", shape: [headSize / 2]) {
      scaling = .divisors(divisors.matrix().elements)
    }
    let hasBias = reader.contains("blk.0.attn_q.bias")
    self.init(
      architecture: type, hiddenSize: hidden, feedForwardSize: try file.integer(key("feed_forward_length")),
      layerCount: try file.integer(key("block_count")), heads: heads,
      keyValueHeads: try file.integerIfPresent(key("attention.head_count_kv")) ?? heads, headSize: headSize,
      vocabularySize: try file.stringsIfPresent("tokenizer.ggml.tokens")?.count ?? file.integer(key("vocab_size")),
      contextLength: try file.integer(key("context_length")),
      normEpsilon: Float(try file.float(key("attention.layer_norm_rms_epsilon"))),
      rotaryTheta: try file.floatIfPresent(key("rope.freq_base")).map { Double($0) } ?? 10_000, rotaryScaling: scaling,
      hasAttentionBias: hasBias, hasOutputBias: reader.contains("blk.0.attn_output.bias"),
      hasQueryKeyNorm: type == "qwen3")
    self = try validated(path: file.path)
  }
}

extension BackboneLayer {
  init(gguf reader: WeightReader, _ configuration: BackboneConfiguration, _ compute: Compute) throws {
    func vector(_ name: String, _ size: Int) throws -> Parameter {
      Parameter(try reader.tensor(name, shape: [size]).matrix())
    }
    func linear(_ projection: Projection) throws -> Linear {
      let (outputs, inputs) = configuration.shape(of: projection)
      let weight = try reader.tensor(projection.ggufName + ".weight", shape: [outputs, inputs])
      var bias = try reader.optional(projection.ggufName + ".bias", shape: [outputs])?.matrix()
      // The converter stores Llama's queries and keys with the halves of every head interleaved.
      guard configuration.architecture == "llama", projection == .query || projection == .key else {
        return Linear(frozen: weight.weightMatrix(compute), bias: bias)
      }
      bias = bias.map { Matrix(row: $0.elements.deinterleaved(headSize: configuration.headSize)) }
      let half = configuration.headSize / 2
      let matrix = weight.matrix(on: compute) { row in
        let (head, place) = row.quotientAndRemainder(dividingBy: 2 * half)
        return head * 2 * half + place % 2 * half + place / 2
      }
      return Linear(frozen: compute.frozenWeight(matrix), bias: bias)
    }
    let hidden = configuration.hiddenSize
    let norms = configuration.hasQueryKeyNorm
    self.init(
      inputNorm: try vector("attn_norm.weight", hidden), query: try linear(.query), key: try linear(.key),
      value: try linear(.value), output: try linear(.output),
      queryNorm: norms ? try vector("attn_q_norm.weight", configuration.headSize) : nil,
      keyNorm: norms ? try vector("attn_k_norm.weight", configuration.headSize) : nil,
      feedForwardNorm: try vector("ffn_norm.weight", hidden), gate: try linear(.gate), up: try linear(.up),
      down: try linear(.down))
  }
}

extension [Float] {
  /// Elements 2i and 2i + 1 of every head to places i and i + headSize/2.
  func deinterleaved(headSize: Int) -> [Float] {
    var result = self
    for place in indices {
      let (head, offset) = place.quotientAndRemainder(dividingBy: headSize)
      result[head * headSize + offset % 2 * headSize / 2 + offset / 2] = self[place]
    }
    return result
  }
}
