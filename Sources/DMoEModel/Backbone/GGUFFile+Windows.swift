import DMoECore

extension GGUFFile {
  /// The window of every layer.
  func windows(_ family: BackboneFamily, count: Int, contextLength: Int) throws -> [Int?] {
    let key = family.rawValue + ".attention.sliding_window"
    // 0 is none.
    let window = try integerIfPresent(key).flatMap { $0 == 0 ? nil : $0 }
    switch family {
    case .llama, .mistral, .phi3: return Array(repeating: window, count: count)
    case .qwen2, .qwen3, .smollm3:
      // Which layers have it is not said.
      if let window, window < contextLength {
        throw ModelError.unsupportedSetting(key: key, value: "\(window)", path: path)
      }
      return Array(repeating: nil, count: count)
    case .gemma3:
      let patternKey = key + "_pattern"
      if case .array? = metadata[patternKey] {
        let flags = try bools(patternKey)
        guard flags.count == count else {
          throw ModelError.invalidConfiguration(
            key: patternKey, reason: "has \(flags.count) entries for \(count) layers", path: path)
        }
        return flags.map { $0 ? window : nil }
      }
      let pattern = try integerIfPresent(patternKey) ?? 6
      guard pattern > 0 else {
        throw ModelError.invalidConfiguration(key: patternKey, reason: "is \(pattern)", path: path)
      }
      return (1...count).map { $0.isMultiple(of: pattern) ? nil : window }
    }
  }
}
