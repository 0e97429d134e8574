@_spi(Command) import DMoERM

/// The place of a value in JSON as people write it: `contenders[0].settings.model`. Elements of a list count from 0.
struct KeyPathText: Equatable {
  private(set) var text = ""

  init(_ path: [any CodingKey] = []) {
    for key in path {
      if let index = key.intValue { append(index) } else { append(key.stringValue) }
    }
  }

  mutating func append(_ key: String) {
    // A stray key could be anything, even a text.
    let name = key.utf8.count <= 64 ? key.onOneLine : "(\(key.utf8.count) bytes)"
    text += (text.isEmpty ? "" : ".") + name
  }

  mutating func append(_ index: Int) { text += "[\(index)]" }
}
