import ArgumentParser
import DMoERM
import Foundation

/// What a training run starts from: a backbone, or a model whose base is kept.
struct BaseArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A bundle of one category, such as `dmoerm import` makes: its base is kept, and experts are trained on top of it.",
      valueName: "bundle"), transform: pathWord)
  var base: String?

  /// Looks for what is named before anything that takes long.
  func check(_ backbone: BackboneOptions) throws {
    if let base { _ = try ModelOptions.bundle(base) } else { _ = try BackboneLocation.find(backbone.path) }
  }

  /// Reads the backbone, and the base if one is named.
  func start(_ options: BackboneOptions) throws -> TrainingStart {
    guard let base else { return TrainingStart(backbone: try options.load(), base: nil) }
    let (bundle, backbone) = (try ModelOptions.bundle(base), try options.path.map { try BackboneLocation.find($0) })
    let model = try Working.reading {
      try RewardModel(
        contentsOf: bundle, backbone: backbone, options: options.compute, checks: options.checks, progress: $0)
    }
    return TrainingStart(backbone: model.backbone, base: model)
  }
}

/// A backbone that is read, with the model whose base is kept, if there is one.
struct TrainingStart {
  let backbone: Backbone
  let base: RewardModel?

  /// The untrained model.
  func model(_ configuration: RewardModel.Configuration, seed: UInt64, options: ComputeOptions) throws -> RewardModel {
    guard let base else {
      return try RewardModel(configuration: configuration, backbone: backbone, seed: seed, options: options)
    }
    guard configuration.taxonomy.pointCount > 0 else {
      throw Failure(
        "--base keeps the base as it is, and without capability points there is nothing else to train",
        hint: "Rows that name a capability point, or --taxonomy FILE, say which experts there are.", status: .usage)
    }
    return try RewardModel(
      base: base, taxonomy: configuration.taxonomy, expert: configuration.expert, router: configuration.router,
      seed: seed)
  }

  /// What of the backbone's files is not read.
  var note: String? {
    guard base == nil, !backbone.headTensors.isEmpty else { return nil }
    return "\(backbone.name) has a head (\(backbone.headTensors.joined(separator: ", "))), which is not read here; "
      + "`dmoerm import` makes a model of it, and --base trains on top of that"
  }
}
