import DMoECore

/// What llama.cpp has to know of a backbone, and whether its graph of that family computes the same.
///
/// Source: llama.cpp's `src/llama-model.cpp` and `src/models/*.cpp` of October 2026, which llama-cpp-python 0.3.36 has.
struct GGUFArchitecture {
  /// How llama.cpp gives the number of a linear head.
  enum Head {
    /// As the first channel of the state: no family but Qwen3 has a place for a head.
    case firstChannel
    /// As the first of two outputs of `cls.output.weight`, after a softmax.
    case squashed
  }

  /// llama.cpp's name of the family.
  let name: String
  let head: Head
  let metadata: [(key: String, value: GGUFWriter.Value)]
  /// The divisors of rotary frequencies, by the names of their tensors.
  let rotaryTensors: [(name: String, values: [Float])]
  /// What a file cannot say, a sentence each.
  let losses: [String]

  /// - Parameter depth: How many layers there are.
  /// - Throws: `ModelError.inexpressible` for what llama.cpp would read and compute otherwise.
  init(_ numbers: BackboneConfiguration, depth: Int) throws {
    func refused(_ reason: String) -> ModelError { .inexpressible("llama.cpp \(reason)") }
    guard let family = BackboneFamily(rawValue: numbers.architecture), family != .gemma3 else {
      throw refused("has no head for \(numbers.architecture)")
    }
    let name = family == .mistral ? BackboneFamily.llama.rawValue : family.rawValue
    guard numbers.activation == .silu else { throw refused("has no other function than silu for \(name)") }
    let isPlain = numbers.attentionScale == 1 / Float(numbers.headSize).squareRoot()
    guard isPlain else { throw refused("scales attention by the size of a head") }
    if name != "llama", numbers.hasOutputBias || numbers.hasFeedForwardBias {
      throw refused("has no biases of output and feed-forward layers for \(name)")
    }
    if ["qwen2", "phi3"].contains(name), numbers.heads * numbers.headSize != numbers.hiddenSize {
      throw refused("divides the hidden size by the heads for \(name)")
    }
    let layers = numbers.layers.prefix(depth)
    let turned = layers.enumerated().filter { family != .smollm3 || !($0.offset + 1).isMultiple(of: 4) }
    guard let rotary = turned.first?.element.rotary, turned.allSatisfy({ $0.element.rotary == rotary }),
      layers.filter({ $0.rotary != nil }).count == turned.count
    else { throw refused("turns queries and keys of other layers of \(name), or alike in all") }
    let scaling = try GGUFRotaryScaling(rotary, name, contextLength: numbers.contextLength)
    // Up to the length of a window, nothing differs without it.
    let context = min(layers.compactMap(\.window).min() ?? numbers.contextLength, numbers.contextLength)
    self.name = name
    head = family == .qwen3 ? .squashed : .firstChannel
    rotaryTensors = scaling.tensors
    var losses: [String] = []
    if context != numbers.contextLength {
      losses.append(
        "llama.cpp has no windows for \(name): longer texts than \(context) tokens, the context it is told, differ")
    }
    if let original = rotary.long?.originalContext, context > original {
      losses.append(
        "llama.cpp turns every text as a long one where a program asks for more context than \(original) tokens: ask for no more"
      )
    }
    self.losses = losses
    func number(_ value: Int) -> GGUFWriter.Value { .uint32(UInt32(clamping: value)) }
    metadata =
      [
        ("context_length", number(context)), ("embedding_length", number(numbers.hiddenSize)),
        ("block_count", number(depth)), ("feed_forward_length", number(numbers.feedForwardSize)),
        ("attention.head_count", number(numbers.heads)), ("attention.head_count_kv", number(numbers.keyValueHeads)),
        ("attention.key_length", number(numbers.headSize)), ("attention.value_length", number(numbers.headSize)),
        ("attention.layer_norm_rms_epsilon", .float32(numbers.normEpsilon)),
        ("rope.dimension_count", number(rotary.size)), ("rope.freq_base", .float32(Float(rotary.theta))),
        ("vocab_size", number(numbers.vocabularySize)), ("pooling_type", number(Self.rankPooling)),
      ].map { ("\(name).\($0.0)", $0.1) } + scaling.metadata.map { ("\(name).rope.\($0.key)", $0.value) }
  }

