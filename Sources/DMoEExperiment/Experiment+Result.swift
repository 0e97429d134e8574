import DMoEData
import DMoEEvaluate
import DMoETrain
import Foundation

extension Experiment {
  /// Reads all rewards.
  func result(
    _ data: ExperimentData, _ costs: [(contender: String, seed: UInt64, cost: TrainingCost)], _ store: ExperimentStore,
    _ routers: [String: RouterEvaluation]
  ) throws -> ExperimentResult {
    var known: [String: [ScoredSample?]] = [:]
    func scores(_ contender: String, _ seed: UInt64, _ set: String) throws -> [ScoredSample?] {
      let key = "\(contender)/\(seed)/\(set)"
      if let scores = known[key] { return scores }
      let url = store.member(contender, seed)
      guard let scores = try store.scores(contender, seed, set) else {
        throw ExperimentError.unusableScores(path: url.path, reason: "the rewards on \(set) are not there")
      }
      known[key] = scores
      return scores
    }
    // All of them are read before they are used, so that the closures below need not keep what changes.
    let sets = try data.sets()
    for cost in costs { for set in sets { _ = try scores(cost.contender, cost.seed, set.name) } }
    let all = known
    let readings = try contenders.flatMap { contender in
      try Reading.all(of: contender) { seed, set in all["\(contender.name)/\(seed)/\(set)"] ?? [] }
    }
    let reference = readings.first { $0.contender.structure == .single && $0.membersAsked == 1 } ?? readings[0]
    let measured = sets.filter { $0.name != ExperimentData.bestOfNName }
    let pairs = measured.map { ScoredPairs($0.samples) }
    let validation = pairs[0]
    let referenceCredits = try zip(measured, pairs).map { set, pairs in
      Self.credits(pairs, try reference.draws(set.name, set.samples))
    }
    let best = sets.first { $0.name == ExperimentData.bestOfNName }
    // Prompts that every reading has rewards for, so that all are measured on the same.
    let kept = try best.map { set in
      try readings.reduce(Array(set.samples.indices)) { kept, reading in
        let draws = try reading.draws(set.name, set.samples)
        return kept.filter { index in draws.allSatisfy { $0[index] != nil } }
      }
    }
    func bestOfN(_ reading: Reading) throws -> BestOfNEvaluation? {
      guard let best, let kept, !kept.isEmpty else { return nil }
      return try BestOfNEvaluation(
        gold: kept.map { data.bestOfN[$0].gold },
        draws: try reading.draws(best.name, best.samples).map { draw in
          kept.map { (draw[$0] ?? []).map(Double.init) }
        })
    }
    let referenceBest = try bestOfN(reference)
    let rows = try readings.map { reading in
      let isReference = reading.name == reference.name
      let temperatures = try reading.draws(ExperimentData.validationName, measured[0].samples).map {
        TemperatureScaling(differences: validation.differences($0).compactMap { $0 }).kept
      }
      let results = try zip(measured, pairs).enumerated().compactMap { index, pair in
        try Self.setResult(
          pair.0, pair.1, reading, temperatures,
          members: reading.membersAsked == 1 && reading.name == reading.contender.name
            ? reading.contender.seeds.map { all["\(reading.contender.name)/\($0)/\(pair.0.name)"] ?? [] } : [],
          reference: isReference ? nil : referenceCredits[index])
      }
      let best = try bestOfN(reading)
      let own = costs.filter { $0.contender == reading.contender.name }
      let count = Double(max(1, own.count))
      let share = Double(reading.membersAsked) / count
      return ExperimentResult.Row(
        name: reading.name, contender: reading.contender.name, structure: reading.contender.structure,
        noise: reading.contender.noise?.share ?? 0, membersAsked: reading.membersAsked,
        tokens: Int(share * Double(own.reduce(0) { $0 + $1.cost.tokens })),
        seconds: share * own.reduce(0) { $0 + $1.cost.seconds }, sets: results, bestOfN: best,
        areaDifference: isReference ? nil : Self.areaDifference(best, referenceBest))
    }
    let specializations = try contenders.flatMap { contender -> [ExperimentResult.Specialization] in
      guard contender.structure == .mixture, let seed = contender.seeds.first else { return [] }
      return try measured.filter { $0.name != ExperimentData.validationName }.prefix(1).flatMap { set in
        Self.specializations(
          contender.name, set.samples, try scores(contender.name, seed, set.name), data.taxonomy)
      }
    }
    let summaries = try contenders.map { contender in
      ExperimentResult.Contender(
        name: contender.name, structure: contender.structure, seeds: contender.isTrained ? contender.seeds : [],
        noise: contender.noise,
        settings: contender.isTrained ? try contender.settings(otherThan: reference.contender) : [:])
    }
    return ExperimentResult(
      contenders: summaries, rows: rows, reference: reference.name, routers: routers, specializations: specializations,
      sets: sets.map(\.name))
  }

