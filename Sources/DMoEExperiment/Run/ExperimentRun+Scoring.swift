import DMoEData
import DMoEEvaluate
import DMoEModel
import DMoETrain

extension ExperimentRun {
  /// Samples, and their responses, whose trunk outputs are kept at a time.
  private static let (samplesAtATime, responsesAtATime) = (48, 512)

  /// Scores a set with all members that have not scored it, a part at a time, so that they share each part's trunk. Parts are
  /// kept: who goes on with a set that was broken off begins behind them.
  func score(_ set: SampleSet, by members: [Member], _ onEvent: Observer) throws {
    let open = try members.filter { try store.scores(of: $0.id, on: set.id) == nil }
    guard !open.isEmpty else { return }
    let kept = open.map { store.parts(of: $0.id, on: set.id) }
    var scores = open.map { _ in [ScoredSample?]() }
    let ranges = set.samples.parts(samples: Self.samplesAtATime, responses: Self.responsesAtATime)
    for (number, range) in ranges.enumerated() {
      let part = Array(set.samples[range])
      try onEvent(.scoring(set: set.id, done: range.lowerBound, total: set.samples.count))
      for (index, member) in open.enumerated() {
        if let known = kept[index].part(number, count: range.count) {
          scores[index] += known
          continue
        }
        let own = try self.scores(of: part, by: member)
        if ranges.count > 1 { try kept[index].keep(own, as: number) }
        scores[index] += own
      }
      trunk.removeAll()
    }
    for (index, member) in open.enumerated() {
      try store.write(scores[index], of: member.id, on: set.id)
      try kept[index].removeAll()
    }
  }

  /// What a member says of some samples; nil of one that is longer than it reads.
  private func scores(of samples: [RankedResponses], by member: Member) throws -> [ScoredSample?] {
    let model = member.model
    let routed = try model.breakdowns(of: samples, category: .routed, trunk: trunk)
    let named = samples.map { model.judgingCategory(of: $0) }
    let labeled = try breakdownsByLabel(of: samples, named, routed: routed, by: model)
    let hasSeveral = model.configuration.taxonomy.categories.count > 1
    return try samples.indices.map { index in
      guard let own = routed[index], let first = own.first else { return nil }
      var result = ScoredSample(
        rewards: own.map(\.reward), category: first.category, experts: own.map(model.standardizedExperts))
      if let labeled = labeled[index], hasSeveral, named[index] != nil {
        result.labeledRewards = labeled.map(\.reward)
        if samples[index].capability != nil { result.labeledExperts = labeled.map(model.standardizedExperts) }
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

  /// What the experts of each sample's own category say; they are asked only where the router chose other ones.
  private func breakdownsByLabel(
    of samples: [RankedResponses], _ named: [String?], routed: [[RewardBreakdown]?], by model: RewardModel
  ) throws -> [[RewardBreakdown]?] {
    let others = samples.indices.filter { index in
      guard let name = named[index] else { return false }
      return routed[index]?.first?.category != name
    }
    var result = routed
    let asked = try model.breakdowns(of: others.map { samples[$0] }, category: .labeled, trunk: trunk)
    for (index, breakdowns) in zip(others, asked) { result[index] = breakdowns }
    return result
  }

  /// How well the first member of every contender with several categories routes.
  func routers(of members: [Member]) throws -> [ContenderID: RouterEvaluation] {
    guard !data.routerTest.isEmpty else { return [:] }
    var result: [ContenderID: RouterEvaluation] = [:]
    for member in members where result[member.id.contender] == nil {
      let categories = member.model.configuration.taxonomy.categories.map(\.id)
      guard categories.count > 1 else { continue }
      let decisions = try member.model.routes(data.routerTest.map(\.conversation), trunk: trunk)
      result[member.id.contender] = try RouterEvaluation(
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
