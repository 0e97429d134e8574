import DMoECore
import Foundation

/// What adapter_config.json says, as far as it changes the arithmetic. Source of names: peft's `tuners/lora/config.py`.
struct PEFTConfiguration {
  let rank: Int
  let alpha: Double
  let dropout: Float
  let usesRankStabilizedScaling: Bool
  let rankPattern: [(pattern: String, value: Double)]
  let alphaPattern: [(pattern: String, value: Double)]
  /// Ends of module paths, often a projection's name alone; `nil` for a regular expression or "all-linear", where the
  /// tensors tell.
  let targets: [String]?
  let layers: [Int]?
  let savesHead: Bool

  /// - Throws: `ModelError.unsupportedAdapter` naming the first key that asks for what is not implemented.
  init(contentsOf url: URL) throws {
    let path = url.deletingLastPathComponent().path
    func unsupported(_ reason: String) -> ModelError { .unsupportedAdapter(path: path, reason: reason) }
    guard let data = try? Data(contentsOf: url) else {
      throw unsupported("\(url.lastPathComponent) cannot be read")
    }
    guard let fields = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] else {
      throw unsupported("\(url.lastPathComponent) is no JSON object")
    }
    guard fields["peft_type"] as? String == "LORA" else { throw unsupported("peft_type is not LORA") }
    for (key, value) in fields.sorted(by: { $0.key < $1.key }) where !Self.understood.contains(key) {
      guard Self.asksForNothing(value) else { throw unsupported("\(key) = \(value) is not supported") }
    }
    if let bias = fields["bias"] as? String, bias != "none" { throw unsupported("bias = \(bias) is not supported") }
    // The other initializations change the backbone's weights too.
    if let start = fields["init_lora_weights"] as? String, start != "gaussian" {
      throw unsupported("init_lora_weights = \(start) is not supported")
    }
    func number(_ key: String) throws -> Double {
      guard let number = fields[key] as? NSNumber, number.doubleValue.isFinite else {
        throw unsupported("\(key) is missing or no number")
      }
      return number.doubleValue
    }
    func pattern(_ key: String) throws -> [(pattern: String, value: Double)] {
      guard let value = fields[key], !(value is NSNull) else { return [] }
      guard let table = value as? [String: NSNumber] else { throw unsupported("\(key) is no table of numbers") }
      return table.sorted { $0.key < $1.key }.map { ($0.key, $0.value.doubleValue) }
    }
    guard let rank = Int(exactly: try number("r")), rank > 0 else { throw unsupported("r is no positive integer") }
    self.rank = rank
    alpha = try number("lora_alpha")
    dropout = fields["lora_dropout"] == nil ? 0 : Float(try number("lora_dropout"))
    usesRankStabilizedScaling = fields["use_rslora"] as? Bool ?? false
    rankPattern = try pattern("rank_pattern")
    if let bad = rankPattern.first(where: { Int(exactly: $0.value) ?? 0 < 1 }) {
      throw unsupported("rank_pattern \(bad.pattern) = \(bad.value) is no positive integer")
    }
    alphaPattern = try pattern("alpha_pattern")
    switch fields["target_modules"] {
    case let names as [String]:
      let known = Set(Projection.allCases.map(\.name))
      let short = names.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
      // The head may be listed among the targets of "all-linear"; it is saved whole, not as factors.
      guard let stranger = short.first(where: { !known.contains($0) && $0 != "score" }) else {
        targets = names
        break
      }
      throw unsupported("target_modules names \(stranger), which no layer of the backbone is called")
    case is String: targets = nil
    default: throw unsupported("target_modules is missing")
    }
    switch fields["layers_to_transform"] {
    case nil, is NSNull: layers = nil
    case let list as [Int]: layers = list
    case let one as Int: layers = [one]
    default: throw unsupported("layers_to_transform is no list of layers")
    }
    let saved = fields["modules_to_save"] as? [String] ?? []
    if let stranger = saved.first(where: { $0 != "score" && $0 != "classifier" }) {
      throw unsupported("modules_to_save names \(stranger); only the value head (score) is read")
    }
    savesHead = saved.contains("score")
  }

  /// Keys whose meaning is implemented above, or that say nothing about the arithmetic.
  private static let understood: Set<String> = [
    "peft_type", "r", "lora_alpha", "lora_dropout", "target_modules", "exclude_modules", "bias", "use_rslora",
    "modules_to_save", "init_lora_weights", "layers_to_transform", "layers_pattern", "rank_pattern", "alpha_pattern",
    "base_model_name_or_path", "revision", "task_type", "inference_mode", "auto_mapping", "peft_version",
    "megatron_core", "qalora_group_size", "ensure_weight_tying",
  ]

  private static func asksForNothing(_ value: Any) -> Bool {
    switch value {
    case is NSNull: true
    case let flag as Bool where !flag: true
    case let list as [Any]: list.isEmpty
    case let table as [String: Any]: table.isEmpty
    case let text as String: text.isEmpty
    default: false
    }
  }

  /// Whether the module with this path is adapted; `nil` if the configuration does not say.
  func isTarget(_ module: String, layer: Int) -> Bool? {
    targets.map { targets in
      targets.contains { module == $0 || module.hasSuffix("." + $0) } && layers?.contains(layer) ?? true
    }
  }

  private func lookUp(_ table: [(pattern: String, value: Double)], _ module: String) -> Double? {
    table.first { entry in
      module.range(of: "^(.*\\.)?(\(entry.pattern))$", options: .regularExpression) != nil
    }?.value
  }

  /// The rank and scaling of the module with this path, `model.layers.0.self_attn.q_proj` for instance.
  func rankAndScaling(of module: String) -> (rank: Int, scaling: Float) {
    let rank = lookUp(rankPattern, module).map { Int($0) } ?? self.rank
    let alpha = lookUp(alphaPattern, module) ?? self.alpha
    let divisor = usesRankStabilizedScaling ? Double(rank).squareRoot() : Double(rank)
    return (rank, Float(alpha / divisor))
  }
}
