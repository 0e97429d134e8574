import DMoECore
import Foundation

/// Reads a Hugging Face folder: config.json, safetensors (one file or shards) and tokenizer.json.
///
/// Source of names: transformers' `modeling_llama.py`, `modeling_qwen2.py`, `modeling_qwen3.py`.
extension Backbone {
  init(huggingFaceFolder folder: URL, compute: Compute) throws {
    let file = try ConfigurationFile(contentsOf: folder.appendingPathComponent("config.json"))
    let configuration = try BackboneConfiguration(huggingFace: file)
    let weights = try SafetensorsCollection(folder: folder)
    let reader = WeightReader(weights)
    // A bare model's tensors have no prefix; a causal LM's and a classifier's have one.
    let root = reader.contains("model.embed_tokens.weight") ? reader.scope("model") : reader
    let embedding = try root.tensor(
      "embed_tokens.weight", shape: [configuration.vocabularySize, configuration.hiddenSize])
    let layers = try (0..<configuration.layerCount).map { index in
      try BackboneLayer(root.scope("layers.\(index)"), configuration, compute)
    }
    let norm = try root.tensor("norm.weight", shape: [configuration.hiddenSize])
    // Read only where it is asked for, so that one in a format that is not implemented is no error.
    let isTied = try !reader.contains("lm_head.weight") && file.bool("tie_word_embeddings") ?? true
    let unembedding = Result { () throws(CoreError) in
      isTied ? embedding : try reader.tensor("lm_head.weight", shape: embedding.shape)
    }
    // A classifier's head is no part of a backbone.
    try reader.finish { $0 == "lm_head.weight" || $0 == "score.weight" || $0.hasSuffix("rotary_emb.inv_freq") }
    let tokenizerFile = folder.appendingPathComponent("tokenizer.json")
    self.init(
      configuration: configuration, fingerprint: try FileFingerprint(of: weights.files).text,
      name: folder.standardizedFileURL.lastPathComponent,
      tokenizer: FileManager.default.fileExists(atPath: tokenizerFile.path)
        ? try Tokenizer(tokenizerJSON: tokenizerFile) : nil,
      embedding: EmbeddingTable(embedding), unembedding: unembedding, layers: layers,
      finalNorm: Parameter(norm.matrix()))
  }
}

extension BackboneConfiguration {
  init(huggingFace file: ConfigurationFile) throws {
    let type = try file.requiredString("model_type")
    guard ["llama", "qwen2", "qwen3"].contains(type) else {
      throw ModelError.unsupportedArchitecture(type, path: file.path)
    }
    try file.refuse("hidden_act") { $0 as? String == "silu" }
    try file.refuse("mlp_bias") { $0 as? Bool == false }
    try file.refuse("use_sliding_window") { $0 as? Bool == false }
    let hidden = try file.requiredInteger("hidden_size")
    let heads = try file.requiredInteger("num_attention_heads")
    guard heads > 0 else {
      throw ModelError.invalidConfiguration(key: "num_attention_heads", reason: "is \(heads)", path: file.path)
    }
    let bias = try file.bool("attention_bias") ?? false
    let rope = try file.object("rope_parameters") ?? file.object("rope_scaling")
    for place in [file, rope].compactMap({ $0 }) {
      try place.refuse("partial_rotary_factor") { ($0 as? NSNumber)?.doubleValue == 1 }
    }
    self.init(
      architecture: type, hiddenSize: hidden, feedForwardSize: try file.requiredInteger("intermediate_size"),
      layerCount: try file.requiredInteger("num_hidden_layers"), heads: heads,
      keyValueHeads: try file.integer("num_key_value_heads") ?? heads,
      headSize: try file.integer("head_dim") ?? hidden / heads,
      vocabularySize: try file.requiredInteger("vocab_size"),
      contextLength: try file.integer("max_position_embeddings") ?? 2048,
      normEpsilon: Float(try file.requiredDouble("rms_norm_eps")),
      rotaryTheta: try rope?.double("rope_theta") ?? file.double("rope_theta") ?? 10_000,
      rotaryScaling: try rope.map { try RotaryScaling(huggingFace: $0, file) } ?? .none,
      hasAttentionBias: type == "qwen2" || bias, hasOutputBias: type != "qwen2" && bias,
      hasQueryKeyNorm: type == "qwen3")
    self = try validated(path: file.path)
  }
}

extension RotaryScaling {
  /// `rope_scaling` of older configurations, `rope_parameters` of newer ones.
  init(huggingFace rope: ConfigurationFile, _ file: ConfigurationFile) throws {
    let type = try rope.string("rope_type") ?? rope.string("type") ?? "default"
    switch type {
    case "default": self = .none
    case "linear": self = .linear(factor: try rope.requiredDouble("factor"))
    case "llama3":
      self = .llama3(
        factor: try rope.requiredDouble("factor"), lowFrequencyFactor: try rope.requiredDouble("low_freq_factor"),
        highFrequencyFactor: try rope.requiredDouble("high_freq_factor"),
        originalContext: try rope.requiredDouble("original_max_position_embeddings"))
    default: throw ModelError.unsupportedSetting(key: "rope_type", value: type, path: file.path)
    }
  }
}

extension BackboneLayer {
  init(_ reader: WeightReader, _ configuration: BackboneConfiguration, _ compute: Compute) throws {
    func vector(_ name: String, _ size: Int) throws -> Parameter {
      Parameter(try reader.tensor(name, shape: [size]).matrix())
    }
    func linear(_ projection: Projection) throws -> Linear {
      let (outputs, inputs) = configuration.shape(of: projection)
      let weight = try reader.tensor(projection.path + ".weight", shape: [outputs, inputs])
      let hasBias =
        switch projection {
        case .query, .key, .value: configuration.hasAttentionBias
        case .output: configuration.hasOutputBias
        case .gate, .up, .down: false
        }
      let bias = hasBias ? try reader.tensor(projection.path + ".bias", shape: [outputs]).matrix() : nil
      return Linear(frozen: weight.weightMatrix(compute), bias: bias)
    }
    let hidden = configuration.hiddenSize
    let norms = configuration.hasQueryKeyNorm
    self.init(
      inputNorm: try vector("input_layernorm.weight", hidden), query: try linear(.query), key: try linear(.key),
      value: try linear(.value), output: try linear(.output),
      queryNorm: norms ? try vector("self_attn.q_norm.weight", configuration.headSize) : nil,
      keyNorm: norms ? try vector("self_attn.k_norm.weight", configuration.headSize) : nil,
      feedForwardNorm: try vector("post_attention_layernorm.weight", hidden), gate: try linear(.gate),
      up: try linear(.up), down: try linear(.down))
  }
}