  /// What each pair is worth, the mean over draws; nil for pairs that are too long.
  private static func credits(_ pairs: ScoredPairs, _ draws: [[[Float]?]]) -> [Double?] {
    let all = draws.map { pairs.differences($0) }
    return pairs.pairs.indices.map { index in
      let values = all.compactMap { $0[index].map(ScoredPair.credit) }
      return values.count == all.count && !values.isEmpty ? values.reduce(0, +) / Double(values.count) : nil
    }
  }

  private static func setResult(
    _ set: ExperimentData.TestSet, _ pairs: ScoredPairs, _ reading: Reading, _ temperatures: [Double],
    members: [[ScoredSample?]], reference: [Double?]?
  ) throws -> ExperimentResult.SetResult? {
    let draws = try reading.draws(set.name, set.samples)
    let differences = draws.map { pairs.differences($0) }
    let credits = credits(pairs, draws)
    let kept = credits.indices.filter { credits[$0] != nil }
    guard !kept.isEmpty else { return nil }
    let count = Double(draws.count)
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }
    func slice(_ name: String, _ places: [Int]) -> ExperimentResult.Slice {
      .init(
        name: name, pairs: places.count,
        accuracy: interval(places.map { credits[$0] ?? 0 }, groups: places.map { pairs.pairs[$0].group }))
    }
    func slices(_ key: (RankedResponses) -> String?) -> [ExperimentResult.Slice] {
      let places = kept.compactMap { place in key(set.samples[pairs.pairs[place].sample]).map { ($0, place) } }
      return Dictionary(grouping: places, by: \.0).sorted { $0.key < $1.key }
        .map { slice($0.key, $0.value.map(\.1)) }
    }
    let calibrations = zip(differences, temperatures).map { differences, temperature in
      let own = differences.compactMap { $0 }
      return (before: Calibration(differences: own), after: Calibration(differences: own.map { $0 / temperature }))
    }
    let shorter = kept.filter { pairs.pairs[$0].lengthDifference < 0 }
    var lengths: [Double] = []
    for draw in draws {
      var (rewards, characters) = ([Double](), [Int]())
      for (sample, own) in zip(set.samples, draw) where sample.capability == nil {
        guard let own else { continue }
        rewards += own.map(Double.init)
        characters += sample.responses.map(\.count)
      }
      if let value = LengthCorrelation(rewards: rewards, lengths: characters).pearson { lengths.append(value) }
    }
    let labelled = labelledAccuracy(pairs, members)
    let comparison = reference.map { reference in
      let both = kept.filter { reference[$0] != nil }
      return PairedComparison(
        first: both.map { credits[$0] ?? 0 }, second: both.map { reference[$0] ?? 0 },
        groups: both.map { pairs.pairs[$0].group })
    }
    return ExperimentResult.SetResult(
      name: set.name, pairs: kept.count, accuracy: slice(set.name, kept).accuracy,
      accuracyByMember: differences.map { mean($0.compactMap { $0.map(ScoredPair.credit) }) },
      shorterChosen: shorter.isEmpty ? nil : mean(shorter.map { credits[$0] ?? 0 }),
      lengthCorrelation: lengths.isEmpty ? nil : mean(lengths), temperature: temperatures.reduce(0, +) / count,
      calibrationError: mean(calibrations.compactMap(\.before.expectedError)),
      calibrationErrorScaled: mean(calibrations.compactMap(\.after.expectedError)),
      brier: mean(calibrations.compactMap(\.before.brierScore)),
      brierScaled: mean(calibrations.compactMap(\.after.brierScore)), calibration: calibrations[0].after,
      categories: slices { $0.category ?? "unlabelled" }, sources: slices(\.source), routedAccuracy: labelled?.routed,
      labelledAccuracy: labelled?.labelled, labelledPairs: labelled?.pairs ?? 0, comparison: comparison)
  }

  /// By the router and by the named category, where both are known.
  private static func labelledAccuracy(
    _ pairs: ScoredPairs, _ members: [[ScoredSample?]]
  ) -> (routed: Double, labelled: Double, pairs: Int)? {
    var (routed, labelled, count) = (0.0, 0.0, 0)
    for member in members {
      for pair in pairs.pairs {
        guard let sample = member[pair.sample], let own = sample.labelledRewards else { continue }
        routed += ScoredPair.credit(Double(sample.rewards[pair.chosen]) - Double(sample.rewards[pair.rejected]))
        labelled += ScoredPair.credit(Double(own[pair.chosen]) - Double(own[pair.rejected]))
        count += 1
      }
    }
    guard count > 0 else { return nil }
    return (routed / Double(count), labelled / Double(count), count / members.count)
  }

  private static func interval(_ credits: [Double], groups: [Int]) -> ExperimentResult.Interval {
    // Against nothing: the difference is the mean itself.
    let own = PairedComparison(first: credits, second: credits.map { _ in 0 }, groups: groups)
    let range = own.interval ?? 0...1
    return .init(value: own.difference, lower: range.lowerBound, upper: range.upperBound)
  }

  private static func areaDifference(
    _ own: BestOfNEvaluation?, _ reference: BestOfNEvaluation?
  ) -> ExperimentResult.Interval? {
    guard let own, let reference, own.areaByPrompt.count == reference.areaByPrompt.count else { return nil }
    let result = PairedComparison(
      first: own.areaByPrompt, second: reference.areaByPrompt, groups: Array(own.areaByPrompt.indices))
    let range = result.interval ?? 0...0
    return .init(value: result.difference, lower: range.lowerBound, upper: range.upperBound)
  }

  /// Each expert on the pairs of its own point.
  private static func specializations(
    _ contender: String, _ samples: [RankedResponses], _ scores: [ScoredSample?], _ taxonomy: Taxonomy
  ) -> [ExperimentResult.Specialization] {
    struct Sums {
      var pairs = 0
      var own = 0.0
      var others = 0.0
      var final = 0.0
      var otherCount = 0
    }
    var sums: [String: Sums] = [:]
    for pair in ScoredPairs(samples, capability: true).pairs {
      let sample = samples[pair.sample]
      guard let id = sample.category, let category = taxonomy[id],
        let expert = category.points.firstIndex(where: { $0.id == sample.capability }),
        let scored = scores[pair.sample], let experts = scored.labelledExperts,
        experts[0].count == category.points.count
      else { continue }
      let credits = category.points.indices.map {
        ScoredPair.credit(Double(experts[pair.chosen][$0]) - Double(experts[pair.rejected][$0]))
      }
      let rewards = scored.labelledRewards ?? scored.rewards
      var sum = sums["\(id)/\(category.points[expert].id)"] ?? Sums()
      sum.pairs += 1
      sum.own += credits[expert]
      for (index, credit) in credits.enumerated() where index != expert {
        sum.others += credit
        sum.otherCount += 1
      }
      sum.final += ScoredPair.credit(Double(rewards[pair.chosen]) - Double(rewards[pair.rejected]))
      sums["\(id)/\(category.points[expert].id)"] = sum
    }
    return sums.sorted { $0.key < $1.key }.map { point, sum in
      .init(
        contender: contender, point: point, pairs: sum.pairs, own: sum.own / Double(sum.pairs),
        others: sum.otherCount > 0 ? sum.others / Double(sum.otherCount) : nil, final: sum.final / Double(sum.pairs))
    }
  }
}
