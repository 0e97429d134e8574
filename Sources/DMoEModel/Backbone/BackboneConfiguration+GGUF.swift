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
    try Self.checkHeadSize(headSize, key: key("attention.key_length"), path: file.path)
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
      vocabularySize: try file.stringCountIfPresent("tokenizer.ggml.tokens") ?? file.integer(key("vocab_size")),
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
    "original_max_position_embeddings": "rope.scaling.original_context_length",
  ]
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
