package import DMoECore

/// The sizes and settings of a backbone; the families differ by fields, not by code.
public struct BackboneConfiguration: Sendable, Equatable {
  /// "llama", "qwen2" or "qwen3".
  public var architecture: String
  /// The number of channels of a hidden state.
  public var hiddenSize: Int
  /// The inner size of the feed-forward layers.
  public var feedForwardSize: Int
  /// The number of transformer blocks.
  public var layerCount: Int
  /// The number of query heads.
  public var heads: Int
  /// The number of key and value heads: fewer than query heads in grouped-query attention.
  public var keyValueHeads: Int
  /// The number of channels of one head.
  public var headSize: Int
  /// The number of tokens that the embedding knows.
  public var vocabularySize: Int
  /// The longest text in tokens that the backbone was trained for.
  public var contextLength: Int
  /// A small number under the root of every RMS norm.
  public var normEpsilon: Float
  /// The base of the rotary frequencies.
  public var rotaryTheta: Double
  /// The change of the rotary frequencies for contexts longer than the first training's.
  public var rotaryScaling: RotaryScaling
  /// Query, key and value projections add a bias (Qwen2).
  public var hasAttentionBias: Bool
  /// The output projection adds a bias too.
  public var hasOutputBias: Bool
  /// Queries and keys are normalized by head (Qwen3).
  public var hasQueryKeyNorm: Bool

  /// The shape of its attention.
  package var attention: AttentionShape {
    AttentionShape(heads: heads, keyValueHeads: keyValueHeads, headSize: headSize)
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

  /// - Parameter name: How the file calls what `config.json` calls so.
  /// - Throws: `ModelError.invalidConfiguration` for sizes that do not fit together.
  func validated(path: String, named name: (String) -> String = { $0 }) throws -> BackboneConfiguration {
    func require(_ condition: Bool, _ key: String, _ reason: String) throws {
      if !condition { throw ModelError.invalidConfiguration(key: name(key), reason: reason, path: path) }
    }
    let limit = 1 << 24
    for (key, size) in [
      ("hidden_size", hiddenSize), ("intermediate_size", feedForwardSize), ("num_hidden_layers", layerCount),
      ("num_attention_heads", heads), ("num_key_value_heads", keyValueHeads), ("head_dim", headSize),
      ("vocab_size", vocabularySize), ("max_position_embeddings", contextLength),
    ] {
      try require(size > 0 && size < limit, key, "is \(size)")
    }
    try require(heads % keyValueHeads == 0, "num_attention_heads", "\(heads) is no multiple of \(keyValueHeads)")
    try require(headSize % 2 == 0, "head_dim", "\(headSize) is odd")
    try require(normEpsilon > 0 && normEpsilon < 1, "rms_norm_eps", "is \(normEpsilon)")
    try require(rotaryTheta > 1 && rotaryTheta.isFinite, "rope_theta", "is \(rotaryTheta)")
    if case .divisors(let divisors) = rotaryScaling {
      try require(divisors.count == headSize / 2, "rope_freqs", "has \(divisors.count) values for heads of \(headSize)")
    }
    return self
  }
}
