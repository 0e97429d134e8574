import DMoECore
import DMoEData
import DMoEFoundation
import DMoEModel
import DMoEPolicy
import Foundation

/// The folder of a measurement: texts, proxies, policies; `overoptimization.json` says of which policy, prompts and gold.
struct OverOptimizationStore: Sendable {
  /// What must agree for a measurement to go on.
  private struct Identity: Codable, Equatable {
    var version = 1
    var policy: String
    var precision: String
    var template: String
    var prompts: String
    var gold: String
    var drawing: OverOptimizationSettings.Drawing
    var pairs: OverOptimizationSettings.Pairs
    var bestOfN: OverOptimizationSettings.BestOfN

    /// In what it differs from another.
    func difference(from other: Self) -> String? {
      if version != other.version { return "version" }
      if policy != other.policy { return "policy" }
      if precision != other.precision { return "precision" }
      if template != other.template { return "template" }
      if prompts != other.prompts { return "set of prompts" }
      if gold != other.gold { return "gold model" }
      let isOfSameTexts = drawing == other.drawing && pairs == other.pairs && bestOfN == other.bestOfN
      return isOfSameTexts ? nil : "number or kind of texts"
    }
  }

  static let fileName = "overoptimization.json"
  private let folder: URL
  /// What tells these texts from others.
  let identity: String

  /// - Throws: `ExperimentError.foreignMeasurement`, `.unusableFolder`, `.invalidJudge`; `CoreError.unwritableFile`.
  init(_ plan: OverOptimization, _ prompts: OverOptimizationPrompts, _ policy: LanguageModel) throws {
    folder = plan.folder
    let manifest = plan.gold.bundle.appendingPathComponent("dmoerm.json")
    guard let content = FileManager.default.contents(atPath: manifest.path) else {
      throw ExperimentError.invalidJudge(reason: "\(plan.gold.bundle.path) is no bundle: it has no dmoerm.json")
    }
    var gold = SeededHash()
    gold.combine(String(decoding: content, as: UTF8.self))
    var texts = SeededHash()
    for part in [prompts.training, prompts.heldOut] {
      texts.combine(UInt64(part.count))
      for prompt in part {
        let turns = try JSONEncoder.canonical.encode(prompt.conversation)
        texts.combine(String(decoding: turns, as: UTF8.self))
        texts.combine(prompt.category ?? "")
      }
    }
    let settings = plan.settings
    let own = Identity(
      policy: policy.backbone.fingerprint, precision: policy.precisionName, template: policy.template?.name ?? "",
      prompts: texts.value.hexadecimal, gold: gold.value.hexadecimal,
      drawing: settings.drawing, pairs: settings.pairs, bestOfN: settings.bestOfN)
    var hash = SeededHash()
    hash.combine(String(decoding: try JSONEncoder.canonical.encode(own), as: UTF8.self))
    identity = hash.value.hexadecimal
    do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
      throw ExperimentError.unusableFolder(path: folder.path)
    }
    let file = folder.appendingPathComponent(Self.fileName)
    guard let found = FileManager.default.contents(atPath: file.path) else {
      try AtomicFile<CoreError>.write(try JSONEncoder.file(own), to: file)
      return
    }
    let known = try? JSONDecoder().decode(Identity.self, from: found)
    guard let known else { throw ExperimentError.otherVersion(path: folder.path) }
    if let difference = own.difference(from: known) {
      throw ExperimentError.foreignMeasurement(path: folder.path, difference: difference)
    }
  }

  /// Whether a folder is one of a measurement.
  static func isOne(_ folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent(fileName).path)
  }

  /// Where drawn texts are.
  var texts: URL { folder.appendingPathComponent("texts", isDirectory: true) }

  /// Where a policy's training is kept.
  func folder(of run: PolicyRunID) -> URL {
    folder.appendingPathComponent("policies/\(run.folderName)/\(run.seed)", isDirectory: true)
  }

  /// Where it is kept how long proxies take.
  var costs: URL { folder.appendingPathComponent("costs.json") }
}
