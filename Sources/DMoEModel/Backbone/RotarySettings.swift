import DMoECore
import Foundation

/// What `config.json` says of the rotary embedding: in `rope_parameters` or `rope_scaling`, and beside them.
///
/// Where several places say it, the order is that of transformers 5 (`modeling_rope_utils.py`,
/// `convert_rope_params_to_dict` and `standardize_rope_params`): `rope_scaling` before `rope_parameters` unless it is
/// empty, `rope_theta` within before the one beside, the original context beside before the one within.
struct RotarySettings {
  let family: BackboneFamily
  let file: ConfigurationFile
  let headSize: Int
  let contextLength: Int
  private(set) var unreadKeys: [String] = []
  private let rope: ConfigurationFile?
  /// Of Gemma 3, the settings of layers with a window.
  private let local: ConfigurationFile?

  init(_ family: BackboneFamily, _ file: ConfigurationFile, headSize: Int, contextLength: Int) throws {
    self.family = family
    self.file = file
    self.headSize = headSize
    self.contextLength = contextLength
    let (older, newer) = (try file.object("rope_scaling"), try file.object("rope_parameters"))
    if family == .gemma3 {
      unreadKeys += try newer?.check(.rotaryByLayer) ?? []
      let given = [older, try newer?.object("full_attention")].compactMap { $0 }.filter { !$0.keys.isEmpty }
      if given.count > 1 { throw file.invalid("rope_scaling", "says what rope_parameters.full_attention says too") }
      rope = given.first
      local = try newer?.object("sliding_attention")
      unreadKeys += try local?.check(.rotary) ?? []
    } else {
      rope = [older, newer].compactMap { $0 }.first { !$0.keys.isEmpty }
      local = nil
    }
    unreadKeys += try rope?.check(.rotary) ?? []
  }

  /// The embedding of layers with a window, or of those without one.
  func embedding(hasWindow: Bool) throws -> RotaryEmbedding {
    guard family == .gemma3, hasWindow else {
      let theta = try rope?.double("rope_theta") ?? file.double("rope_theta") ?? family.rotaryTheta
      return RotaryEmbedding(
        theta: theta, scaling: try rope.map(scaling) ?? .none, size: try size(), long: try rope.flatMap(longTexts))
    }
    let theta =
      try local?.double("rope_theta") ?? file.double("rope_local_base_freq") ?? BackboneFamily.gemmaLocalTheta
    return RotaryEmbedding(theta: theta, scaling: try local.map(scaling) ?? .none, size: headSize)
  }

  private func size() throws -> Int {
    let key = "partial_rotary_factor"
    let share = try rope?.double(key) ?? file.double(key) ?? 1
    if share != 1, family != .phi3 {
      throw (try rope?.double(key) == nil ? file : rope ?? file).unsupported(key, .number("\(share)"))
    }
    guard share > 0, share <= 1 else { throw file.invalid(key, "is \(share)") }
    return Int(Double(headSize) * share)
  }

  private func type(of rope: ConfigurationFile) throws -> (key: String, name: String) {
    let key = try rope.string("rope_type") == nil ? "type" : "rope_type"
    let name = try rope.string(key) ?? "default"
    // Older names of Phi-3's scaling.
    return (key, family == .phi3 && ["su", "yarn"].contains(name) ? "longrope" : name)
  }

  private func scaling(_ rope: ConfigurationFile) throws -> RotaryScaling {
    let (key, name) = try type(of: rope)
    switch name {
    case "default": return .none
    case "longrope" where family == .phi3: return try longRope(rope, "short_factor")
    case _ where family == .phi3: throw rope.unsupported(key, .string(name))
    case "linear": return .linear(factor: try factor("factor", of: rope))
    case "llama3":
      return .llama3(
        factor: try factor("factor", of: rope), lowFrequencyFactor: try factor("low_freq_factor", of: rope),
        highFrequencyFactor: try factor("high_freq_factor", of: rope), originalContext: try originalContext(of: rope))
    // Gemma 3's class looks for `truncate` in another place than the other settings.
    case "yarn" where family != .gemma3: return .yarn(try yarn(rope))
    default: throw rope.unsupported(key, .string(name))
    }
  }

  private func yarn(_ rope: ConfigurationFile) throws -> YaRN {
    let context = try originalContext(of: rope)
    let factor = try rope.value("factor") == nil ? Double(contextLength) / context : factor("factor", of: rope)
    // 0 and null mean what a missing key means.
    func number(_ key: String) throws -> Double? { try rope.double(key).flatMap { $0 == 0 ? nil : $0 } }
    var magnitude = try rope.double("attention_factor")
    if magnitude == nil, let scale = try number("mscale"), let all = try number("mscale_all_dim") {
      magnitude = YaRN.magnitude(factor: factor, scale: scale) / YaRN.magnitude(factor: factor, scale: all)
    }
    for key in ["beta_fast", "beta_slow"] {
      if let beta = try number(key), beta < 0 { throw rope.invalid(key, "is \(beta)") }
    }
    return YaRN(
      factor: factor, originalContext: context, fastBeta: try number("beta_fast") ?? 32,
      slowBeta: try number("beta_slow") ?? 1, roundsBounds: try rope.bool("truncate") ?? true, magnitude: magnitude)
  }

  /// What LongRoPE does with texts longer than the original context; `nil` for other scalings.
  private func longTexts(_ rope: ConfigurationFile) throws -> RotaryEmbedding.LongTexts? {
    guard try type(of: rope).name == "longrope" else { return nil }
    return RotaryEmbedding.LongTexts(
      originalContext: Int(try originalContext(of: rope)), scaling: try longRope(rope, "long_factor"))
  }

  /// By the factors of this key.
  private func longRope(_ rope: ConfigurationFile, _ key: String) throws -> RotaryScaling {
    guard let list = try rope.doubles(key) else { throw rope.invalid(key, "is missing") }
    let pairs = try size() / 2
    guard list.count == pairs else { throw rope.invalid(key, "has \(list.count) values for \(pairs) frequencies") }
    // As floats, which they become.
    let divisors = list.map { Float($0) }
    if let bad = zip(list, divisors).first(where: { !($0.1 > 0 && $0.1.isFinite) }) {
      throw rope.invalid(key, "has \(bad.0)")
    }
    let context = try originalContext(of: rope)
    let factor = try rope.double("factor") ?? Double(contextLength) / context
    let magnitude =
      try rope.double("attention_factor") ?? (factor <= 1 ? 1 : (1 + log(factor) / log(context)).squareRoot())
    return .divisors(divisors, magnitude: magnitude)
  }

  private func factor(_ key: String, of rope: ConfigurationFile) throws -> Double {
    let value = try rope.requiredDouble(key)
    guard value > 0 else { throw rope.invalid(key, "is \(value)") }
    return value
  }

  private func originalContext(of rope: ConfigurationFile) throws -> Double {
    let key = "original_max_position_embeddings"
    let beside = try file.double(key) ?? (family == .phi3 ? Double(family.contextLength) : nil)
    let length = try beside ?? rope.double(key) ?? Double(contextLength)
    guard length > 0, length < Double(BackboneConfiguration.sizeLimit) else { throw rope.invalid(key, "is \(length)") }
    return length
  }
}
