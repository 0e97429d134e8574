public import DMoEData
public import DMoEModel

/// Who chooses the category whose experts score a sample.
public enum CategorySource: String, Sendable, Codable, CaseIterable {
  /// The sample, where it names a category that the model was trained for; otherwise the router.
  case labeled
  /// The router, always: what a user of the model gets.
  case routed
}

extension RewardModel {
  /// Measures the ranking accuracy: how often the better of two responses gets the greater reward.
  ///
  /// Every text is scored once, however many samples it is in. Slices by category are by the sample's own category
  /// where it has one, whoever chose the experts, so that both sources can be compared. Samples that rank by a
  /// capability point are judged by the final reward and by that point's expert, if the model has it.
  ///
  /// - Parameters:
  ///   - category: Who chooses the experts.
  ///   - progress: Called with the texts scored so far and their number.
  /// - Throws: What scoring throws; samples that are too long are left out and counted.
  public func evaluate(
    samples: [RankedResponses], category source: CategorySource = .labeled,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> RankingEvaluation {
    try RankingEvaluation(
      samples: samples, lines: rewardLines(of: samples, category: source, progress: progress),
      temperature: temperature)
  }

  /// The breakdowns of every sample's responses, in their order; nil for a sample with a response that is too long.
  ///
  /// - Parameter trunk: Trunk outputs that other models over the same backbone may share.
  package func breakdowns(
    of samples: [RankedResponses], category source: CategorySource, trunk: TrunkCache? = nil,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> [[RewardBreakdown]?] {
    try breakdowns(
      of: samples.map { sample in
        ScoringRequest(
          conversation: sample.conversation, responses: sample.responses,
          category: source == .labeled ? judgingCategory(of: sample) : nil)
      }, trunk: trunk, progress: progress)
  }

  /// The breakdowns of every request's responses, in their order; nil for a request with a response that is too long.
  func breakdowns(
    of requests: [ScoringRequest], trunk: TrunkCache? = nil, progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> [[RewardBreakdown]?] {
    var places: [ScoringUnit.Key: Int] = [:]
    var units: [ScoringUnit] = []
    let owners = requests.map { request in
      let key = ScoringUnit.Key(category: request.category, conversation: request.conversation)
      let place = places[key] ?? units.count
      if place == units.count {
        places[key] = place
        units.append(ScoringUnit(key: key))
      }
      for response in request.responses { units[place].insert(response) }
      return place
    }
    try score(&units, trunk, progress)
    return zip(requests, owners).map { request, owner in
      let breakdowns = request.responses.compactMap { units[owner].breakdowns[$0] }
      return breakdowns.count == request.responses.count ? breakdowns : nil
    }
  }

  /// The category that a sample names, if its experts can judge; a model that is not trained at all has all categories.
  package func judgingCategory(of sample: RankedResponses) -> String? {
    guard let id = sample.category.flatMap({ configuration.taxonomy[$0]?.id }) else { return nil }
    return trainedCategories.isEmpty || trainedCategories.contains(id) ? id : nil
  }

  /// The rewards of the samples whose responses all fit.
  func rewards(
    of samples: [RankedResponses], category source: CategorySource, progress: (Int, Int) -> Void
  ) throws -> [(sample: RankedResponses, rewards: [Float])] {
    zip(samples, try breakdowns(of: samples, category: source, progress: progress)).compactMap { sample, breakdowns in
      breakdowns.map { (sample, $0.map(\.reward)) }
    }
  }

  /// Fills in what is said of every response that is not too long.
  private func score(_ units: inout [ScoringUnit], _ trunk: TrunkCache?, _ progress: (Int, Int) -> Void) throws {
    // Few enough that progress is felt, enough that experts are asked for full batches.
    let batch = 16
    let total = units.reduce(0) { $0 + $1.responses.count }
    var done = 0
    for category in [nil] + configuration.taxonomy.categories.map({ Optional($0.id) }) {
      let members = units.indices.filter { units[$0].key.category == category }
      for start in stride(from: 0, to: members.count, by: batch) {
        let all = members[start..<min(start + batch, members.count)]
        let groups = try all.map { (unit: $0, responses: try responsesThatFit(units[$0])) }
          .filter { !$0.responses.isEmpty }
        let scored = try breakdowns(
          groups.map { (units[$0.unit].key.conversation, $0.responses) }, category: category, trunk: trunk)
        for (group, breakdowns) in zip(groups, scored) {
          for (response, breakdown) in zip(group.responses, breakdowns) {
            units[group.unit].breakdowns[response] = breakdown
          }
        }
        done += all.reduce(0) { $0 + units[$1].responses.count }
        progress(done, total)
      }
    }
  }

  private func responsesThatFit(_ unit: ScoringUnit) throws -> [String] {
    func fits(_ responses: [String]) throws -> Bool {
      do {
        _ = try reader.encode(unit.key.conversation, responses: responses)
        return true
      } catch ModelError.overLength {
        return false
      }
    }
    return try fits(unit.responses) ? unit.responses : unit.responses.filter { try fits([$0]) }
  }
}

/// The responses to one conversation that one category's experts judge, each once.
private struct ScoringUnit {
  struct Key: Hashable {
    /// nil leaves the choice to the router.
    var category: String?
    var conversation: Conversation
  }

  let key: Key
  private(set) var responses: [String] = []
  var breakdowns: [String: RewardBreakdown] = [:]
  private var known: Set<String> = []

  init(key: Key) { self.key = key }

  mutating func insert(_ response: String) {
    if known.insert(response).inserted { responses.append(response) }
  }
}
