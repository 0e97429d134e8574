import DMoECore
import DMoEData
import DMoEModel
import DMoETrain
import Foundation

extension ExperimentRun {
  /// Trains all members, `membersAtOnce` at a time, and returns them in their order.
  ///
  /// A member that its own data or settings cannot train does not stop the others; any other error does, at their next
  /// event. What is done is kept in their run folders.
  ///
  /// - Throws: `ExperimentError.failedMembers`, `.invalidContender`; what stopped all.
  func trainedMembers(_ onEvent: Observer) throws -> [Member] {
    try checkSettings()
    let plan = experiment.plannedMembers
    let width = min(experiment.membersAtOnce, plan.count)
    if width > 1 { try readTexts(of: plan, onEvent) }
    let options = options(forEachOf: width)
    let outcomes = try ThreadGroup(count: width).map(plan, onEvent: onEvent) { planned, send in
      try outcome(of: planned, among: plan.count, options: options, send)
    }
    let failures = outcomes.compactMap { outcome in if case .failure(let failure) = outcome { failure } else { nil } }
    guard failures.isEmpty else { throw ExperimentError.failedMembers(failures) }
    // Members are scored one at a time, each on all threads.
    return try outcomes.map { try running($0.get()) }
  }

  /// The options of one of several members that share the threads.
  private func options(forEachOf width: Int) -> ComputeOptions {
    var own = options
    own.threads = max(1, (options.threads ?? ProcessInfo.processInfo.activeProcessorCount) / max(1, width))
    return own
  }

  /// Trains one member, and tells of it.
  private func outcome(
    of planned: PlannedMember, among count: Int, options: ComputeOptions, _ send: Observer
  ) throws -> Result<Member, FailedMember> {
    let id = planned.id
    do {
      try send(.memberStarted(id, place: planned.place, count: count))
      let member = try trained(planned.contender, seed: planned.seed, options: options) { try send(.training(id, $0)) }
      try send(.memberFinished(id, cost: member.cost))
      return .success(member)
    } catch let error where Self.concernsOneMember(error) {
      try send(.memberFailed(id, reason: "\(error)"))
      return .failure(FailedMember(id, reason: "\(error)"))
    }
  }

  /// Whether an error says nothing about other members.
  static func concernsOneMember(_ error: any Error) -> Bool {
    switch error {
    case TrainError.diverged, TrainError.noSamples, is UntrainedMember, ModelError.untrainedRouter: true
    default: false
    }
  }

  /// Wrong settings are told of before anything is read.
  ///
  /// - Throws: `ExperimentError.invalidContender`.
  func checkSettings() throws {
    for contender in experiment.contenders where contender.isTrained && contender.bundle == nil {
      do { _ = try untrainedModel(of: contender, seed: 0, options: options) } catch {
        throw ExperimentError.invalidContender(contender.id, reason: "\(error)")
      }
    }
  }

  /// A contender's model before training.
  func untrainedModel(of contender: ExperimentContender, seed: UInt64, options: ComputeOptions) throws -> RewardModel {
    try RewardModel(
      configuration: try contender.configuration(data.taxonomy), backbone: backbone, seed: seed, options: options)
  }

  /// Reads the training texts of all members that are not done, once for each kind of trunk.
  private func readTexts(of plan: [PlannedMember], _ onEvent: Observer) throws {
    var read: [(RewardModel.Configuration, [RankedResponses])] = []
    for planned in plan where planned.contender.bundle == nil {
      let pipeline = TrainingPipeline(
        configuration: planned.contender.training(seed: planned.seed), runFolder: store.runFolder(of: planned.id))
      guard !pipeline.isFinished else { continue }
      let model = try untrainedModel(of: planned.contender, seed: planned.seed, options: options)
      let samples = planned.contender.samples(data.training)
      // Seeds, and structures that differ in nothing that the trunk sees, read the same.
      guard !read.contains(where: { $0.0 == model.configuration && $0.1 == samples }) else { continue }
      read.append((model.configuration, samples))
      try pipeline.readTexts(samples, prompts: data.prompts, model, into: trunk) { done, total in
        try onEvent(.readingTexts(done: done, total: total))
      }
    }
  }
}
