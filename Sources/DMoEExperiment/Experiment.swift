public import DMoECore
import DMoEData
import DMoEModel
import DMoETrain
public import Foundation

/// Several kinds of reward model, trained on the same pairs over the same backbone and measured on the same ones.
///
/// Everything is kept in a folder: every member's run and bundle, every member's rewards on every set. A run that was
/// stopped goes on, and one with more contenders trains and scores only those. The frozen trunk runs once for all
/// members that adapt the same layers.
public struct Experiment: Sendable {
  public let contenders: [ExperimentContender]
  public let folder: URL
  /// Bytes of trunk outputs kept in memory, for training and again for scoring.
  public var trunkCacheBytes: Int

  /// - Throws: `ExperimentError.invalidPlan` for names that are none, are there twice, or a contender without a seed.
  public init(contenders: [ExperimentContender], folder: URL, trunkCacheBytes: Int = 4 << 30) throws {
    guard !contenders.isEmpty else { throw ExperimentError.invalidPlan(reason: "there is no contender") }
    var names: Set<String> = []
    for contender in contenders {
      let isPlain =
        !contender.name.isEmpty
        && contender.name.unicodeScalars.allSatisfy {
          $0.isASCII && ($0.properties.isAlphabetic || "0123456789-_".unicodeScalars.contains($0))
        }
      guard isPlain else {
        throw ExperimentError.invalidPlan(reason: "a contender's name is made of letters, digits, - and _")
      }
      guard names.insert(contender.name).inserted else {
        throw ExperimentError.invalidPlan(reason: "there are two contenders \(contender.name)")
      }
      guard !contender.isTrained || !contender.seeds.isEmpty, Set(contender.seeds).count == contender.seeds.count else {
        throw ExperimentError.invalidPlan(reason: "\(contender.name) needs seeds, each once")
      }
      try contender.training.validate()
    }
    self.contenders = contenders
    self.folder = folder
    self.trunkCacheBytes = trunkCacheBytes
  }

  /// Trains what is not trained, scores what is not scored, and reads the results.
  ///
  /// - Parameter onEvent: Called on the calling thread. What it throws stops the run, which can go on later.
  /// - Throws: `ExperimentError`; what training and scoring throw.
  public func run(
    _ data: ExperimentData, backbone: URL, options: ComputeOptions = ComputeOptions(),
    onEvent: (ExperimentEvent) throws -> Void = { _ in }
  ) throws -> ExperimentResult {
    guard !data.training.isEmpty, !data.validation.isEmpty else {
      throw ExperimentError.invalidPlan(reason: "there are no training or no validation samples")
    }
    let store = try ExperimentStore(folder, data: data)
    let loaded = try Backbone(contentsOf: backbone, options: options)
    let trunk = TrunkCache(limit: trunkCacheBytes)
    var members: [Member] = []
    let plan = contenders.filter(\.isTrained).flatMap { contender in contender.seeds.map { (contender, $0) } }
    for (place, (contender, seed)) in plan.enumerated() {
      try onEvent(.memberStarted(contender: contender.name, seed: seed, place: place + 1, count: plan.count))
      let member = try train(contender, seed, data, loaded, options, store, trunk) { event in
        try onEvent(.training(contender: contender.name, seed: seed, event))
      }
      try onEvent(.memberFinished(contender: contender.name, seed: seed, cost: member.cost))
      members.append(member)
    }
    trunk.removeAll()
    for set in try data.sets() {
      try score(set, members, store, trunk, onEvent)
      if set.name == ExperimentData.validationName {
        for member in members { try writeBundle(member, set, store) }
      }
      try onEvent(.scored(set: set.name))
    }
    return try result(data, members.map { ($0.contender.name, $0.seed, $0.cost) }, store, routers(members, data, trunk))
  }

  // MARK: Members

  /// A trained model of a contender.
  private struct Member {
    let contender: ExperimentContender
    let seed: UInt64
    let model: RewardModel
    let cost: TrainingCost
    /// Of a model with one category and no experts.
    let posterior: LaplacePosterior?
  }

