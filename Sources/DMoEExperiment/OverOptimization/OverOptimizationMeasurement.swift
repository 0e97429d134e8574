import DMoEData
import DMoEEvaluate

/// What the result of a measurement is made of: every proxy's rewards of the texts that are chosen among, and the policies.
struct OverOptimizationMeasurement {
  let plan: OverOptimization
  let counts: OverOptimizationResult.Counts
  /// As the gold model has it.
  let data: ExperimentData
  let rewards: RewardTable
  let comparison: ExperimentResult
  let costs: ScoringCosts.Table
  var runs: [MeasuredPolicy] = []

  /// A proxy with its rewards.
  private struct Candidate {
    let reading: ExperimentResult.Reading
    let contender: ExperimentContender
    /// Of each model that is asked alone, one list a prompt that all can judge.
    let draws: [[[Double]]]
  }

  /// All figures.
  ///
  /// - Throws: `ExperimentError.invalidPlan` if there is no prompt that all proxies can judge.
  func result() throws -> OverOptimizationResult {
    let (candidates, gold) = try candidates()
    let goldDeviation = BestOfNGains.deviation(gold)
    let choices = candidates.map { BestOfNGains(gold: gold, draws: $0.draws) }
    let policies = candidates.map { policyGains(of: $0, goldDeviation) }
    let reference =
      candidates.firstIndex { $0.contender.structure == .single && $0.reading.kind == .member } ?? 0
    let rows = candidates.indices.map { place in
      var row = row(candidates[place], choices[place], policies[place], goldDeviation)
      guard place != reference else { return row }
      row.bestOfN.difference = Self.difference(
        choices[place].gold.map(\.last), choices[reference].gold.map(\.last))
      if let own = policies[place], let other = policies[reference] {
        row.policy?.difference = Self.difference(own.gold.map { $0?.last }, other.gold.map { $0?.last })
      }
      return row
    }
    var counts = counts
    counts.heldOutPromptsLeftOut += counts.heldOutPrompts - gold.count
    (counts.heldOutPrompts, counts.heldOutTexts) = (gold.count, gold.reduce(0) { $0 + $1.count })
    let best = BestOfNGains(gold: gold, draws: [gold]).gold.compactMap(\.last)
    return OverOptimizationResult(
      rows: rows, reference: candidates[reference].reading, counts: counts, ceiling: best.mean ?? 0,
      goldDeviation: goldDeviation, comparison: comparison)
  }

  /// The proxies, and gold, on the prompts that all of them can judge.
  private func candidates() throws -> (candidates: [Candidate], gold: [[Double]]) {
    guard let set = try data.sets().first(where: { $0.id == .bestOfN }) else { return ([], []) }
    let all = plan.contenders.flatMap { contender in
      rewards.readings(of: contender).map { reading in
        (reading, contender, rewards.draws(reading.kind, of: contender, on: set))
      }
    }
    let kept = data.bestOfN.indices.filter { index in
      all.allSatisfy { $0.2.allSatisfy { $0[index] != nil } }
    }
    guard !kept.isEmpty else {
      throw ExperimentError.invalidPlan(reason: "there is no held-out prompt whose texts every proxy can judge")
    }
    let candidates = all.map { reading, contender, draws in
      Candidate(
        reading: reading, contender: contender,
        draws: draws.map { draw in kept.map { (draw[$0] ?? []).map(Double.init) } })
    }
    return (candidates, kept.map { data.bestOfN[$0].gold })
  }

  private func row(
    _ candidate: Candidate, _ choice: BestOfNGains, _ policy: PolicyGains?, _ goldDeviation: Double
  ) -> OverOptimizationResult.Row {
    let own = runs.filter { $0.id.proxy == candidate.reading }
    return OverOptimizationResult.Row(
      name: candidate.reading.name(members: candidate.contender.seeds.count), reading: candidate.reading,
      structure: candidate.contender.structure, noise: candidate.contender.noise?.share ?? 0,
      bestOfN: OverOptimizationResult.Curve(choice), policy: policy?.curve,
      policyPrompts: policy?.gold.count ?? 0,
      runs: own.map { $0.summary(deviation: deviation(of: $0, candidate), goldDeviation: goldDeviation) },
      policyPromptsLeftOut: policy?.leftOut ?? 0,
      agreement: comparison[candidate.reading]?.result(on: .validation)?.accuracy,
      millisecondsPerText: costs.milliseconds(of: candidate.reading))
  }

  private func policyGains(of candidate: Candidate, _ goldDeviation: Double) -> PolicyGains? {
    let own = runs.filter { $0.id.proxy == candidate.reading }
    guard !own.isEmpty else { return nil }
    return PolicyGains(own, deviations: own.map { deviation(of: $0, candidate) }, goldDeviation: goldDeviation)
  }

  /// The deviation of the rewards of the model that trained a policy.
  private func deviation(of run: MeasuredPolicy, _ candidate: Candidate) -> Double {
    let place = plan.member(of: run.id).flatMap { candidate.contender.members.firstIndex(of: $0) } ?? 0
    return BestOfNGains.deviation(candidate.draws[place])
  }

  /// The mean difference over prompts that have both; `nil` without any.
  private static func difference(_ own: [Double?], _ other: [Double?]) -> ExperimentResult.Interval? {
    let differences = zip(own, other).compactMap { own, other in own.flatMap { own in other.map { own - $0 } } }
    return differences.isEmpty ? nil : .mean(of: differences, groups: Array(differences.indices))
  }
}
