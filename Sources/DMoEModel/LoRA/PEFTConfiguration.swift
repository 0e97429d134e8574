import DMoECore
import Foundation

/// What adapter_config.json says, as far as it changes the arithmetic; a key that is missing means what it means to
/// PEFT's `LoraConfig`.
struct PEFTConfiguration {
  let rank: Int
  let alpha: Double
  let dropout: Float
  let usesRankStabilizedScaling: Bool
  /// The first pattern that matches counts, in the order of the file (PEFT's `get_pattern_key`).
  let rankPattern: [Pattern]
  let alphaPattern: [Pattern]
  let targets: PEFTTargets
  let savesHead: Bool

  /// A number for the modules whose paths, or ends of paths, match.
  struct Pattern {
    let text: String
    let expression: PathPattern
    let value: Double
  }

  /// - Throws: `ModelError.unsupportedAdapter` naming the first key that asks for what is not implemented.
  init(contentsOf url: URL) throws {
    let fields = try Fields.read(url)
    guard fields["peft_type"]?.string == "LORA" else { throw fields.unsupported("peft_type is not LORA") }
    try fields.check()
    guard let rank = try fields.number("r", missing: 8), let whole = Int(exactly: rank), whole > 0 else {
      throw fields.unsupported("r is no positive integer")
    }
    self.rank = whole
    guard let alpha = try fields.number("lora_alpha", missing: 8) else {
      throw fields.unsupported("lora_alpha is no number")
    }
    self.alpha = alpha
    guard let dropout = try fields.number("lora_dropout", missing: 0), (0...1).contains(dropout) else {
      throw fields.unsupported("lora_dropout is no share between 0 and 1")
    }
    self.dropout = Float(dropout)
    usesRankStabilizedScaling = try fields.flag("use_rslora")
    rankPattern = try fields.patterns("rank_pattern")
    if let bad = rankPattern.first(where: { Int(exactly: $0.value) ?? 0 < 1 }) {
      throw fields.unsupported("rank_pattern \(bad.text) = \(bad.value) is no positive integer")
    }
    alphaPattern = try fields.patterns("alpha_pattern")
    let saved = try fields.strings("modules_to_save") ?? []
    if let stranger = saved.first(where: { $0 != "score" && $0 != "classifier" }) {
      throw fields.unsupported("modules_to_save names \(stranger); only the value head (score) is read")
    }
    savesHead = saved.contains("score")
    targets = try PEFTTargets(fields)
  }

  private func lookUp(_ patterns: [Pattern], _ module: String) throws -> Double? {
    try patterns.first { try $0.expression.matches(module) }?.value
  }

  /// The rank and scaling of the module with this path, `model.layers.0.self_attn.q_proj` for instance.
  ///
  /// - Throws: `ModelError.unsupportedAdapter` for a pattern that takes too long.
  func rankAndScaling(of module: String) throws -> (rank: Int, scaling: Float) {
    let rank = try lookUp(rankPattern, module).map { Int($0) } ?? self.rank
    let alpha = try lookUp(alphaPattern, module) ?? self.alpha
    let divisor = usesRankStabilizedScaling ? Double(rank).squareRoot() : Double(rank)
    return (rank, Float(alpha / divisor))
  }
}

extension PEFTConfiguration {
  /// The members of adapter_config.json; an error names the folder.
  struct Fields {
    fileprivate let members: JSONObject
    fileprivate let path: String

    static func read(_ url: URL) throws -> Fields {
      let nothing = Fields(members: JSONObject(), path: url.deletingLastPathComponent().path)
      guard let data = try? Data(contentsOf: url) else {
        throw nothing.unsupported("\(url.lastPathComponent) cannot be read")
      }
      let value: JSONValue
      do { value = try JSONReader.value(of: data) } catch {
        throw nothing.unsupported("\(url.lastPathComponent): \(error)")
      }
      guard case .object(let members) = value else {
        throw nothing.unsupported("\(url.lastPathComponent) is no JSON object")
      }
      return Fields(members: members, path: nothing.path)
    }

    func unsupported(_ reason: String) -> ModelError { .unsupportedAdapter(path: path, reason: reason) }

    /// The value, if it is there and not null.
    subscript(key: String) -> JSONValue? { members[key].flatMap { $0 == .null ? nil : $0 } }

    /// Unlike a backbone's keys, one that is not known is refused: an adapter says no more than what changes it.
    func check() throws {
      for key in members.keys.sorted() {
        guard let value = members[key] else { continue }
        switch KeyTable.adapter.treatment(of: key) {
        case .honored, .withoutEffect: break
        case .refused(let isHarmless):
          guard isHarmless(value) else { throw unsupported("\(key) = \(value) is not supported") }
        case nil: guard asksForNothing(value) else { throw unsupported("\(key) = \(value) is not supported") }
        }
      }
    }

    /// A finite number; `nil` for null.
    func number(_ key: String, missing: Double) throws -> Double? {
      guard let value = members[key] else { return missing }
      if value == .null { return nil }
      guard let number = value.double, number.isFinite else { throw unsupported("\(key) = \(value) is no number") }
      return number
    }

    func flag(_ key: String) throws -> Bool {
      guard let value = self[key] else { return false }
      guard let flag = value.bool else { throw unsupported("\(key) = \(value) is neither true nor false") }
      return flag
    }

    func strings(_ key: String) throws -> [String]? {
      guard let value = self[key] else { return nil }
      guard let strings = value.strings else { throw unsupported("\(key) = \(value) is no list of names") }
      return strings
    }

    /// Whole paths or ends of paths, as regular expressions, with a number each.
    func patterns(_ key: String) throws -> [Pattern] {
      guard let value = self[key] else { return [] }
      guard let table = value.object else { throw unsupported("\(key) = \(value) is no table of numbers") }
      return try table.keys.map { pattern in
        guard let number = table[pattern]?.double, number.isFinite else {
          throw unsupported("\(key) \(pattern) has no number")
        }
        return Pattern(
          text: pattern, expression: try expression("^(.*\\.)?(\(pattern))$", of: key), value: number)
      }
    }

    func expression(_ pattern: String, of key: String) throws -> PathPattern {
      // Python's spelling of a named group.
      let pattern = pattern.replacingOccurrences(of: "(?P<", with: "(?<")
      do { return try PathPattern(pattern, path: path) } catch {
        throw unsupported("\(key) = \(pattern) is a regular expression that is not understood")
      }
    }
  }
}
