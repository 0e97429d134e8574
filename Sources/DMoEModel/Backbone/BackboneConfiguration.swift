package import DMoECore

/// The sizes and settings of a backbone; the families differ by fields, not by code.
public struct BackboneConfiguration: Sendable, Equatable {
  /// What differs from one transformer block to the next.
  package struct Layer: Sendable, Equatable {
    /// How many tokens a token sees, itself and those before it; `nil` means all of them.
    package var window: Int?
    /// How queries and keys are turned to their positions; `nil` means not at all, so that order shows only in other
    /// layers.
    package var rotary: RotaryEmbedding?

    /// A layer of these settings.
    package init(window: Int? = nil, rotary: RotaryEmbedding?) {
      self.window = window
      self.rotary = rotary
    }
  }

  /// The family: "llama", "mistral", "qwen2", "qwen3", "gemma3", "phi3" or "smollm3".
  ///
  /// A GGUF file of Mistral is a "llama"; the two compute the same.
  public var architecture: String
  /// The number of channels of a hidden state.
  public var hiddenSize: Int
  /// The inner size of the feed-forward layers.
  public var feedForwardSize: Int
  /// The transformer blocks, from the embedding up.
  package var layers: [Layer]
  /// The number of query heads.
  public var heads: Int
  /// The number of key and value heads: fewer than query heads in grouped-query attention.
  public var keyValueHeads: Int
  /// The number of channels of one head.
  public var headSize: Int
  /// The number of tokens that the embedding knows.
  public var vocabularySize: Int
  /// The longest text in tokens that can be read.
  public var contextLength: Int
  /// A small number under the root of every RMS norm.
  public var normEpsilon: Float
  /// What the product of a query and a key is multiplied by, before the softmax.
  public var attentionScale: Float
  /// What the embeddings are multiplied by: 1, or the root of the hidden size (Gemma 3).
  public var embeddingScale: Float = 1
  /// The function of the gate in the feed-forward layers.
  package var activation = Activation.silu
  /// Query, key and value projections add a bias (Qwen2).
  public var hasAttentionBias = false
  /// The output projection adds a bias too.
  public var hasOutputBias = false
  /// The linear layers of the feed-forward layers add a bias.
  public var hasFeedForwardBias = false
  /// Queries and keys are normalized by head (Qwen3, Gemma 3).
  public var hasQueryKeyNorm = false
  /// What attention and feed-forward layers give is normalized before it is added (Gemma 3).
  public var hasOutputNorms = false
  /// Hugging Face folders hold the weights of norms less 1 (Gemma 3).
  public var storesNormsLessOne = false
  /// Files hold queries, keys and values as one matrix, and gates and ups as another (Phi-3); here they are apart.
  public var storesFusedProjections = false

  /// The number of transformer blocks.
  public var layerCount: Int { layers.count }

  /// The longest text, in tokens, that is turned as in the first training, where longer ones are turned otherwise; `nil`
  /// where all are turned alike.
  package var originalContext: Int? { layers.lazy.compactMap(\.rotary?.long?.originalContext).first }

  /// The longest text that grows token by token: where long texts are turned otherwise from their first token on, none goes over
  /// that bound, since what is kept of the tokens before would be of another text.
  package var generationLimit: Int { min(contextLength, originalContext ?? contextLength) }

  /// Whether a text of so many tokens is turned as the long ones are.
  package func isLong(_ tokens: Int) -> Bool { originalContext.map { tokens > $0 } ?? false }

  /// The shape of attention in one layer.
  package func attention(in layer: Int) -> AttentionShape {
    AttentionShape(
      heads: heads, keyValueHeads: keyValueHeads, headSize: headSize, scale: attentionScale,
      window: layers[layer].window)
  }

  /// The shape [outputs, inputs] of one linear layer.
  package func shape(of projection: Projection) -> (outputs: Int, inputs: Int) {
    switch projection {
    case .query: (heads * headSize, hiddenSize)
    case .key, .value: (keyValueHeads * headSize, hiddenSize)
    case .output: (hiddenSize, heads * headSize)
    case .gate, .up: (feedForwardSize, hiddenSize)
    case .down: (hiddenSize, feedForwardSize)
    }
  }

  /// Whether a linear layer adds a bias.
  func hasBias(_ projection: Projection) -> Bool {
    switch projection {
    case .query, .key, .value: hasAttentionBias
    case .output: hasOutputBias
    case .gate, .up, .down: hasFeedForwardBias
    }
  }
}

