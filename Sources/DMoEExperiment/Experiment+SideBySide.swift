import DMoECore
import DMoEData
import DMoEModel
import DMoETrain
import Foundation

extension Experiment {
  /// Trains all members, `membersAtOnce` at a time, and returns them in their order.
  ///
  /// Events are told on the calling thread, one after the other, and a member waits until its own was handled. A member that
  /// its own data or settings cannot train does not stop the others; any other error does, at their next event. What is done is
  /// kept in their run folders.
  ///
  /// - Throws: `ExperimentError.failedMembers`, `.invalidContender`; what stopped all.
  func trainAll(
    _ data: ExperimentData, _ backbone: Backbone, _ options: ComputeOptions, _ store: ExperimentStore,
    _ trunk: TrunkCache, _ onEvent: (ExperimentEvent) throws -> Void
  ) throws -> [Member] {
    let plan = contenders.filter(\.isTrained).flatMap { contender in contender.seeds.map { (contender, $0) } }
    let width = min(membersAtOnce, plan.count)
    var own = options
    own.threads = max(1, (options.threads ?? ProcessInfo.processInfo.activeProcessorCount) / max(1, width))
    for contender in contenders where contender.isTrained { try check(contender, data, backbone, options) }
    if width > 1 { try readTexts(plan, data, backbone, options, store, trunk, onEvent) }

    let desk = MemberDesk(places: plan.count)
    for _ in 0..<width {
      let thread = Thread { [own] in
        while let place = desk.nextPlace() {
          let (contender, seed) = plan[place]
          do {
            try desk.tell(.memberStarted(contender: contender.name, seed: seed, place: place + 1, count: plan.count))
            let member = try train(contender, seed, data, backbone, own, store, trunk) { event in
              try desk.tell(.training(contender: contender.name, seed: seed, event))
            }
            try desk.tell(.memberFinished(contender: contender.name, seed: seed, cost: member.cost))
            desk.put(member, at: place)
          } catch let error where Self.isOfOneMember(error) {
            desk.fail("\(contender.name) \(seed): \(error)")
            try? desk.tell(.memberFailed(contender: contender.name, seed: seed, reason: "\(error)"))
          } catch {
            desk.stop(error)
          }
        }
        desk.leave()
      }
      thread.name = "DMoERM experiment"
      thread.start()
    }
    // Members are scored one at a time, each on all threads.
    return try desk.serve(width, onEvent).map { try running($0, by: options, store) }
  }

  /// Whether an error says nothing about other members.
  private static func isOfOneMember(_ error: any Error) -> Bool {
    switch error {
    case TrainError.diverged, TrainError.noSamples, ExperimentError.untrained, ModelError.untrainedRouter: true
    default: false
    }
  }

  /// Wrong settings are told of before anything is read.
  ///
  /// - Throws: `ExperimentError.invalidContender`.
  private func check(
    _ contender: ExperimentContender, _ data: ExperimentData, _ backbone: Backbone, _ options: ComputeOptions
  ) throws {
    do {
      _ = try RewardModel(
        configuration: try contender.configuration(data.taxonomy), backbone: backbone, seed: 0, options: options)
    } catch {
      throw ExperimentError.invalidContender(contender.name, reason: "\(error)")
    }
  }

  /// Reads the training texts of all members that are not done, once for each kind of trunk.
  private func readTexts(
    _ plan: [(ExperimentContender, UInt64)], _ data: ExperimentData, _ backbone: Backbone, _ options: ComputeOptions,
    _ store: ExperimentStore, _ trunk: TrunkCache, _ onEvent: (ExperimentEvent) throws -> Void
  ) throws {
    var read: [(RewardModel.Configuration, [RankedResponses])] = []
    for (contender, seed) in plan {
      let pipeline = TrainingPipeline(
        configuration: contender.training(seed: seed), runFolder: store.runFolder(contender.name, seed))
      guard !pipeline.isFinished else { continue }
      let model = try RewardModel(
        configuration: try contender.configuration(data.taxonomy), backbone: backbone, seed: seed, options: options)
      let samples = contender.samples(data.training)
      // Seeds, and structures that differ in nothing that the trunk sees, read the same.
      guard !read.contains(where: { $0.0 == model.configuration && $0.1 == samples }) else { continue }
      read.append((model.configuration, samples))
      try pipeline.readTexts(samples, prompts: data.prompts, model, into: trunk) { done, total in
        try onEvent(.readingTexts(done: done, total: total))
      }
    }
  }
}
