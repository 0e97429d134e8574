/// The place of a setting as people write it: `contenders[0].settings`. Elements of a list count from 0.
package struct SettingPath: Equatable, Sendable {
  /// The path; empty for the whole.
  package private(set) var text = ""

  /// The path of the whole.
  package init() {}

  /// The path that coding keys lead along.
  package init(_ keys: [any CodingKey]) {
    for key in keys { self = key.intValue.map(appending) ?? appending(key.stringValue) }
  }

  /// The place of a key in the object here.
  package func appending(_ key: String) -> SettingPath {
    // A stray key could be anything, even a text.
    let isShown = key.utf8.count <= 64 && key.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    var result = self
    result.text += (text.isEmpty ? "" : ".") + (isShown ? key : "(\(key.utf8.count) bytes)")
    return result
  }

  /// The place of an element in the list here.
  package func appending(_ index: Int) -> SettingPath {
    var result = self
    result.text += "[\(index)]"
    return result
  }
}
