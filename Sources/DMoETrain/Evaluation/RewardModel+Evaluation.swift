public import DMoEData
public import DMoEModel

/// Who says which category's experts judge a sample.
public enum CategorySource: String, Sendable, Codable, CaseIterable {
  /// The sample, where it names a category of the model; otherwise the router.
  case labelled
  /// The router, always: what a user of the model gets.
  case routed
}

extension RewardModel {
  /// Scores samples and says how well the rewards order their responses.
  ///
  /// Samples of the same conversation and responses are scored once. Slices by category are by the sample's own
  /// category where it has one, whoever chose the experts, so that both sources can be compared. Samples that rank
  /// by a capability point are judged by the final reward and by that point's expert, if the model has it.
  ///
  /// - Parameters:
  ///   - category: Who chooses the experts.
  ///   - progress: Called with the texts scored so far and their number.
  /// - Throws: What scoring throws; samples that are too long are left out and counted.
  public func evaluate(
    samples: [RankedResponses], category source: CategorySource = .labelled,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> RankingEvaluation {
    var places: [ScoringUnit: Int] = [:]
    var units: [ScoringUnit] = []
    let owners = samples.map { sample in
      let unit = ScoringUnit(
        category: source == .labelled ? sample.category.flatMap { configuration.taxonomy[$0]?.id } : nil,
        conversation: sample.conversation, responses: sample.responses)
      if let place = places[unit] { return place }
      places[unit] = units.count
      units.append(unit)
      return units.count - 1
    }
    let results = try breakdowns(units, progress)

    var kept: [RankedResponses] = []
    var rewards: [[Float]] = []
    var expertRewards: [[Float]?] = []
    var categories: [String?] = []
    for (sample, owner) in zip(samples, owners) {
      guard let breakdowns = results[owner] else { continue }
      kept.append(sample)
      rewards.append(breakdowns.map(\.reward))
      let experts = breakdowns.compactMap { $0.capabilities.first { $0.point == sample.capability }?.reward }
      expertRewards.append(experts.count == breakdowns.count ? experts : nil)
      categories.append(sample.category ?? breakdowns.first?.category)
    }
    return try RankingEvaluation(
      samples: kept, rewards: rewards, expertRewards: expertRewards, categories: categories,
      overLength: samples.count - kept.count)
  }

  /// One list a unit, nil for those that are too long.
  private func breakdowns(
    _ units: [ScoringUnit], _ progress: (Int, Int) -> Void
  ) throws -> [[RewardBreakdown]?] {
    // Few enough that progress is felt, enough that experts are asked for full batches.
    let batch = 16
    let total = units.reduce(0) { $0 + $1.responses.count }
    var done = 0
    var results = [[RewardBreakdown]?](repeating: nil, count: units.count)
    for category in [nil] + configuration.taxonomy.categories.map({ Optional($0.id) }) {
      let members = units.indices.filter { units[$0].category == category }
      for start in stride(from: 0, to: members.count, by: batch) {
        let all = members[start..<min(start + batch, members.count)]
        let short = try all.filter { try fits(units[$0]) }
        let scored = try breakdowns(short.map { (units[$0].conversation, units[$0].responses) }, category: category)
        for (place, breakdowns) in zip(short, scored) { results[place] = breakdowns }
        done += all.reduce(0) { $0 + units[$1].responses.count }
        progress(done, total)
      }
    }
    return results
  }

  private func fits(_ unit: ScoringUnit) throws -> Bool {
    do {
      _ = try encode(unit.conversation, responses: unit.responses)
      return true
    } catch ModelError.overLength {
      return false
    }
  }
}

/// What is scored in one go; whole response lists, because the longest decides which turns are dropped.
private struct ScoringUnit: Hashable {
  var category: String?
  var conversation: Conversation
  var responses: [String]
}
