import DMoECore
import Foundation

/// Which modules an adapter_config.json adapts (PEFT's `check_target_module_exists`).
struct PEFTTargets {
  /// Ends of module paths, often a projection's name alone; `nil` for a regular expression or "all-linear", where the
  /// tensors tell.
  private let names: [String]?
  private let excluded: Exclusion
  /// The layers to which `names` are limited; `nil` means all, and so does an empty list.
  private let layers: Set<Int>?
  /// What stands before the number of a layer; empty for anything.
  private let layerPatterns: [PathPattern]

  private enum Exclusion {
    case names([String])
    case expression(PathPattern)
  }

  /// - Throws: `ModelError.unsupportedAdapter`.
  init(_ fields: PEFTConfiguration.Fields) throws {
    names = try Self.names(fields)
    switch fields["exclude_modules"] {
    case nil: excluded = .names([])
    case .string(""): excluded = .names([])
    case .string(let text): excluded = .expression(try fields.expression("^(?:\(text))$", of: "exclude_modules"))
    case let value?:
      guard let names = value.strings else { throw fields.unsupported("exclude_modules is no list of names") }
      excluded = .names(names)
    }
    switch fields["layers_to_transform"] {
    case nil: layers = nil
    case .array(let values)?:
      let numbers = values.compactMap(\.int)
      guard numbers.count == values.count else { throw fields.unsupported("layers_to_transform is no list of layers") }
      layers = numbers.isEmpty ? nil : Set(numbers)
    case let value?:
      guard let one = value.int else { throw fields.unsupported("layers_to_transform is no list of layers") }
      layers = [one]
    }
    let patterns =
      if let one = fields["layers_pattern"]?.string { one.isEmpty ? [] : [one] } else {
        try fields.strings("layers_pattern") ?? []
      }
    layerPatterns = try patterns.map {
      try fields.expression("^(?:.*?\\.)??\($0)\\.(?<index>\\d+)\\.", of: "layers_pattern")
    }
    if names == nil, layers != nil {
      throw fields.unsupported("layers_to_transform cannot go with target_modules that are one regular expression")
    }
  }

  private static func names(_ fields: PEFTConfiguration.Fields) throws -> [String]? {
    if fields["target_modules"]?.string != nil { return nil }
    guard let names = try fields.strings("target_modules") else {
      throw fields.unsupported("target_modules is missing")
    }
    let known = Set(Projection.allCases.map(\.name) + FusedProjection.allCases.map(\.name))
    // The head may be listed among the targets of "all-linear"; it is saved whole, not as factors.
    let stranger = names.map { $0.split(separator: ".").last.map(String.init) ?? $0 }
      .first { !known.contains($0) && $0 != "score" }
    if let stranger {
      throw fields.unsupported("target_modules names \(stranger), which no layer of the backbone is called")
    }
    return names
  }

  /// Whether the module with this path is adapted; `nil` if the configuration does not say.
  ///
  /// - Throws: `ModelError.unsupportedAdapter` for an expression that takes too long.
  func contains(_ module: String) throws -> Bool? {
    switch excluded {
    case .names(let names): if names.contains(where: { module.ends(with: $0) }) { return false }
    case .expression(let expression): if try expression.matches(module) { return false }
    }
    guard let names else { return nil }
    if names.contains(module) { return true }
    guard names.contains(where: { module.ends(with: $0) }) else { return false }
    guard let layers else { return true }
    return try layer(of: module).map { layers.contains($0) } ?? false
  }

  /// The number of the module's layer, where PEFT finds it: behind `layers_pattern`, or else in the first part that is
  /// a number and has two parts before it.
  private func layer(of module: String) throws -> Int? {
    guard !layerPatterns.isEmpty else {
      return module.split(separator: ".").dropLast().dropFirst(2).lazy.compactMap { Int($0) }.first
    }
    for pattern in layerPatterns {
      guard let match = try pattern.firstMatch(in: module) else { continue }
      return Range(match.range(withName: "index"), in: module).flatMap { Int(module[$0]) }
    }
    return nil
  }
}

extension String {
  /// Whether the path is this name or ends with it, behind a dot.
  fileprivate func ends(with name: String) -> Bool { self == name || hasSuffix("." + name) }
}
