package import DMoECore
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
  /// - Parameters:
  ///   - trunk: Trunk outputs that other models over the same backbone may share.
  ///   - ranks: Those that share out the texts.
  package func breakdowns(
    of samples: [RankedResponses], category source: CategorySource, trunk: TrunkCache? = nil,
    over ranks: any Communicator = SingleRank(), progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> [[RewardBreakdown]?] {
    try breakdowns(
      of: samples.map { sample in
        ScoringRequest(
          conversation: sample.conversation, responses: sample.responses,
          category: source == .labeled ? judgingCategory(of: sample) : nil)
      }, trunk: trunk, over: ranks, progress: progress)
  }

  /// The breakdowns of every request's responses, in their order; nil for a request with a response that is too long.
  func breakdowns(
    of requests: [ScoringRequest], trunk: TrunkCache? = nil, over ranks: any Communicator = SingleRank(),
    progress: (_ done: Int, _ total: Int) -> Void
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
    try score(&units, trunk, ranks, progress)
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
  private func score(
    _ units: inout [ScoringUnit], _ trunk: TrunkCache?, _ ranks: any Communicator, _ progress: (Int, Int) -> Void
  ) throws {
    // Few enough that progress is felt, enough that experts are asked for full batches.
    let size = 16
    var batches: [(category: String?, members: ArraySlice<Int>)] = []
    for category in [nil] + configuration.taxonomy.categories.map({ Optional($0.id) }) {
      let members = units.indices.filter { units[$0].key.category == category }
      for start in stride(from: 0, to: members.count, by: size) {
        batches.append((category, members[start..<min(start + size, members.count)]))
      }
    }
    let counts = batches.map { $0.members.reduce(0) { $0 + units[$1].responses.count } }
    let total = stride(from: ranks.rank, to: batches.count, by: ranks.size).reduce(0) { $0 + counts[$1] }
    var done = 0
    let scored = try ranks.sharing(batches.count, as: [[RewardBreakdown?]].self) { number in
      defer {
        done += counts[number]
        progress(done, total)
      }
      return try score(batches[number].members.map { units[$0] }, category: batches[number].category, trunk)
    }
    for (batch, breakdowns) in zip(batches, scored) {
      for (unit, own) in zip(batch.members, breakdowns) {
        for (response, breakdown) in zip(units[unit].responses, own) { units[unit].breakdowns[response] = breakdown }
      }
    }
  }

  /// What is said of each response of some units, which are read together; nil of one that is too long.
  private func score(_ units: [ScoringUnit], category: String?, _ trunk: TrunkCache?) throws -> [[RewardBreakdown?]] {
    let fitting = try units.map { try responsesThatFit($0) }
    let groups = zip(units, fitting).filter { !$1.isEmpty }.map { (conversation: $0.key.conversation, responses: $1) }
    var scored = try breakdowns(groups, category: category, trunk: trunk)[...]
    return zip(units, fitting).map { unit, responses in
      guard !responses.isEmpty, let own = scored.popFirst() else { return unit.responses.map { _ in nil } }
      let known = Dictionary(zip(responses, own)) { first, _ in first }
      return unit.responses.map { known[$0] }
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
