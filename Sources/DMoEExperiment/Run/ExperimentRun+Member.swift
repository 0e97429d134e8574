import DMoECore
import DMoEData
import DMoEEvaluate
@_spi(Command) import DMoEModel
import DMoETrain
import Foundation

/// A trained model of a contender.
struct Member: Sendable {
  let id: MemberID
  let model: RewardModel
  let cost: TrainingCost
  /// Of a model with one category and no experts.
  let posterior: LaplacePosterior?
  /// Whether it was trained before, and has a bundle already.
  var isGiven = false
}

/// No category of a member had enough samples.
struct UntrainedMember: Error, CustomStringConvertible {
  var description: String { "no category had enough samples to train" }
}

extension ExperimentRun {
  /// Trains a member, or reads it back if it was trained before.
  ///
  /// - Throws: `ExperimentError.changedContender`, `UntrainedMember`, `ModelError.untrainedRouter`; what training throws.
  func trained(
    _ contender: ExperimentContender, seed: UInt64, options: ComputeOptions,
    onEvent: (TrainingEvent) throws -> Void
  ) throws -> Member {
    let id = MemberID(contender: contender.id, seed: seed)
    if let bundle = contender.bundle { return try given(bundle, id, options) }
    try store.checkTrained(id)
    var model = try untrainedModel(of: contender, seed: seed, options: options)
    let samples = contender.samples(data.training)
    let run = store.runFolder(of: id)
    let prompts = model.configuration.taxonomy.categories.count > 1 ? data.prompts : []
    do {
      try TrainingPipeline(configuration: contender.training(seed: seed), runFolder: run)
        .run(&model, samples: samples, prompts: prompts, trunk: trunk, onEvent: onEvent)
    } catch TrainError.foreignRun(_, let reason) {
      throw ExperimentError.changedContender(contender.id, path: store.folder(of: id).path, reason: reason)
    } catch TrainError.nothingTrained {
      throw UntrainedMember()
    }
    guard !model.trainedCategories.isEmpty else { throw UntrainedMember() }
    // Its rewards are asked for without a category: with several, only a router can choose one.
    guard model.isRouterTrained || model.trainedCategories.count < 2 else { throw ModelError.untrainedRouter }
    let posterior =
      contender.structure == .single ? try posterior(of: model, contender, seed: seed, onEvent: onEvent) : nil
    return Member(id: id, model: model, cost: try TrainingCost(runFolder: run), posterior: posterior)
  }

  /// A member that is a finished bundle over the same backbone.
  private func given(_ bundle: URL, _ id: MemberID, _ options: ComputeOptions) throws -> Member {
    try store.identify(id, as: RewardModel.fingerprint(ofBundle: bundle))
    let model = try RewardModel(contentsOf: bundle, backbone: backbone, options: options, checks: experiment.checks)
    guard model.isRouterTrained || model.trainedCategories.count < 2 else { throw ModelError.untrainedRouter }
    return Member(id: id, model: model, cost: TrainingCost(), posterior: nil, isGiven: true)
  }

  /// A trained member whose arithmetic runs by the options of the whole run.
  func running(_ member: Member) throws -> Member {
    let model = try member.model.running(by: options)
    let posterior = try member.posterior.map { _ in try keptPosterior(of: model, member.id) }
    return Member(
      id: member.id, model: model, cost: member.cost, posterior: posterior, isGiven: member.isGiven)
  }

  private func keptPosterior(of model: RewardModel, _ id: MemberID) throws -> LaplacePosterior {
    try LaplacePosterior(contentsOf: store.posterior(of: id), model, category: ExperimentContender.commonCategory)
  }

  /// The posterior of the head, which costs a pass over the training texts and is kept beside the run.
  private func posterior(
    of model: RewardModel, _ contender: ExperimentContender, seed: UInt64, onEvent: (TrainingEvent) throws -> Void
  ) throws -> LaplacePosterior {
    let id = MemberID(contender: contender.id, seed: seed)
    let url = store.posterior(of: id)
    if FileManager.default.fileExists(atPath: url.path) { return try keptPosterior(of: model, id) }
    let category = ExperimentContender.commonCategory
    let posterior = try LaplacePosterior(
      model, category: category, samples: contender.samples(data.training), ridges: LaplacePosterior.defaultRidges,
      training: contender.training, trunk: trunk
    ) { try onEvent(.textsRead(.base(category: category), done: $0, total: $1)) }
    try posterior.write(to: url)
    return posterior
  }

  /// Writes a member's bundle with the temperature that its validation rewards ask for, unless it is there.
  func writeBundle(of member: Member, validation: SampleSet) throws {
    let bundle = store.bundle(of: member.id)
    guard !member.isGiven, !FileManager.default.fileExists(atPath: bundle.path),
      let scores = try store.scores(of: member.id, on: validation.id)
    else { return }
    var model = member.model
    let rewards = SetRewards(scores.map { $0?.rewards })
    model.take(TemperatureScaling(differences: rewards.differences(of: SamplePairs(validation.samples))))
    model.provenance = [
      "experiment": experiment.folder.lastPathComponent, "contender": member.id.contender.name,
      "seed": "\(member.id.seed)",
    ]
    try model.write(to: bundle)
  }
}