  /// `LLAMA_POOLING_TYPE_RANK`.
  static let rankPooling = 4
  /// `LLAMA_POOLING_TYPE_MEAN`.
  static let meanPooling = 1
}

/// The scaling of rotary frequencies, as llama.cpp has it.
private struct GGUFRotaryScaling {
  /// Below `rope`.
  var metadata: [(key: String, value: GGUFWriter.Value)] = []
  var tensors: [(name: String, values: [Float])] = []

  init(_ rotary: RotaryEmbedding, _ name: String, contextLength: Int) throws {
    func refused(_ what: String) -> ModelError {
      .inexpressible("llama.cpp has no \(what) for \(name)")
    }
    func setDivisors(_ divisors: [Float], _ magnitude: Double) throws {
      switch name {
      case "llama": tensors = [("rope_freqs.weight", divisors)]
      // llama.cpp takes the one or the other by the context that a program asks for, not by the text.
      case "phi3":
        let long = try rotary.long.map { try Self.longDivisors($0, rotary, magnitude) } ?? divisors
        tensors = [("rope_factors_long.weight", long), ("rope_factors_short.weight", divisors)]
        let original = rotary.long?.originalContext ?? contextLength
        metadata = [("scaling.original_context_length", .uint32(UInt32(clamping: original)))]
      default: throw refused("divisors of rotary frequencies")
      }
      if magnitude != 1 { metadata.append(("scaling.attn_factor", .float32(Float(magnitude)))) }
    }
    switch rotary.scaling {
    case .none: break
    case .linear(let factor):
      metadata = [("scaling.type", .string("linear")), ("scaling.factor", .float32(Float(factor)))]
    case .yarn(let yarn):
      guard yarn.roundsBounds else { throw refused("YaRN without rounding (truncate)") }
      metadata = [
        ("scaling.type", .string("yarn")), ("scaling.factor", .float32(Float(yarn.factor))),
        ("scaling.original_context_length", .uint32(UInt32(clamping: Int(yarn.originalContext)))),
        ("scaling.attn_factor", .float32(Float(yarn.magnitude / YaRN.magnitude(factor: yarn.factor)))),
        ("scaling.yarn_beta_fast", .float32(Float(yarn.fastBeta))),
        ("scaling.yarn_beta_slow", .float32(Float(yarn.slowBeta))),
      ]
    case .llama3:
      let plain = RotaryScaling.none.inverseFrequencies(theta: rotary.theta, size: rotary.size)
      let scaled = rotary.scaling.inverseFrequencies(theta: rotary.theta, size: rotary.size)
      try setDivisors(zip(plain, scaled).map { Float($0 / $1) }, 1)
    case .divisors(let divisors, let magnitude): try setDivisors(divisors, magnitude)
    }
    guard rotary.long == nil || tensors.count == 2 else { throw refused("other frequencies for long texts") }
  }

  /// The divisors of longer texts. The file has one factor of the attention for both.
  private static func longDivisors(
    _ long: RotaryEmbedding.LongTexts, _ rotary: RotaryEmbedding, _ magnitude: Double
  ) throws -> [Float] {
    guard long.scaling.magnitude == magnitude else {
      throw ModelError.inexpressible("llama.cpp has one attention factor, and long texts have another than short ones")
    }
    let plain = RotaryScaling.none.inverseFrequencies(theta: rotary.theta, size: rotary.size)
    let scaled = long.scaling.inverseFrequencies(theta: rotary.theta, size: rotary.size)
    return zip(plain, scaled).map { Float($0 / $1) }
  }
}
