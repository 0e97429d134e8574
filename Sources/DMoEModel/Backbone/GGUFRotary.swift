import DMoECore

/// How the layers of a GGUF file turn queries and keys.
struct GGUFRotary {
  /// Of layers without a window, and of those with one.
  let full: RotaryEmbedding
  let local: RotaryEmbedding
  /// The longest text that can be read.
  let contextLength: Int

  init(_ family: BackboneFamily, _ file: GGUFFile, _ reader: WeightReader, headSize: Int) throws {
    let type = family.rawValue
    func float(_ name: String) throws -> Double? { try file.floatIfPresent(type + "." + name).map { Double($0) } }
    let size = try family == .phi3 ? file.integerIfPresent(type + ".rope.dimension_count") ?? headSize : headSize
    try BackboneConfiguration.checkHeadSize(size, key: type + ".rope.dimension_count", path: file.path)
    contextLength = try file.integer(type + ".context_length")
    let theta = try float("rope.freq_base") ?? 10_000
    // A file without a sensible head size is refused when all is read.
    let pairs = max(0, size / 2)
    guard let short = try reader.optional("rope_factors_short.weight", shape: [pairs]) else {
      full = RotaryEmbedding(
        theta: theta, scaling: try RotaryScaling(gguf: file, type, reader, pairs: pairs, contextLength: contextLength),
        size: size)
      local =
        family == .gemma3
        ? RotaryEmbedding(theta: try float("rope.freq_base_swa") ?? BackboneFamily.gemmaLocalTheta, size: size) : full
      return
    }
    // Files without one may say 0.
    let stated = try float("rope.scaling.attn_factor") ?? 1
    let magnitude = stated == 0 ? 1 : stated
    func scaling(_ stored: StoredTensor, _ name: String) throws -> RotaryScaling {
      .divisors(try file.positive(stored, name), magnitude: magnitude)
    }
    let long = "rope_factors_long.weight"
    let longScaling = try scaling(try reader.tensor(long, shape: [pairs]), long)
    // A file that does not say where long texts begin has none: llama.cpp takes its whole context.
    let original = try file.integerIfPresent(type + ".rope.scaling.original_context_length")
    full = RotaryEmbedding(
      theta: theta, scaling: try scaling(short, "rope_factors_short.weight"), size: size,
      long: original.map { RotaryEmbedding.LongTexts(originalContext: $0, scaling: longScaling) })
    local = full
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
    gguf file: GGUFFile, _ type: String, _ reader: WeightReader, pairs: Int, contextLength: Int
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
