import DMoECore
import DMoEData
import DMoEEvaluate
import DMoEModel
import DMoETrain
import Foundation

extension Experiment {
  /// A trained model of a contender.
  struct Member: Sendable {
    let contender: ExperimentContender
    let seed: UInt64
    let model: RewardModel
    let cost: TrainingCost
    /// Of a model with one category and no experts.
    let posterior: LaplacePosterior?
  }

  /// Trains a member, or reads it back if it was trained before.
  func train(
    _ contender: ExperimentContender, _ seed: UInt64, _ data: ExperimentData, _ backbone: Backbone,
    _ options: ComputeOptions, _ store: ExperimentStore, _ trunk: TrunkCache, onEvent: (TrainingEvent) throws -> Void
  ) throws -> Member {
    var model = try RewardModel(
      configuration: try contender.configuration(data.taxonomy), backbone: backbone, seed: seed, options: options)
    let samples = contender.samples(data.training)
    let run = store.runFolder(contender.name, seed)
    let prompts = model.configuration.taxonomy.categories.count > 1 ? data.prompts : []
    do {
      try TrainingPipeline(configuration: contender.training(seed: seed), runFolder: run)
        .run(&model, samples: samples, prompts: prompts, trunk: trunk, onEvent: onEvent)
    } catch TrainError.foreignRun(_, let reason) {
      throw ExperimentError.changedContender(
        contender.name, path: store.member(contender.name, seed).path, reason: reason)
    } catch TrainError.nothingTrained {
      throw ExperimentError.untrained(contender: contender.name)
    }
    guard !model.trainedCategories.isEmpty else {
      throw ExperimentError.untrained(contender: contender.name)
    }
    // Its rewards are asked for without a category: with several, only a router can choose one.
    guard model.isRouterTrained || model.trainedCategories.count < 2 else { throw ModelError.untrainedRouter }
    let posterior =
      contender.structure == .single
      ? try posterior(
        of: model, contender, samples, at: store.posterior(contender.name, seed), trunk, onEvent) : nil
    return Member(
      contender: contender, seed: seed, model: model, cost: try TrainingCost(runFolder: run), posterior: posterior)
  }

  /// A trained member, whose arithmetic runs by other options.
  func running(_ member: Member, by options: ComputeOptions, _ store: ExperimentStore) throws -> Member {
    let model = try member.model.running(by: options)
    let posterior = try member.posterior.map { _ in
      try LaplacePosterior(
        contentsOf: store.posterior(member.contender.name, member.seed), model,
        category: ExperimentContender.commonCategory)
    }
    return Member(
      contender: member.contender, seed: member.seed, model: model, cost: member.cost, posterior: posterior)
  }

  /// The posterior of the head, which costs a pass over the training texts and is kept beside the run.
  private func posterior(
    of model: RewardModel, _ contender: ExperimentContender, _ samples: [RankedResponses], at url: URL,
    _ trunk: TrunkCache, _ onEvent: (TrainingEvent) throws -> Void
  ) throws -> LaplacePosterior {
    let category = ExperimentContender.commonCategory
    if FileManager.default.fileExists(atPath: url.path) {
      return try LaplacePosterior(contentsOf: url, model, category: category)
    }
    let posterior = try LaplacePosterior(
      model, category: category, samples: samples, ridges: LaplacePosterior.defaultRidges,
      training: contender.training, trunk: trunk
    ) { try onEvent(.textsRead(.base(category: category), done: $0, total: $1)) }
    try posterior.write(to: url)
    return posterior
  }

  /// Writes a member's bundle with the temperature that its validation rewards ask for, unless it is there.
  func writeBundle(_ member: Member, _ validation: ExperimentData.TestSet, _ store: ExperimentStore) throws {
    let bundle = store.member(member.contender.name, member.seed)
      .appendingPathComponent("model.dmoerm", isDirectory: true)
    guard !FileManager.default.fileExists(atPath: bundle.path),
      let scores = try store.scores(member.contender.name, member.seed, validation.name)
    else { return }
    var model = member.model
    let pairs = ScoredPairs(validation.samples)
    let scaling = TemperatureScaling(differences: pairs.differences(scores.map { $0?.rewards }).compactMap { $0 })
    model.take(scaling)
    model.provenance = [
      "experiment": folder.lastPathComponent, "contender": member.contender.name, "seed": "\(member.seed)",
    ]
    try model.write(to: bundle)
  }
}
