import DMoEData
import DMoEModel

extension RewardTable {
  typealias Reading = ExperimentResult.Reading

  /// The ways in which several rewards of one response become one; λ as in Coste et al., 2310.02743.
  private static let rules: [RewardCombination] = [.mean, .worstCase, .uncertaintyWeighted(lambda: 0.5)]

  /// All the ways of reading a contender's members, in the order of tables.
  func readings(of contender: ExperimentContender) -> [Reading] {
    func reading(_ kind: Reading.Kind) -> Reading { Reading(contender: contender.id, kind: kind) }
    guard contender.isTrained else { return [reading(.length)] }
    let samples = contender.members.flatMap { scores(of: $0, on: .validation) }
    var result = [reading(.member)]
    if contender.seeds.count > 1 { result += Self.rules.map { reading(.ensemble(rule: $0)) } }
    if samples.contains(where: { $0?.posteriorMeans != nil }) {
      result += [reading(.posteriorMean), reading(.posteriorLowerBound)]
    }
    if samples.contains(where: { $0?.hasExperts ?? false }) { result += Self.rules.map { reading(.experts(rule: $0)) } }
    return result
  }

  /// The rewards of a set by a reading: those of each model that is asked alone (a draw), which for an ensemble is one.
  func draws(_ kind: Reading.Kind, of contender: ExperimentContender, on set: SampleSet) -> [SetRewards] {
    let members = contender.members
    func each(_ rewards: (ScoredSample) -> [Float]?) -> [SetRewards] {
      members.map { SetRewards(scores(of: $0, on: set.id).map { $0.flatMap(rewards) }) }
    }
    switch kind {
    case .length: return [SetRewards(set.samples.map { $0.responses.map { Float($0.count) } })]
    case .member: return each { $0.rewards }
    case .ensemble(let rule): return [Self.ensemble(members.map { scores(of: $0, on: set.id) }, rule)]
    case .posteriorMean: return each { $0.posteriorMeans }
    case .posteriorLowerBound: return each { $0.posteriorLowerBounds }
    case .experts(let rule): return each { $0.hasExperts ? $0.experts.map { rule($0) } : $0.rewards }
    }
  }

  /// One reward of all members'; none for a sample that one of them could not read.
  private static func ensemble(_ members: [[ScoredSample?]], _ rule: RewardCombination) -> SetRewards {
    SetRewards(
      (members.first ?? []).indices.map { index -> [Float]? in
        let all = members.compactMap { $0[index]?.rewards }
        guard all.count == members.count, let first = all.first else { return nil }
        return first.indices.map { response in rule(all.map { $0[response] }) }
      })
  }
}

extension ExperimentContender {
  /// Its members, in the order of its seeds; none where nothing is trained.
  var members: [MemberID] { isTrained ? seeds.map { MemberID(contender: id, seed: $0) } : [] }
}

extension ScoredSample {
  var hasExperts: Bool { experts.first?.isEmpty == false }

  /// Mean less one standard deviation.
  fileprivate var posteriorLowerBounds: [Float]? {
    guard let posteriorMeans, let posteriorDeviations else { return nil }
    return zip(posteriorMeans, posteriorDeviations).map { $0 - $1 }
  }
}
