import DMoECore

/// What `config.json` says; a key that is missing means what it means to transformers' class of the family.
extension BackboneConfiguration {
  /// - Returns: the configuration, and the keys of the file that are not known here.
  static func read(
    huggingFace file: ConfigurationFile
  ) throws -> (configuration: BackboneConfiguration, unreadKeys: [String]) {
    let type = try file.requiredString("model_type")
    guard let family = BackboneFamily(modelType: type) else {
      throw ModelError.unsupportedArchitecture(type, path: file.path)
    }
    var unread = try file.check(.huggingFace)
    unread += file.keys.filter { !family.reads($0) && !(file.value($0).map(asksForNothing) ?? true) }
    let hidden = try file.integer("hidden_size", missing: family.hiddenSize)
    let heads = try file.integer("num_attention_heads", missing: family.heads)
    guard heads > 0 else { throw file.invalid("num_attention_heads", "is \(heads)") }
    let headSize = try file.integer("head_dim") ?? family.headSize ?? hidden / heads
    try checkHeadSize(headSize, key: "head_dim", path: file.path)
    let layerCount = try file.integer("num_hidden_layers", missing: family.layerCount)
    try checkLayerCount(layerCount, key: "num_hidden_layers", path: file.path)
    let rotary = try RotarySettings(
      family, file, headSize: headSize,
      contextLength: file.integer("max_position_embeddings", missing: family.contextLength))
    unread += rotary.unreadKeys
    let bias = try family.reads("attention_bias") && file.bool("attention_bias") ?? false
    var configuration = BackboneConfiguration(
      architecture: family.rawValue, hiddenSize: hidden,
      feedForwardSize: try file.integer("intermediate_size", missing: family.feedForwardSize),
      layers: try layers(family, file, layerCount, rotary), heads: heads,
      keyValueHeads: try family.keyValueHeads(file, heads: heads), headSize: headSize,
      vocabularySize: try file.integer("vocab_size", missing: family.vocabularySize),
      contextLength: rotary.contextLength,
      normEpsilon: Float(try file.double("rms_norm_eps", missing: family.normEpsilon)),
      attentionScale: 1 / Float(headSize).squareRoot(), activation: try family.activation(file),
      hasAttentionBias: family == .qwen2 || bias, hasOutputBias: bias,
      hasFeedForwardBias: try family.reads("mlp_bias") && file.bool("mlp_bias") ?? false,
      storesFusedProjections: family == .phi3)
    configuration.apply(family)
    if family == .gemma3 {
      configuration.attentionScale = Float(
        1 / (try file.double("query_pre_attn_scalar", missing: 256)).squareRoot())
    }
    return (try configuration.validated(path: file.path), unread)
  }

  /// What a family always has, whatever its files say.
  mutating func apply(_ family: BackboneFamily) {
    hasQueryKeyNorm = family == .qwen3 || family == .gemma3
    guard family == .gemma3 else { return }
    hasOutputNorms = true
    storesNormsLessOne = true
    // In single precision; a model that runs in bf16 rounds it to bf16.
    embeddingScale = Float(Double(hiddenSize).squareRoot())
  }

  private static func layers(
    _ family: BackboneFamily, _ file: ConfigurationFile, _ count: Int, _ rotary: RotarySettings
  ) throws -> [Layer] {
    let settings = LayerSettings(family: family, file: file, count: count)
    let (sliding, full) = (try rotary.embedding(hasWindow: true), try rotary.embedding(hasWindow: false))
    return try zip(settings.windows(), settings.turned()).map { window, isTurned in
      Layer(window: window, rotary: isTurned ? (window == nil ? full : sliding) : nil)
    }
  }
}

extension BackboneFamily {
  /// Where the key says null there are as many as heads; where it is missing, some classes have a number.
  fileprivate func keyValueHeads(_ file: ConfigurationFile, heads: Int) throws -> Int {
    if let count = try file.integer("num_key_value_heads") { return count }
    return file.keys.contains("num_key_value_heads") ? heads : keyValueHeads ?? heads
  }

  fileprivate func activation(_ file: ConfigurationFile) throws -> Activation {
    let (key, missing) = activationKey
    switch try file.string(key) ?? missing {
    // The second is the same function.
    case "silu", "swish": return .silu
    case "gelu", "gelu_python": return .gelu
    case "gelu_pytorch_tanh", "gelu_new", "gelu_fast", "gelu_accurate", "gelu_python_tanh": return .geluTanh
    case let other: throw file.unsupported(key, .string(other))
    }
  }
}
