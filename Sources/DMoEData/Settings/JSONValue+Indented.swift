import DMoEFoundation

extension JSONValue {
  /// The value as JSON on several lines; lists of single values stay on one.
  func indented(by depth: Int = 0) -> String {
    let (inner, outer) = (String(repeating: "  ", count: depth + 1), String(repeating: "  ", count: depth))
    func lines(_ open: String, _ parts: [String], _ close: String) -> String {
      open + "\n" + parts.map { inner + $0 }.joined(separator: ",\n") + "\n" + outer + close
    }
    switch self {
    case .object(let object) where !object.members.isEmpty:
      let parts = object.members.map { JSONText.quoted($0.key) + ": " + $0.value.indented(by: depth + 1) }
      return lines("{", parts, "}")
    case .array(let values) where values.contains { !$0.isSingle }:
      return lines("[", values.map { $0.indented(by: depth + 1) }, "]")
    case .array(let values): return "[" + values.map(\.json).joined(separator: ", ") + "]"
    default: return json
    }
  }

  private var isSingle: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }
}
