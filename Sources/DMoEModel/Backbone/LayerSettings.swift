/// Which layers have a window and which turn queries and keys, as `config.json` says.
struct LayerSettings {
  let family: BackboneFamily
  let file: ConfigurationFile
  let count: Int

  /// - Throws: `ModelError.unsupportedSetting` for kinds of attention that the family's class does not read;
  ///   `.invalidConfiguration` for lists of another length, and for windows of no length.
  func windows() throws -> [Int?] {
    let sliding = try layerTypes()
    switch family {
    case .llama:
      // Llama's class reads no window; a file that asks for one was meant for another.
      if try file.bool("use_sliding_window") ?? false { throw file.unsupported("use_sliding_window", true) }
      if sliding?.contains(true) ?? false { throw file.unsupported("layer_types", "sliding_attention") }
      return Array(repeating: nil, count: count)
    case .mistral, .phi3:
      let window = try file.length("sliding_window", missing: family.window)
      if let sliding, sliding.contains(where: { $0 != (window != nil) }) {
        throw file.unsupported("layer_types", .string(window == nil ? "sliding_attention" : "full_attention"))
      }
      return Array(repeating: window, count: count)
    case .qwen2, .qwen3:
      let isUsed = try file.bool("use_sliding_window") ?? false
      let window = isUsed ? try file.length("sliding_window", missing: family.window) : nil
      let first = try file.integer("max_window_layers", missing: 28)
      return try windows(sliding ?? (0..<count).map { window != nil && $0 >= first }, window)
    case .smollm3:
      let isUsed = try file.bool("use_sliding_window") ?? false
      let window = isUsed ? try file.length("sliding_window", missing: family.window) : nil
      let turned = try turned()
      return try windows(sliding ?? turned.map { window != nil && !$0 }, window)
    case .gemma3:
      let pattern = try file.length("sliding_window_pattern", missing: 6) ?? 6
      return try windows(
        sliding ?? (1...count).map { !$0.isMultiple(of: pattern) },
        file.length("sliding_window", missing: family.window))
    }
  }

  private func windows(_ sliding: [Bool], _ window: Int?) throws -> [Int?] {
    if window == nil, sliding.contains(true) { throw file.unsupported("layer_types", "sliding_attention") }
    return sliding.map { $0 ? window : nil }
  }

  /// `nil` where the file does not say.
  private func layerTypes() throws -> [Bool]? {
    guard let types = try file.strings("layer_types") else { return nil }
    guard types.count == count else {
      throw file.invalid("layer_types", "has \(types.count) entries for \(count) layers")
    }
    return try types.map { type in
      switch type {
      case "sliding_attention": true
      // The second is an older name.
      case "full_attention", "attention": false
      default: throw file.unsupported("layer_types", .string(type))
      }
    }
  }

  /// The layers that turn queries and keys: all of them but some of SmolLM3's.
  func turned() throws -> [Bool] {
    guard family == .smollm3 else { return Array(repeating: true, count: count) }
    guard let list = try file.integers("no_rope_layers") else {
      let interval = try file.length("no_rope_layer_interval", missing: 4) ?? 4
      return (1...count).map { !$0.isMultiple(of: interval) }
    }
    // In spite of its name the list has 1 for the layers that do.
    guard list.count >= count else {
      throw file.invalid("no_rope_layers", "has \(list.count) entries for \(count) layers")
    }
    return list.prefix(count).map { $0 != 0 }
  }
}
