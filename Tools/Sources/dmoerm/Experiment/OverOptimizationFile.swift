import DMoEExperiment
@_spi(Command) import DMoERM
import Foundation

/// What `dmoerm experiment` reads of a measurement of over-optimization: an experiment whose data a policy writes and a gold model
/// judges.
struct OverOptimizationFile: Decodable, Equatable {
  /// What stands in the place of an experiment's data.
  struct Measurement: Decodable, Equatable {
    /// A file of prompts whose texts proxies learn from, and that policies are trained on.
    var prompts: String
    /// A file of prompts to measure on.
    var heldOut: String
    var gold: Gold
    /// How conversations become tokens of the policy, where the backbone's files do not say: a name, or a file.
    var template: String?
    /// How many labels are turned round, of contenders that do not say it themselves.
    var noise: ExperimentFile.Contender.Noise?
    // As `OverOptimizationSettings` has them.
    var drawing: SettingsJSON?
    var pairs: SettingsJSON?
    var bestOfN: SettingsJSON?
    var policies: SettingsJSON?
  }

  /// The model whose word is taken for the truth.
  struct Gold: Decodable, Equatable {
    /// A bundle, or the name of one that comes with the command.
    var model: String
    var backbone: String?
  }

  /// The key by which such a file is known.
  static let key = "overoptimization"

  var title: String?
  var overoptimization: Measurement
  /// As `dmoerm train --config` reads them; for all contenders.
  var settings: SettingsJSON?
  /// As `dmoerm train --template` names it; for all contenders.
  var template: String?
  var seeds: [UInt64]?
  var contenders: [ExperimentFile.Contender]

  /// The settings with all their values.
  ///
  /// - Parameter path: The plan's file.
  /// - Throws: `Failure`.
  func measurement(path: String) throws -> OverOptimizationSettings {
    func applied<Part: Codable>(_ json: SettingsJSON?, to part: Part, _ name: String) throws -> Part {
      guard let json else { return part }
      return try Failure.settings(in: "\(path), \(Self.key).\(name)") { try json.applied(to: part) }
    }
    var result = OverOptimizationSettings()
    result.drawing = try applied(overoptimization.drawing, to: result.drawing, "drawing")
    result.pairs = try applied(overoptimization.pairs, to: result.pairs, "pairs")
    result.bestOfN = try applied(overoptimization.bestOfN, to: result.bestOfN, "bestOfN")
    result.policies = try applied(overoptimization.policies, to: result.policies, "policies")
    try result.validate()
    return result
  }

  /// The contenders with all their settings.
  ///
  /// - Throws: `Failure`; `ValidationError` for a template that is none.
  func contenders(path: String, backbone: String?) throws -> [ExperimentContender] {
    let plan = ContenderPlan(
      settings: settings, seeds: seeds, noise: overoptimization.noise, template: template, backbone: backbone)
    return try plan.contenders(contenders, path: path)
  }

  /// The gold model, whose paths are looked at before anything is read.
  ///
  /// - Parameter folder: What paths are relative to.
  /// - Throws: `Failure`.
  func gold(in folder: URL) throws -> GoldJudge {
    func place(_ name: String) -> String { URL(fileURLWithPath: name, relativeTo: folder).path }
    // A bundle beside the data, or one that comes with the command.
    let own = place(overoptimization.gold.model)
    let bundle = try ModelOptions.bundle(
      FileManager.default.fileExists(atPath: own) ? own : overoptimization.gold.model)
    return GoldJudge(
      bundle: bundle, backbone: try overoptimization.gold.backbone.map { try BackboneLocation.find(place($0)) })
  }

  /// The prompts of both files.
  ///
  /// - Parameter folder: What paths are relative to.
  /// - Throws: `Failure`, `DataError`.
  func prompts(in folder: URL) throws -> (training: [CategorizedPrompt], heldOut: [CategorizedPrompt]) {
    let files = [overoptimization.prompts, overoptimization.heldOut].map {
      URL(fileURLWithPath: $0, relativeTo: folder).path
    }
    for file in files { try InputFile(file).check() }
    let read = try files.map { try DataFile($0).prompts(ReadingOptions()).prompts }
    return (read[0], read[1])
  }
}

/// The plan with every setting there is, as `--print-config` writes it.
struct ShownExperiment: Codable {
  /// `nil` for an experiment on data that is there.
  var overoptimization: OverOptimizationSettings?
  var settings: TrainingPlan
}
