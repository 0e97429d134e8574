extension JSONTree {
  /// The members of an object; none of what is no object.
  var members: [Member] { if case .object(let members) = self { members } else { [] } }

  /// The value of a key; `nil` for a key that is missing, and for what is no object.
  subscript(key: String) -> JSONTree? { members.first { $0.key == key }?.value }

  /// The value as JSON on several lines; lists of single values stay on one.
  func indented(by depth: Int = 0) -> String {
    let (inner, outer) = (String(repeating: "  ", count: depth + 1), String(repeating: "  ", count: depth))
    func lines(_ open: String, _ parts: [String], _ close: String) -> String {
      open + "\n" + parts.map { inner + $0 }.joined(separator: ",\n") + "\n" + outer + close
    }
    switch self {
    case .object(let members) where !members.isEmpty:
      let parts = members.map { JSONTree.string($0.key).text + ": " + $0.value.indented(by: depth + 1) }
      return lines("{", parts, "}")
    case .array(let values) where values.contains { !$0.isSingle }:
      return lines("[", values.map { $0.indented(by: depth + 1) }, "]")
    case .array(let values): return "[" + values.map(\.text).joined(separator: ", ") + "]"
    default: return text
    }
  }

  private var isSingle: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }
}
