import DMoEData
import DMoEEvaluate
import DMoETrain

/// What results are made of: the plan, the data, every member's rewards and what its training cost.
struct ExperimentMeasurement {
  let contenders: [ExperimentContender]
  let data: ExperimentData
  let sets: [SampleSet]
  let table: RewardTable
  let costs: [MemberID: TrainingCost]

  /// A reading with the contender that it reads, and its rewards on any set.
  private struct Candidate {
    let reading: ExperimentResult.Reading
    let contender: ExperimentContender
    let draws: (SampleSet) -> [SetRewards]

    /// Members that one reward asks: what it costs to use.
    var membersAsked: Int {
      switch reading.kind {
      case .length: 0
      case .ensemble: contender.seeds.count
      case .member, .posteriorMean, .posteriorLowerBound, .experts: 1
      }
    }
  }

  /// All figures.
  func result(routers: [ContenderID: RouterEvaluation]) throws -> ExperimentResult {
    let candidates = contenders.flatMap { contender in
      table.readings(of: contender).map { reading in
        Candidate(reading: reading, contender: contender) { table.draws(reading.kind, of: contender, on: $0) }
      }
    }
    let reference =
      candidates.first { $0.contender.structure == .single && $0.reading.kind == .member } ?? candidates[0]
    let curves = try bestOfN(candidates)
    return ExperimentResult(
      contenders: try contenders.map { try summary($0, reference: reference.contender) },
      rows: rows(candidates, reference: reference, curves: curves), reference: reference.reading, routers: routers,
      specializations: specializations, sets: sets.map(\.id))
  }

  private func summary(
    _ contender: ExperimentContender, reference: ExperimentContender
  ) throws -> ExperimentResult.Contender {
    ExperimentResult.Contender(
      id: contender.id, structure: contender.structure, seeds: contender.isTrained ? contender.seeds : [],
      noise: contender.noise, settings: try settings(of: contender, otherThan: reference))
  }

  private func settings(
    of contender: ExperimentContender, otherThan reference: ExperimentContender
  ) throws -> [String: String] {
    if let bundle = contender.bundle { return ["bundle": bundle.lastPathComponent] }
    return contender.isTrained ? try contender.settings(otherThan: reference) : [:]
  }

  // MARK: Rows

  private func rows(
    _ candidates: [Candidate], reference: Candidate, curves: [ExperimentResult.Reading: BestOfNEvaluation]
  ) -> [ExperimentResult.Row] {
    let measured = sets.filter { $0.id != .bestOfN }.map { (set: $0, pairs: MeasuredSet($0)) }
    let referenceCredits = measured.map { SetMeasurement($0.pairs, reference.draws($0.set)).credits }
    return candidates.map { candidate in
      let isReference = candidate.reading == reference.reading
      let temperatures = temperatures(of: candidate)
      let results = zip(measured, referenceCredits).compactMap { set, credits in
        SetMeasurement(set.pairs, candidate.draws(set.set)).result(
          temperatures: temperatures, routing: routing(of: candidate, on: set.pairs),
          reference: isReference ? nil : credits)
      }
      let curve = curves[candidate.reading]
      let difference = curve.flatMap { own in
        curves[reference.reading].map { BestOfNMeasurement.areaDifference(own, from: $0) }
      }
      return row(candidate, sets: results, bestOfN: curve, areaDifference: isReference ? nil : difference)
    }
  }

  private func row(
    _ candidate: Candidate, sets: [ExperimentResult.SetResult], bestOfN: BestOfNEvaluation?,
    areaDifference: ExperimentResult.Interval?
  ) -> ExperimentResult.Row {
    let contender = candidate.contender
    let own = contender.members.compactMap { costs[$0] }
    let share = Double(candidate.membersAsked) / Double(max(1, own.count))
    return ExperimentResult.Row(
      name: candidate.reading.name(members: contender.seeds.count), reading: candidate.reading,
      structure: contender.structure, noise: contender.noise?.share ?? 0, membersAsked: candidate.membersAsked,
      tokens: Int(share * Double(own.reduce(0) { $0 + $1.tokens })),
      seconds: share * own.reduce(0) { $0 + $1.seconds }, sets: sets, bestOfN: bestOfN, areaDifference: areaDifference)
  }

  /// One a draw, from the validation set.
  private func temperatures(of candidate: Candidate) -> [Double] {
    guard let validation = sets.first(where: { $0.id == .validation }) else { return [] }
    let pairs = SamplePairs(validation.samples)
    return candidate.draws(validation).map { TemperatureScaling(differences: $0.differences(of: pairs)).kept }
  }

  /// Of members as they are.
  private func routing(of candidate: Candidate, on set: MeasuredSet) -> RoutingCost? {
    guard candidate.reading.kind == .member else { return nil }
    return RoutingCost(set, candidate.contender.members.map { table.scores(of: $0, on: set.id) })
  }

  // MARK: Best of n, experts

  private func bestOfN(_ candidates: [Candidate]) throws -> [ExperimentResult.Reading: BestOfNEvaluation] {
    guard let set = sets.first(where: { $0.id == .bestOfN }) else { return [:] }
    let draws = candidates.map { $0.draws(set) }
    guard let measurement = BestOfNMeasurement(data.bestOfN, draws: Array(draws.joined())) else { return [:] }
    return Dictionary(
      uniqueKeysWithValues: try zip(candidates, draws).map { ($0.reading, try measurement.evaluation($1)) })
  }

  /// Of the first member of every mixture that has the data's points, on the first test set.
  private var specializations: [ExperimentResult.Specialization] {
    guard let set = sets.first(where: { if case .test = $0.id { true } else { false } }) else { return [] }
    return contenders.filter { $0.structure == .mixture && $0.bundle == nil }.flatMap { contender in
      contender.members.prefix(1).flatMap { member in
        SpecializationTally(set.samples, table.scores(of: member, on: set.id), taxonomy: data.taxonomy)
          .result(of: contender.id)
      }
    }
  }
}
