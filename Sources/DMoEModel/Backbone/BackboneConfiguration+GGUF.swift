import DMoECore

/// What the metadata of a GGUF file says; a key that is missing means what it means to llama.cpp.
extension BackboneConfiguration {
  init(gguf file: GGUFFile, _ reader: WeightReader) throws {
    let type = try file.string("general.architecture")
    guard ["llama", "qwen2", "qwen3"].contains(type) else {
      throw ModelError.unsupportedArchitecture(type, path: file.path)
    }
    try file.refuse(.gguf(type))
    func key(_ name: String) -> String { type + "." + name }
    let hidden = try file.integer(key("embedding_length"))
    let heads = try file.integer(key("attention.head_count"))
    guard heads > 0 else {
      throw ModelError.invalidConfiguration(key: key("attention.head_count"), reason: "is \(heads)", path: file.path)
    }
    let headSize = try file.integerIfPresent(key("attention.key_length")) ?? hidden / heads
    // Only whole heads are rotated here, and values are as wide as keys.
    for name in ["rope.dimension_count", "attention.value_length"] {
      if let size = try file.integerIfPresent(key(name)), size != headSize {
        throw ModelError.unsupportedSetting(key: key(name), value: "\(size)", path: file.path)
      }
    }
    let contextLength = try file.integer(key("context_length"))
    if let window = try file.integerIfPresent(key("attention.sliding_window")), window > 0, window < contextLength {
      throw ModelError.unsupportedSetting(
        key: key("attention.sliding_window"), value: "\(window)", path: file.path)
    }
    self.init(
      architecture: type, hiddenSize: hidden, feedForwardSize: try file.integer(key("feed_forward_length")),
      layerCount: try file.integer(key("block_count")), heads: heads,
      keyValueHeads: try file.integerIfPresent(key("attention.head_count_kv")) ?? heads, headSize: headSize,
      vocabularySize: try file.stringsIfPresent("tokenizer.ggml.tokens")?.count ?? file.integer(key("vocab_size")),
      contextLength: contextLength,
      normEpsilon: Float(try file.float(key("attention.layer_norm_rms_epsilon"))),
      rotaryTheta: try file.floatIfPresent(key("rope.freq_base")).map { Double($0) } ?? 10_000,
      rotaryScaling: try RotaryScaling(gguf: file, type, reader, headSize: headSize),
      hasAttentionBias: reader.contains("blk.0.attn_q.bias"), hasOutputBias: reader.contains("blk.0.attn_output.bias"),
      hasQueryKeyNorm: type == "qwen3")
    self = try validated(path: file.path) { key(Self.ggufNames[$0] ?? $0) }
  }

  private static let ggufNames = [
    "hidden_size": "embedding_length", "intermediate_size": "feed_forward_length",
    "num_hidden_layers": "block_count", "num_attention_heads": "attention.head_count",
    "num_key_value_heads": "attention.head_count_kv", "head_dim": "attention.key_length",
    "max_position_embeddings": "context_length", "rms_norm_eps": "attention.layer_norm_rms_epsilon",
    "rope_theta": "rope.freq_base",
  ]
}

extension RotaryScaling {
  /// A file that has a factor and no type is linear, and `rope_freqs.weight` comes on top: llama.cpp multiplies both.
  fileprivate init(gguf file: GGUFFile, _ type: String, _ reader: WeightReader, headSize: Int) throws {
    func key(_ name: String) -> String { type + "." + name }
    var factor: Double?
    switch try file.stringIfPresent(key("rope.scaling.type")) {
    case "none": break
    case nil, "linear":
      // `rope.scale_linear` is the older name. Files without scaling may say 0.
      let value = try file.floatIfPresent(key("rope.scaling.factor")) ?? file.floatIfPresent(key("rope.scale_linear"))
      factor = value.flatMap { $0 == 0 ? nil : Double($0) }
    case let other?:
      throw ModelError.unsupportedSetting(key: key("rope.scaling.type"), value: other, path: file.path)
    }
    if let factor, !(factor > 0 && factor.isFinite) {
      throw ModelError.invalidConfiguration(
        key: key("rope.scaling.factor"), reason: "is \(factor)", path: file.path)
    }
    // A file without a sensible head size is refused when all is read.
    let pairs = max(0, headSize / 2)
    guard let stored = try reader.optional("rope_freqs.weight", shape: [pairs]) else {
      self = factor.map { $0 == 1 ? .none : .linear(factor: $0) } ?? .none
      return
    }
    let divisors = stored.matrix().elements
    guard divisors.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw CoreError.nonFinite("rope_freqs.weight of \(file.path)")
    }
    self = .divisors(divisors.map { $0 * Float(factor ?? 1) })
  }
}

extension GGUFFile {
  /// Refuses what is not implemented.
  ///
  /// - Throws: `ModelError.unsupportedSetting`.
  fileprivate func refuse(_ table: KeyTable) throws {
    for key in metadata.keys.sorted() {
      guard let value = metadata[key], case .refused(let isHarmless) = table.treatment(of: key) else { continue }
      let json = JSONValue(value)
      if !isHarmless(json) {
        throw ModelError.unsupportedSetting(key: key, value: "\(json)", path: path)
      }
    }
  }

  /// The keys of the metadata that a table does not have.
  func keys(unknownTo table: KeyTable) -> [String] {
    metadata.keys.filter { table.treatment(of: $0) == nil }.sorted()
  }
}

extension JSONValue {
  /// A value of GGUF's metadata as JSON has it; of a list, only whether it is empty.
  fileprivate init(_ value: GGUFValue) {
    switch value {
    case .unsigned(let number): self = .number("\(number)")
    case .signed(let number): self = .number("\(number)")
    case .float(let number): self.init(number)
    case .bool(let flag): self = .bool(flag)
    case .string(let text): self = .string(text)
    case .array(let array): self = array.count == 0 ? .array([]) : .string("a list of \(array.count)")
    }
  }
}
