import Foundation

extension ExperimentContender {
  /// The settings in which it differs from another contender, by dotted path, with its own values as JSON.
  func settings(otherThan other: ExperimentContender) throws -> [String: String] {
    let (own, others) = (try settings(), try other.settings())
    var result: [String: String] = [:]
    for path in Set(own.keys).union(others.keys) where own[path] != others[path] { result[path] = own[path] ?? "none" }
    return result
  }

  /// Every setting by its dotted path, but the taxonomy, which structure and data decide.
  private func settings() throws -> [String: String] {
    var result: [String: String] = [:]
    func walk(_ value: Any, _ path: String) throws {
      if let object = value as? [String: Any] {
        for (key, value) in object where key != "taxonomy" { try walk(value, "\(path).\(key)") }
      } else {
        result[path] = String(
          decoding: try JSONSerialization.data(withJSONObject: value, options: [.fragmentsAllowed, .sortedKeys]),
          as: UTF8.self)
      }
    }
    try walk(try JSONSerialization.jsonObject(with: JSONEncoder().encode(model)), "model")
    try walk(try JSONSerialization.jsonObject(with: JSONEncoder().encode(training)), "training")
    return result
  }
}