extension BackboneConfiguration {
  /// Larger than any size of a model, and small enough that products of two are no problem.
  static let sizeLimit = 1 << 24

  /// - Parameter name: How the file calls what `config.json` calls so.
  /// - Throws: `ModelError.invalidConfiguration` for sizes that do not fit together.
  func validated(path: String, named name: (String) -> String = { $0 }) throws -> BackboneConfiguration {
    func require(_ condition: Bool, _ key: String, _ reason: String) throws {
      if !condition { throw ModelError.invalidConfiguration(key: name(key), reason: reason, path: path) }
    }
    for (key, size) in [
      ("hidden_size", hiddenSize), ("intermediate_size", feedForwardSize), ("num_hidden_layers", layerCount),
      ("num_attention_heads", heads), ("num_key_value_heads", keyValueHeads), ("head_dim", headSize),
      ("vocab_size", vocabularySize), ("max_position_embeddings", contextLength),
    ] {
      try require(size > 0 && size < Self.sizeLimit, key, "is \(size)")
    }
    try require(heads % keyValueHeads == 0, "num_attention_heads", "\(heads) is no multiple of \(keyValueHeads)")
    try require(headSize % 2 == 0, "head_dim", "\(headSize) is odd")
    try require(normEpsilon > 0 && normEpsilon < 1, "rms_norm_eps", "is \(normEpsilon)")
    try require(attentionScale > 0 && attentionScale.isFinite, "query_pre_attn_scalar", "gives \(attentionScale)")
    for layer in layers {
      if let window = layer.window { try require(window > 0, "sliding_window", "is \(window)") }
      guard let rotary = layer.rotary else { continue }
      try require(rotary.theta > 1 && rotary.theta.isFinite, "rope_theta", "is \(rotary.theta)")
      try require(
        rotary.size > 0 && rotary.size % 2 == 0 && rotary.size <= headSize, "partial_rotary_factor",
        "turns \(rotary.size) channels of heads of \(headSize)")
      if let long = rotary.long {
        try require(long.originalContext > 0, "original_max_position_embeddings", "is \(long.originalContext)")
      }
      for scaling in [rotary.scaling, rotary.long?.scaling].compactMap({ $0 }) {
        let magnitude = scaling.magnitude
        try require(magnitude > 0 && magnitude.isFinite, "attention_factor", "makes the magnitude \(magnitude)")
        if case .divisors(let divisors, _) = scaling {
          try require(
            divisors.count == rotary.size / 2, "rope_freqs",
            "has \(divisors.count) values for \(rotary.size) channels of a head")
        }
        if case .yarn(let yarn) = scaling {
          try require(
            yarn.originalContext > 0 && yarn.originalContext.isFinite, "original_max_position_embeddings",
            "is \(yarn.originalContext)")
          for (key, beta) in [("beta_fast", yarn.fastBeta), ("beta_slow", yarn.slowBeta)] {
            try require(beta > 0 && beta.isFinite, key, "is \(beta)")
          }
        }
        let frequencies = scaling.inverseFrequencies(theta: rotary.theta, size: rotary.size)
        try require(
          frequencies.allSatisfy { $0 >= 0 && $0 <= Double(Float.greatestFiniteMagnitude) }, "rope_scaling",
          "makes frequencies that are no numbers")
      }
    }
    return self
  }

  /// More layers than any model has, each of which is made before its weights are looked for.
  static let layerLimit = 1 << 12
  /// Larger than any head: angles are kept by channel and position.
  static let headSizeLimit = 1 << 14

  /// - Throws: `ModelError.invalidConfiguration` for a number of layers that no model has.
  static func checkLayerCount(_ count: Int, key: String, path: String) throws {
    guard count > 0, count <= layerLimit else {
      throw ModelError.invalidConfiguration(key: key, reason: "is \(count)", path: path)
    }
  }

  /// - Throws: `ModelError.invalidConfiguration` for heads that are larger than those of any model; what else they cannot be,
  ///   `validated` says.
  static func checkHeadSize(_ size: Int, key: String, path: String) throws {
    guard size <= headSizeLimit else {
      throw ModelError.invalidConfiguration(key: key, reason: "is \(size)", path: path)
    }
  }
}