  private func train(
    _ contender: ExperimentContender, _ seed: UInt64, _ data: ExperimentData, _ backbone: Backbone,
    _ options: ComputeOptions, _ store: ExperimentStore, _ trunk: TrunkCache, onEvent: (TrainingEvent) throws -> Void
  ) throws -> Member {
    var model = try RewardModel(
      configuration: try contender.configuration(data.taxonomy), backbone: backbone, seed: seed, options: options)
    let samples = contender.samples(data.training)
    let home = store.member(contender.name, seed)
    let run = home.appendingPathComponent("run", isDirectory: true)
    let prompts = model.configuration.taxonomy.categories.count > 1 ? data.prompts : []
    try TrainingPipeline(configuration: contender.training(seed: seed), runFolder: run)
      .run(&model, samples: samples, prompts: prompts, trunk: trunk, onEvent: onEvent)
    guard !model.trainedCategories.isEmpty else {
      throw ExperimentError.untrained(contender: contender.name)
    }
    // The posterior is of the head alone, so it costs one pass over the training texts.
    let posterior =
      contender.structure == .single
      ? try LaplacePosterior(
        model, category: ExperimentContender.commonCategory, samples: samples, ridges: [0.001, 0.01, 0.1, 1, 10],
        trunk: trunk) : nil
    return Member(
      contender: contender, seed: seed, model: model, cost: try TrainingCost(runFolder: run), posterior: posterior)
  }

  /// Writes a member's bundle with the temperature that its validation rewards ask for, unless it is there.
  private func writeBundle(_ member: Member, _ validation: ExperimentData.TestSet, _ store: ExperimentStore) throws {
    let bundle = store.member(member.contender.name, member.seed)
      .appendingPathComponent("model.dmoerm", isDirectory: true)
    guard !FileManager.default.fileExists(atPath: bundle.path),
      let scores = try store.scores(member.contender.name, member.seed, validation.name)
    else { return }
    var model = member.model
    let pairs = ScoredPairs(validation.samples)
    let scaling = TemperatureScaling(differences: pairs.differences(scores.map { $0?.rewards }).compactMap { $0 })
    if scaling.pairs >= 10 { model.temperature = Float(scaling.temperature) }
    model.provenance = [
      "experiment": folder.lastPathComponent, "contender": member.contender.name, "seed": "\(member.seed)",
    ]
    try model.write(to: bundle)
  }

  // MARK: Scoring

  /// Samples whose trunk outputs are kept at a time.
  private static let samplesAtATime = 48

  private func score(
    _ set: ExperimentData.TestSet, _ members: [Member], _ store: ExperimentStore, _ trunk: TrunkCache,
    _ onEvent: (ExperimentEvent) throws -> Void
  ) throws {
    let open = try members.filter { try store.scores($0.contender.name, $0.seed, set.name) == nil }
    guard !open.isEmpty else { return }
    var scores = open.map { _ in [ScoredSample?]() }
    for start in stride(from: 0, to: set.samples.count, by: Self.samplesAtATime) {
      let part = Array(set.samples[start..<min(start + Self.samplesAtATime, set.samples.count)])
      try onEvent(.scoring(set: set.name, done: start, total: set.samples.count))
      for (index, member) in open.enumerated() { scores[index] += try score(part, member, trunk) }
      trunk.removeAll()
    }
    for (member, scores) in zip(open, scores) {
      try store.write(scores, member.contender.name, member.seed, set.name)
    }
  }

  private func score(
    _ samples: [RankedResponses], _ member: Member, _ trunk: TrunkCache
  ) throws -> [ScoredSample?] {
    let isRouted = member.model.configuration.taxonomy.categories.count > 1
    let routed = try member.model.breakdowns(of: samples, category: .routed, trunk: trunk)
    let labelled = isRouted ? try member.model.breakdowns(of: samples, category: .labelled, trunk: trunk) : routed
    return try samples.indices.map { index in
      guard let own = routed[index], let first = own.first else { return nil }
      var result = ScoredSample(
        rewards: own.map(\.reward), category: first.category, experts: own.map { $0.capabilities.map(\.reward) })
      if let labelled = labelled[index], samples[index].category != nil {
        result.labelledRewards = isRouted ? labelled.map(\.reward) : nil
        if samples[index].capability != nil {
          result.labelledExperts = labelled.map { $0.capabilities.map(\.reward) }
        }
      }
      if let posterior = member.posterior {
        let estimates = try posterior.estimates(
          of: samples[index].responses, to: samples[index].conversation, trunk: trunk)
        result.posteriorMeans = estimates.map(\.mean)
        result.posteriorDeviations = estimates.map(\.deviation)
      }
      return result
    }
  }

  /// How well the first member of every contender with several categories routes.
  private func routers(
    _ members: [Member], _ data: ExperimentData, _ trunk: TrunkCache
  ) throws -> [String: RouterEvaluation] {
    guard !data.routerTest.isEmpty else { return [:] }
    var result: [String: RouterEvaluation] = [:]
    for member in members where result[member.contender.name] == nil {
      let categories = member.model.configuration.taxonomy.categories.map(\.id)
      guard categories.count > 1 else { continue }
      let decisions = try member.model.routes(data.routerTest.map(\.conversation), trunk: trunk)
      result[member.contender.name] = try RouterEvaluation(
        prompts: data.routerTest, decisions: decisions, categories: categories)
    }
    trunk.removeAll()
    return result
  }
}
