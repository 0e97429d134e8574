import DMoETrain
import Foundation

extension ExperimentContender {
  /// The settings in which it differs from another contender, by dotted path, with its own values as JSON.
  func settings(otherThan other: ExperimentContender) throws -> [String: String] {
    var result: [String: String] = [:]
    for (own, others) in zip(try settings(), try other.settings()) {
      // Structure and data decide the taxonomy.
      for difference in own.differences(from: others) where !difference.path.hasPrefix("model.taxonomy") {
        result[difference.path] = difference.value ?? "none"
      }
    }
    return result
  }

  /// Those of the model and of its training.
  private func settings() throws -> [SettingPaths] {
    [
      try SettingPaths(json: JSONEncoder().encode(model), under: "model"),
      try SettingPaths(json: JSONEncoder().encode(training), under: "training"),
    ]
  }
}
