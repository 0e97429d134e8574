import DMoEData
import DMoEEvaluate
import DMoEModel
import DMoETrain

extension Experiment {
  /// Samples whose trunk outputs are kept at a time.
  private static let samplesAtATime = 48

  /// Scores a set with all members that have not scored it, a part at a time, so that they share each part's trunk.
  func score(
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
    let taxonomy = member.model.configuration.taxonomy
    let judging = samples.map { member.model.judgingCategory(of: $0) }
    let routed = try member.model.breakdowns(of: samples, category: .routed, trunk: trunk)
    // The named category's experts are asked only where the router chose another one.
    let others = samples.indices.filter { index in
      guard let named = judging[index] else { return false }
      return routed[index]?.first?.category != named
    }
    var labelled = routed
    for (index, breakdowns) in zip(
      others, try member.model.breakdowns(of: others.map { samples[$0] }, category: .labelled, trunk: trunk))
    { labelled[index] = breakdowns }
    return try samples.indices.map { index in
      guard let own = routed[index], let first = own.first else { return nil }
      var result = ScoredSample(
        rewards: own.map(\.reward), category: first.category, experts: own.map(member.model.standardizedExperts))
      if let labelled = labelled[index], taxonomy.categories.count > 1, judging[index] != nil {
        result.labelledRewards = labelled.map(\.reward)
        if samples[index].capability != nil {
          result.labelledExperts = labelled.map(member.model.standardizedExperts)
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
  func routers(
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

extension RewardModel {
  /// The experts' rewards as a `RewardCombination` takes them.
  fileprivate func standardizedExperts(_ breakdown: RewardBreakdown) -> [Float] {
    guard configuration.combination == nil, let index = configuration.taxonomy.index(of: breakdown.category),
      let scales = inner[index].expertScales
    else { return breakdown.capabilities.map(\.reward) }
    return zip(breakdown.capabilities, scales).map { $1($0.reward) }
  }
}
