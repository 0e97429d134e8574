import DMoECore
import Foundation

/// What the metadata of a GGUF file says; a key that is missing means what it means to llama.cpp.
extension BackboneConfiguration {
  init(gguf file: GGUFFile, _ reader: WeightReader) throws {
    let type = try file.string("general.architecture")
    // Mistral's files say that they are Llama's.
    guard let family = BackboneFamily(rawValue: type), family != .mistral else {
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
    // Values are as wide as keys, and whole heads are turned but in Phi-3's relatives.
    let wholeHeads = ["attention.value_length"] + (family == .phi3 ? [] : ["rope.dimension_count"])
    for name in wholeHeads {
      if let size = try file.integerIfPresent(key(name)), size != headSize {
        throw ModelError.unsupportedSetting(key: key(name), value: "\(size)", path: file.path)
      }
    }
    let layerCount = try file.integer(key("block_count"))
    try Self.checkLayerCount(layerCount, key: key("block_count"), path: file.path)
    let rotary = try GGUFRotary(family, file, reader, headSize: headSize)
    let windows = try file.windows(family, count: layerCount, contextLength: rotary.contextLength)
    self.init(
      architecture: type, hiddenSize: hidden, feedForwardSize: try file.integer(key("feed_forward_length")),
      layers: windows.enumerated().map { index, window in
        // llama.cpp has no key for it: SmolLM3's every fourth layer does not turn.
        let isTurned = family != .smollm3 || !(index + 1).isMultiple(of: 4)
        return Layer(window: window, rotary: isTurned ? (window == nil ? rotary.full : rotary.local) : nil)
      },
      heads: heads, keyValueHeads: try file.integerIfPresent(key("attention.head_count_kv")) ?? heads,
      headSize: headSize,
      vocabularySize: try file.stringsIfPresent("tokenizer.ggml.tokens")?.count ?? file.integer(key("vocab_size")),
      contextLength: rotary.contextLength,
      normEpsilon: Float(try file.float(key("attention.layer_norm_rms_epsilon"))),
      attentionScale: 1 / Float(headSize).squareRoot(), activation: family == .gemma3 ? .geluTanh : .silu,
      hasAttentionBias: reader.contains("blk.0.attn_q.bias"), hasOutputBias: reader.contains("blk.0.attn_output.bias"),
      hasFeedForwardBias: reader.contains("blk.0.ffn_down.bias"),
      storesFusedProjections: family == .phi3 && reader.contains("blk.0.attn_qkv.weight"))
    apply(family)
    // llama.cpp knows the 27 billion weights of Gemma 3 by the number of layers: their scale is another.
    if family == .gemma3, layerCount == 62 { attentionScale = 1 / (Float(hidden) / Float(heads)).squareRoot() }
    // The converter has added the 1.
    storesNormsLessOne = false
    self = try validated(path: file.path) { key(Self.ggufNames[$0] ?? $0) }
  }

  private static let ggufNames = [
    "hidden_size": "embedding_length", "intermediate_size": "feed_forward_length",
    "num_hidden_layers": "block_count", "num_attention_heads": "attention.head_count",
    "num_key_value_heads": "attention.head_count_kv", "head_dim": "attention.key_length",
    "max_position_embeddings": "context_length", "rms_norm_eps": "attention.layer_norm_rms_epsilon",
    "rope_theta": "rope.freq_base", "sliding_window": "attention.sliding_window",
    "partial_rotary_factor": "rope.dimension_count",
  ]
}

extension GGUFFile {
  /// The window of every layer.
  fileprivate func windows(_ family: BackboneFamily, count: Int, contextLength: Int) throws -> [Int?] {
    let key = family.rawValue + ".attention.sliding_window"
    // 0 is none.
    let window = try integerIfPresent(key).flatMap { $0 == 0 ? nil : $0 }
    switch family {
    case .llama, .mistral, .phi3: return Array(repeating: window, count: count)
    case .qwen2, .qwen3, .smollm3:
      // Which layers have it is not said.
      if let window, window < contextLength {
        throw ModelError.unsupportedSetting(key: key, value: "\(window)", path: path)
      }
      return Array(repeating: nil, count: count)
    case .gemma3:
      let patternKey = key + "_pattern"
      if case .array? = metadata[patternKey] {
        let flags = try bools(patternKey)
        guard flags.count == count else {
          throw ModelError.invalidConfiguration(
            key: patternKey, reason: "has \(flags.count) entries for \(count) layers", path: path)
        }
        return flags.map { $0 ? window : nil }
      }
      let pattern = try integerIfPresent(patternKey) ?? 6
      guard pattern > 0 else {
        throw ModelError.invalidConfiguration(key: patternKey, reason: "is \(pattern)", path: path)
      }
      return (1...count).map { $0.isMultiple(of: pattern) ? nil : window }
    }
  }
}

/// How the layers of a GGUF file turn queries and keys.
private struct GGUFRotary {
  /// Of layers without a window, and of those with one.
  let full: RotaryEmbedding
  let local: RotaryEmbedding
  /// The longest text that can be read.
  private(set) var contextLength: Int

