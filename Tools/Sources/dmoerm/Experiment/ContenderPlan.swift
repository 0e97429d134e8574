import DMoEExperiment
@_spi(Command) import DMoERM
import Foundation

/// What the contenders of a plan have in common.
struct ContenderPlan {
  /// As `dmoerm train --config` reads them.
  var settings: SettingsJSON?
  /// Of contenders that name none; 1 if these are missing, too.
  var seeds: [UInt64]?
  /// Of contenders that name none.
  var noise: ExperimentFile.Contender.Noise?
  /// What paths of bundles are relative to; nil where there may be none.
  var folder: URL?
  /// The template of all that are trained, as `dmoerm train --template` names it.
  var template: String?
  /// The backbone's file or folder, if one is named.
  var backbone: String?

  /// The contenders with all their settings.
  ///
  /// - Parameter path: The plan's file.
  /// - Throws: `Failure`.
  func contenders(_ contenders: [ExperimentFile.Contender], path: String) throws -> [ExperimentContender] {
    let common = try common(path: path)
    return try contenders.map { contender in
      func failure(_ reason: String) -> Failure { Failure("\(path): \(reason)", status: .usage) }
      if let bundle = contender.bundle { return try given(contender, bundle, failure) }
      guard let structure = ExperimentContender.Structure(rawValue: contender.structure ?? contender.name) else {
        let known = ExperimentContender.Structure.allCases.map(\.rawValue).joined(separator: ", ")
        throw failure("\(contender.name) has no structure; there are \(known)")
      }
      let plan = try Self.applied(contender.settings, to: common, "\(path), \(contender.name)")
      let noise = structure == .length ? contender.noise : contender.noise ?? self.noise
      if let noise, !(0...1).contains(noise.share) || !(1...1000).contains(noise.annotators ?? 1) {
        throw failure("\(contender.name): noise has a share of 0 to 1 and 1 to 1,000 annotators")
      }
      return ExperimentContender(
        id: try contender.id(failure), structure: structure, model: plan.model, training: plan.training,
        seeds: contender.seeds ?? seeds ?? [1],
        noise: noise.map { LabelNoise(share: $0.share, annotators: $0.annotators ?? 1, seed: $0.seed ?? 0) })
    }
  }

  /// A contender that is a finished bundle.
  private func given(
    _ contender: ExperimentFile.Contender, _ bundle: String, _ failure: (String) -> Failure
  ) throws -> ExperimentContender {
    guard let folder else {
      throw failure("\(contender.name): a measurement trains all its contenders; it takes no bundle")
    }
    guard contender.settings == nil, contender.seeds == nil, contender.noise == nil else {
      throw failure("\(contender.name): a bundle is measured as it is, and has no settings, seeds or noise")
    }
    let word = contender.structure ?? ExperimentContender.Structure.mixture.rawValue
    guard let structure = ExperimentContender.Structure(rawValue: word), structure != .length else {
      throw failure("\(contender.name): a bundle has no structure \(word)")
    }
    // Beside the data, or one that comes with the command.
    let own = URL(fileURLWithPath: bundle, relativeTo: folder).path
    return ExperimentContender(
      id: try contender.id(failure), structure: structure,
      bundle: try ModelOptions.bundle(FileManager.default.fileExists(atPath: own) ? own : bundle))
  }

  /// The settings of a contender that has none of its own.
  ///
  /// - Throws: `Failure`.
  func common(path: String) throws -> TrainingPlan {
    var plan = TrainingPlan()
    if let template {
      // Beside the data, or as it is.
      let own = URL(fileURLWithPath: template, relativeTo: folder).path
      plan.model.template = try TemplateWord.template(
        FileManager.default.fileExists(atPath: own) ? own : template, ofBackbone: backbone)
    }
    return try Self.applied(settings, to: plan, "\(path), settings")
  }

  private static func applied(_ settings: SettingsJSON?, to plan: TrainingPlan, _ place: String) throws -> TrainingPlan
  {
    guard let settings else { return plan }
    let result = try plan.overridden(by: settings, in: place)
    try result.validate(in: place)
    return result
  }
}
