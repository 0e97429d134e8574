@_spi(Command) import DMoEData
package import Foundation

/// The values of a JSON object by dotted path, to say in what two sets of settings differ.
package struct SettingPaths: Equatable {
  /// Each value as JSON.
  package private(set) var values: [String: String] = [:]

  /// - Throws: What `JSONSerialization` throws.
  package init(json: Data, under root: String = "") throws { try walk(JSONSerialization.jsonObject(with: json), root) }

  private mutating func walk(_ value: Any, _ path: String) throws {
    if let object = value as? [String: Any] {
      for (key, value) in object { try walk(value, path.isEmpty ? key : "\(path).\(key)") }
    } else {
      values[path] = String(
        decoding: try JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys]),
        as: UTF8.self)
    }
  }

  /// The paths at which another has another value or none, sorted, with the value here; `nil` where there is none.
  package func differences(from other: SettingPaths) -> [(path: String, value: String?, other: String?)] {
    Set(values.keys).union(other.values.keys).sorted().compactMap { path in
      values[path] == other.values[path] ? nil : (path, values[path], other.values[path])
    }
  }

  /// The settings here that an earlier version wrote in other places, sorted, with their places now.
  func moved(by relocations: [String: SettingRelocation]) -> [(path: String, place: String)] {
    relocations.sorted { $0.key < $1.key }.compactMap { old, relocation in
      guard case .moved(let place) = relocation else { return nil }
      return values.keys.contains { $0 == old || $0.hasPrefix(old + ".") } ? (old, place) : nil
    }
  }
}
