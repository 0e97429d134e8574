import DMoECore
import DMoEData
import DMoEModel
import DMoEPolicy
import DMoETrain
import Foundation

/// A measurement under way: what all its steps share.
struct OverOptimizationRun: Sendable {
  var plan: OverOptimization
  let prompts: OverOptimizationPrompts
  /// The policy that texts are first drawn from.
  let policy: LanguageModel
  let store: OverOptimizationStore
  let options: ComputeOptions

  typealias Observer = ExperimentRun.Observer
  private var settings: OverOptimizationSettings { plan.settings }

  /// Draws, judges, trains proxies, times them, trains policies, and measures.
  func result(_ onEvent: Observer) async throws -> OverOptimizationResult {
    let drawn = try drawnData(onEvent)
    let (data, comparison, rewards) = try proxies(drawn.experiment, onEvent)
    let costs = try ScoringCosts(run: self, data: data).measured(onEvent)
    var measurement = OverOptimizationMeasurement(
      plan: plan, counts: drawn.counts, data: data, rewards: rewards, comparison: comparison, costs: costs)
    for run in try await policies(onEvent) { measurement.runs.append(run) }
    return try measurement.result()
  }

  /// The texts of the policy, to learn from and to choose among.
  private func drawnData(_ onEvent: Observer) throws -> OverOptimizationData {
    let texts = DrawnTexts(
      policy: policy, drawing: settings.drawing, folder: store.texts, identity: store.identity)
    let training = try texts.rows(
      of: prompts.training, "training", count: 2 * settings.pairs.perPrompt, onEvent)
    let heldOut = try texts.rows(of: prompts.heldOut, "held-out", count: settings.bestOfN.samples, onEvent)
    return try OverOptimizationData(training: training, heldOut: heldOut, settings)
  }

  /// Judges the texts, trains proxies on the pairs, and has all of them score the texts that are chosen among.
  private func proxies(
    _ drawn: ExperimentData, _ onEvent: Observer
  ) throws -> (data: ExperimentData, comparison: ExperimentResult, rewards: RewardTable) {
    let experiment = try plan.experiment
    let data = try experiment.checked(drawn, options, onEvent)
    guard !data.bestOfN.isEmpty else {
      throw ExperimentError.invalidJudge(reason: "it can read the texts of none of the held-out prompts")
    }
    let proxyStore = try ExperimentStore(experiment.folder, data: data)
    let run = try experiment.run(data, in: proxyStore, over: policy.backbone, options)
    let members = try run.scoredMembers(onEvent)
    // What choosing among texts came to is told by gains, and not twice.
    let comparison = try run.result(of: members, on: run.sets.filter { $0.id != .bestOfN })
    return (data, comparison, try RewardTable(members.map(\.id), run.sets, in: proxyStore))
  }

  // MARK: Policies

  private func policies(_ onEvent: Observer) async throws -> [MeasuredPolicy] {
    let runs = try plan.policyRuns
    guard !runs.isEmpty else { return [] }
    let gold = try model(plan.gold.bundle, backbone: plan.gold.backbone)
    let heldOut = prompts.heldOut.map(\.conversation).prefix(settings.policies.prompts)
    var measured: [MeasuredPolicy] = []
    for (place, id) in runs.enumerated() {
      try onEvent(.policyStarted(id, place: place + 1, count: runs.count))
      let optimization = PolicyOptimization(
        id: id, settings: settings, folder: store.folder(of: id), policy: policy,
        training: prompts.training.map(\.conversation), heldOut: Array(heldOut), gold: gold, proxy: try proxy(of: id))
      measured.append(try await optimization.measured(onEvent))
    }
    return measured
  }

  /// The reward model that trains the policy of a run.
  private func proxy(of run: PolicyRunID) throws -> RewardModel {
    let experiment = try plan.experiment
    func bundle(_ member: MemberID) throws -> RewardModel {
      try model(ExperimentStore.bundle(of: member, in: experiment.folder), backbone: nil)
    }
    switch run.proxy.kind {
    case .ensemble(let rule):
      let contender = plan.contenders.first { $0.id == run.proxy.contender }
      return try RewardModel(ensemble: (contender?.members ?? []).map(bundle), combination: rule)
    case .experts(let rule):
      guard let member = plan.member(of: run) else { preconditionFailure("OverOptimizationRun: \(run) has no member") }
      return try bundle(member).combiningExperts(by: rule)
    case .member, .posteriorMean, .posteriorLowerBound, .length:
      guard let member = plan.member(of: run) else { preconditionFailure("OverOptimizationRun: \(run) has no member") }
      return try bundle(member)
    }
  }

  /// A model of a bundle, over the policy's backbone if it is the one that it was trained on.
  func model(_ bundle: URL, backbone: URL?) throws -> RewardModel {
    do {
      return try RewardModel(contentsOf: bundle, backbone: policy.backbone, options: options, checks: plan.checks)
    } catch ModelError.backboneMismatch {
      return try RewardModel(contentsOf: bundle, backbone: backbone, options: options, checks: plan.checks)
    }
  }
}
