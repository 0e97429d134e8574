import DMoECore
import DMoEData
import DMoEModel
import Foundation

/// What must agree for a run to go on: `run.json` of its folder.
struct RunIdentity: Codable, Equatable {
  var configuration: String
  var model: String
  var backbone: String
  /// A hash of samples and prompts.
  var data: String
  /// A hash of the untrained weights, which the model's seed draws.
  var start: String
  /// Of the frozen weights.
  var precision: String

  init(
    _ configuration: TrainingConfiguration, _ model: RewardModel, samples: [RankedResponses],
    prompts: [CategorizedPrompt]
  ) throws {
    let encoder = JSONEncoder.canonical
    func text(_ value: some Encodable) throws -> String { String(decoding: try encoder.encode(value), as: UTF8.self) }
    var data = SeededHash()
    for sample in samples { data.combine(try text(sample)) }
    for prompt in prompts {
      data.combine(prompt.category ?? "")
      data.combine(try text(prompt.conversation))
    }
    var start = SeededHash()
    for value in model.inner.flatMap({ $0.base.parameterValues() }) {
      value.value.withElements { for element in $0.prefix(64) { start.combine(UInt64(element.bitPattern)) } }
    }
    self.configuration = try text(configuration)
    self.model = try text(model.configuration)
    backbone = model.backbone.fingerprint
    self.data = String(data.value, radix: 16)
    self.start = String(start.value, radix: 16)
    precision = model.precision.rawValue
  }

  /// The first thing in which another run differs, in words; `nil` if nothing does.
  func difference(from other: RunIdentity) -> String? {
    for (name, path) in Self.parts where self[keyPath: path] != other[keyPath: path] {
      return name + Self.settings(self[keyPath: path], other[keyPath: path])
    }
    return nil
  }

  private static var parts: [(name: String, path: KeyPath<RunIdentity, String>)] {
    [
      ("training configuration", \.configuration), ("model configuration", \.model), ("backbone", \.backbone),
      ("data set", \.data), ("model seed", \.start), ("precision", \.precision),
    ]
  }

  /// In which settings two configurations differ, at most three of them, or where an earlier version's are now; nothing if
  /// they are none.
  private static func settings(_ old: String, _ new: String) -> String {
    guard let before = try? SettingPaths(json: Data(old.utf8)), let now = try? SettingPaths(json: Data(new.utf8)) else {
      return ""
    }
    let moved = before.moved(by: TrainingConfiguration.relocations)
    if let first = moved.first {
      let more = moved.count > 1 ? ", and so \(moved.count - 1) more" : ""
      return " of an earlier version (\(first.path) is now \(first.place)\(more))"
    }
    let all = before.differences(from: now)
    let shown = all.prefix(3).map { "\($0.path) was \($0.value ?? "not set"), is \($0.other ?? "not set")" }
    return " (" + (shown + (all.count > 3 ? ["\(all.count - 3) more"] : [])).joined(separator: "; ") + ")"
  }
}