  init(_ family: BackboneFamily, _ file: GGUFFile, _ reader: WeightReader, headSize: Int) throws {
    let type = family.rawValue
    func float(_ name: String) throws -> Double? { try file.floatIfPresent(type + "." + name).map { Double($0) } }
    let size = try family == .phi3 ? file.integerIfPresent(type + ".rope.dimension_count") ?? headSize : headSize
    contextLength = try file.integer(type + ".context_length")
    let theta = try float("rope.freq_base") ?? 10_000
    // A file without a sensible head size is refused when all is read.
    let pairs = max(0, size / 2)
    guard let short = try reader.optional("rope_factors_short.weight", shape: [pairs]) else {
      full = RotaryEmbedding(
        theta: theta, scaling: try RotaryScaling(gguf: file, type, reader, pairs: pairs, contextLength), size: size)
      local =
        family == .gemma3
        ? RotaryEmbedding(theta: try float("rope.freq_base_swa") ?? BackboneFamily.gemmaLocalTheta, size: size) : full
      return
    }
    // Read, so that they are not left over; texts that they are for are not read.
    _ = try reader.tensor("rope_factors_long.weight", shape: [pairs])
    let divisors = try file.positive(short, "rope_factors_short.weight")
    full = RotaryEmbedding(
      theta: theta, scaling: .divisors(divisors, magnitude: try float("rope.scaling.attn_factor") ?? 1), size: size)
    local = full
    let original = try file.integerIfPresent(type + ".rope.scaling.original_context_length")
    contextLength = min(contextLength, original ?? contextLength)
  }
}

extension GGUFFile {
  /// Divisors of frequencies.
  fileprivate func positive(_ stored: StoredTensor, _ name: String) throws -> [Float] {
    let values = stored.matrix().elements
    guard values.allSatisfy({ $0 > 0 && $0.isFinite }) else { throw CoreError.nonFinite("\(name) of \(path)") }
    return values
  }
}

extension RotaryScaling {
  /// A file that has a factor and no type is linear, and `rope_freqs.weight` comes on top: llama.cpp multiplies both.
  fileprivate init(
    gguf file: GGUFFile, _ type: String, _ reader: WeightReader, pairs: Int, _ contextLength: Int
  ) throws {
    func key(_ name: String) -> String { type + "." + name }
    // `rope.scale_linear` is the older name. Files without scaling may say 0.
    let stated = try file.floatIfPresent(key("rope.scaling.factor")) ?? file.floatIfPresent(key("rope.scale_linear"))
    var factor = stated.flatMap { $0 == 0 ? nil : Double($0) }
    if let factor, !(factor > 0 && factor.isFinite) {
      throw ModelError.invalidConfiguration(
        key: key("rope.scaling.factor"), reason: "is \(factor)", path: file.path)
    }
    var magnitude = try file.floatIfPresent(key("rope.scaling.attn_factor")).map { Double($0) } ?? 1
    if magnitude == 0 { magnitude = 1 }
    let stored = try reader.optional("rope_freqs.weight", shape: [pairs])
    switch try file.stringIfPresent(key("rope.scaling.type")) {
    case "none": factor = nil
    case nil, "linear": break
    case "yarn":
      guard stored == nil, let factor else {
        throw ModelError.unsupportedSetting(key: key("rope.scaling.type"), value: "yarn", path: file.path)
      }
      func beta(_ name: String) throws -> Double? { try file.floatIfPresent(key(name)).map { Double($0) } }
      self = .yarn(
        YaRN(
          factor: factor,
          originalContext: Double(
            try file.integerIfPresent(key("rope.scaling.original_context_length")) ?? contextLength),
          fastBeta: try beta("rope.scaling.yarn_beta_fast") ?? 32,
          slowBeta: try beta("rope.scaling.yarn_beta_slow") ?? 1,
          magnitude: magnitude * YaRN.magnitude(factor: factor)))
      return
    case let other?:
      throw ModelError.unsupportedSetting(key: key("rope.scaling.type"), value: other, path: file.path)
    }
    guard let stored else {
      guard magnitude == 1 else {
        self = .divisors(Array(repeating: Float(factor ?? 1), count: pairs), magnitude: magnitude)
        return
      }
      self = factor.map { $0 == 1 ? .none : .linear(factor: $0) } ?? .none
      return
    }
    let divisors = try file.positive(stored, "rope_freqs.weight")
    self = .divisors(divisors.map { $0 * Float(factor ?? 1) }, magnitude: magnitude)
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
