/// A family of backbones: what its class in transformers says of keys that are missing, and which keys it reads.
///
/// Source: transformers' `configuration_*.py` and `modeling_*.py` of each.
enum BackboneFamily: String, CaseIterable {
  case llama, mistral, qwen2, qwen3, gemma3, phi3, smollm3

  /// The family by `model_type` of `config.json`; `gemma3` itself is the type of a model that holds one.
  init?(modelType: String) {
    if modelType == "gemma3_text" {
      self = .gemma3
    } else {
      guard let family = BackboneFamily(rawValue: modelType), family != .gemma3 else { return nil }
      self = family
    }
  }

  /// The families by name, for errors.
  static var list: String {
    let names = allCases.map(\.rawValue)
    return names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
  }

  /// Why an architecture that people may take for one of these is not read; `nil` for others.
  static func whyUnsupported(_ architecture: String) -> String? {
    switch architecture {
    case "gemma", "gemma2", "gemma3n", "gemma3n_text", "gemma4":
      "of Gemma only version 3 is read: soft caps on attention's scores and other sizes by layer are missing"
    case "mixtral", "qwen2_moe", "qwen2moe", "qwen3_moe", "qwen3moe", "phimoe", "deepseek2", "deepseek_v3":
      "feed-forward layers of several experts are missing"
    case "qwen2_vl", "qwen2_5_vl", "qwen3_vl", "mistral3", "llava", "mllama", "phi4mm", "phi3_v":
      "models that see pictures are not read, but for the text part of Gemma 3"
    case "llama4", "llama4_text", "ministral", "ministral3", "qwen3_next", "qwen3_5", "qwen3_5_text":
      "its attention is missing"
    default: nil
    }
  }

  var hiddenSize: Int {
    switch self {
    case .llama, .mistral, .qwen2, .qwen3: 4096
    case .gemma3: 2304
    case .phi3: 3072
    case .smollm3: 2048
    }
  }

  var feedForwardSize: Int {
    switch self {
    case .llama, .smollm3: 11_008
    case .mistral: 14_336
    case .qwen2, .qwen3: 22_016
    case .gemma3: 9216
    case .phi3: 8192
    }
  }

  var layerCount: Int {
    switch self {
    case .llama, .mistral, .qwen2, .qwen3, .phi3: 32
    case .gemma3: 26
    case .smollm3: 36
    }
  }

  var heads: Int {
    switch self {
    case .llama, .mistral, .qwen2, .qwen3, .phi3: 32
    case .gemma3: 8
    case .smollm3: 16
    }
  }

  /// `nil` is as many as heads.
  var keyValueHeads: Int? {
    switch self {
    case .llama, .phi3: nil
    case .mistral: 8
    case .qwen2, .qwen3: 32
    case .gemma3, .smollm3: 4
    }
  }

  /// `nil` is the hidden size divided by the heads.
  var headSize: Int? {
    switch self {
    case .qwen3: 128
    case .gemma3: 256
    case .llama, .mistral, .qwen2, .phi3, .smollm3: nil
    }
  }

  var vocabularySize: Int {
    switch self {
    case .llama, .mistral: 32_000
    case .qwen2, .qwen3: 151_936
    case .gemma3: 262_208
    case .phi3: 32_064
    case .smollm3: 128_256
    }
  }

  var contextLength: Int {
    switch self {
    case .llama: 2048
    case .phi3: 4096
    case .qwen2, .qwen3, .smollm3: 32_768
    case .mistral, .gemma3: 131_072
    }
  }

  var normEpsilon: Double { self == .phi3 ? 1e-5 : 1e-6 }

  var rotaryTheta: Double {
    switch self {
    case .gemma3: 1_000_000
    case .smollm3: 2_000_000
    case .llama, .mistral, .qwen2, .qwen3, .phi3: 10_000
    }
  }

  /// The base of layers with a window, where it is another one.
  static let gemmaLocalTheta = 10_000.0

  /// The length of a window where the file does not say; `nil` is none.
  var window: Int? {
    switch self {
    case .mistral, .qwen2, .qwen3, .gemma3: 4096
    case .llama, .phi3, .smollm3: nil
    }
  }

  var tiesHead: Bool { self == .gemma3 || self == .smollm3 }

  /// What the key of the function in feed-forward layers is called, and its value where it is missing.
  var activationKey: (key: String, missing: String) {
    self == .gemma3 ? ("hidden_activation", "gelu_pytorch_tanh") : ("hidden_act", "silu")
  }

  /// Whether the family's class reads a key that some classes do not: with others it changes nothing.
  func reads(_ key: String) -> Bool { Self.readers[key]?.contains(self) ?? true }

  private static let readers: [String: Set<BackboneFamily>] = [
    "attention_bias": [.llama, .qwen3, .gemma3, .smollm3],
    "hidden_act": Set(allCases).subtracting([.gemma3]),
    "hidden_activation": [.gemma3],
    "mlp_bias": [.llama, .smollm3],
    "no_rope_layer_interval": [.smollm3],
    "no_rope_layers": [.smollm3],
    "query_pre_attn_scalar": [.gemma3],
    "rope_local_base_freq": [.gemma3],
    "sliding_window": Set(allCases).subtracting([.llama]),
    "sliding_window_pattern": [.gemma3],
  ]

  /// The row of a head's halves that a row of a GGUF file is, where they are interleaved there: rows 2i and 2i + 1 of a head are
  /// its rows i and i + headSize / 2.
  static func row(ofInterleaved row: Int, headSize: Int) -> Int {
    let (head, place) = row.quotientAndRemainder(dividingBy: headSize)
    return head * headSize + place % 2 * (headSize / 2) + place / 2
  }

  /// In GGUF files the halves of every head of queries and keys are interleaved (llama.cpp's converter of Llama).
  var interleavesHeads: Bool { self == .llama || self == .smollm3 }
}
