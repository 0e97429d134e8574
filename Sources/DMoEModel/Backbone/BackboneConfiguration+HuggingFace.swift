import DMoECore

/// What `config.json` says; a key that is missing means what it means to transformers' class of the family.
extension BackboneConfiguration {
  /// - Returns: the configuration, and the keys of the file that are not known here.
  static func read(
    huggingFace file: ConfigurationFile
  ) throws -> (configuration: BackboneConfiguration, unreadKeys: [String]) {
    let type = try file.requiredString("model_type")
    guard let family = Family(rawValue: type) else {
      throw ModelError.unsupportedArchitecture(type, path: file.path)
    }
    var unread = try file.check(.huggingFace)
    let rotary = try RotarySettings(file)
    unread += rotary.unreadKeys
    let hidden = try file.integer("hidden_size", missing: 4096)
    let heads = try file.integer("num_attention_heads", missing: 32)
    guard heads > 0 else { throw file.invalid("num_attention_heads", "is \(heads)") }
    let bias = try file.bool("attention_bias") ?? false
    let configuration = BackboneConfiguration(
      architecture: type, hiddenSize: hidden,
      feedForwardSize: try file.integer("intermediate_size", missing: family.feedForwardSize),
      layerCount: try file.integer("num_hidden_layers", missing: 32), heads: heads,
      keyValueHeads: try family.keyValueHeads(file, heads: heads),
      headSize: try file.integer("head_dim") ?? family.headSize ?? hidden / heads,
      vocabularySize: try file.integer("vocab_size", missing: family.vocabularySize),
      contextLength: try file.integer("max_position_embeddings", missing: family.contextLength),
      normEpsilon: Float(try file.double("rms_norm_eps", missing: 1e-6)), rotaryTheta: rotary.theta,
      rotaryScaling: try rotary.scaling(contextLength: family.contextLength),
      hasAttentionBias: family == .qwen2 || bias, hasOutputBias: family != .qwen2 && bias,
      hasQueryKeyNorm: family == .qwen3
    )
    try configuration.refuseSlidingWindows(file)
    return (try configuration.validated(path: file.path), unread)
  }

  /// What the classes of the families say of keys that are missing.
  private enum Family: String {
    case llama, qwen2, qwen3

    var vocabularySize: Int { self == .llama ? 32_000 : 151_936 }
    var feedForwardSize: Int { self == .llama ? 11_008 : 22_016 }
    var contextLength: Int { self == .llama ? 2048 : 32_768 }
    /// `nil` is the hidden size divided by the heads.
    var headSize: Int? { self == .qwen3 ? 128 : nil }

    /// Where the key says null there are as many as heads; where it is missing, Qwen's classes have a number.
    func keyValueHeads(_ file: ConfigurationFile, heads: Int) throws -> Int {
      if let count = try file.integer("num_key_value_heads") { return count }
      return self == .llama || file.keys.contains("num_key_value_heads") ? heads : 32
    }
  }

  /// A window is no fault where no layer has it or no text is longer.
  private func refuseSlidingWindows(_ file: ConfigurationFile) throws {
    let isUsed = try file.bool("use_sliding_window") ?? false
    let types = try file.strings("layer_types")
    guard file.value("sliding_window") != nil || !file.keys.contains("sliding_window") else { return }
    let window = try file.integer("sliding_window") ?? 4096
    let firstSliding = try file.integer("max_window_layers") ?? 28
    if let types {
      let others = types.filter { $0 != "full_attention" && $0 != "attention" }
      if let other = others.first, other != "sliding_attention" || !isUsed {
        throw file.unsupported("layer_types", .string(other))
      }
      if others.isEmpty { return }
    } else if firstSliding >= layerCount {
      return
    }
    if isUsed, window < contextLength { throw file.unsupported("use_sliding_window", true) }
  }
}

/// What `config.json` says of the rotary embedding: in `rope_parameters` or `rope_scaling`, and beside them.
///
/// Where several places say it, the order is that of transformers 5 (`modeling_rope_utils.py`,
/// `convert_rope_params_to_dict` and `standardize_rope_params`): `rope_scaling` before `rope_parameters` unless it is
/// empty, `rope_theta` within before the one beside, the original context beside before the one within.
private struct RotarySettings {
  let theta: Double
  let unreadKeys: [String]
  private let file: ConfigurationFile
  private let rope: ConfigurationFile?

  init(_ file: ConfigurationFile) throws {
    let rope = try [file.object("rope_scaling"), file.object("rope_parameters")].compactMap { $0 }
      .first { !$0.keys.isEmpty }
    self.file = file
    self.rope = rope
    unreadKeys = try rope?.check(.rotary) ?? []
    theta = try rope?.double("rope_theta") ?? file.double("rope_theta") ?? 10_000
  }

  /// - Parameter contextLength: What the family's class says where the file does not.
  func scaling(contextLength: Int) throws -> RotaryScaling {
    guard let rope else { return .none }
    let key = try rope.string("rope_type") == nil ? "type" : "rope_type"
    switch try rope.string(key) ?? "default" {
    case "default": return .none
    case "linear": return .linear(factor: try factor("factor", of: rope))
    case "llama3":
      return .llama3(
        factor: try factor("factor", of: rope), lowFrequencyFactor: try factor("low_freq_factor", of: rope),
        highFrequencyFactor: try factor("high_freq_factor", of: rope),
        originalContext: try originalContext(of: rope, contextLength))
    case let other: throw rope.unsupported(key, .string(other))
    }
  }

  private func factor(_ key: String, of rope: ConfigurationFile) throws -> Double {
    let value = try rope.requiredDouble(key)
    guard value > 0 else { throw rope.invalid(key, "is \(value)") }
    return value
  }

  private func originalContext(of rope: ConfigurationFile, _ contextLength: Int) throws -> Double {
    let key = "original_max_position_embeddings"
    let length =
      try file.double(key) ?? rope.double(key) ?? file.double("max_position_embeddings") ?? Double(contextLength)
    guard length > 0 else { throw rope.invalid(key, "is \(length)") }
    return length
  }
}
