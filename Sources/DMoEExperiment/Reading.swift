import DMoEData
import DMoEModel

/// A way of making one reward of what members say. Rewards of one set are `[[Float]?]`: by sample, then by response.
struct Reading {
  /// The ways in which several rewards of one response become one; λ as in the source.
  static let combinations: [RewardCombination] = [.mean, .worstCase, .uncertaintyWeighted(lambda: 0.5)]

  let name: String
  let contender: ExperimentContender
  /// Members that one reward asks: what it costs to use.
  let membersAsked: Int
  /// One or more sets of rewards: one a member, or a single one of all members together.
  let draws: (_ set: String, _ samples: [RankedResponses]) throws -> [[[Float]?]]
}

extension Reading {
  /// The length of the responses.
  static func length(_ contender: ExperimentContender) -> Reading {
    Reading(name: contender.name, contender: contender, membersAsked: 0) { _, samples in
      [samples.map { $0.responses.map { Float($0.count) } }]
    }
  }

  /// All the ways of reading a contender's members.
  static func all(
    of contender: ExperimentContender, _ scores: @escaping (_ seed: UInt64, _ set: String) throws -> [ScoredSample?]
  ) throws -> [Reading] {
    guard contender.isTrained else { return [length(contender)] }
    func each(_ name: String, _ rewards: @escaping (ScoredSample) -> [Float]?) -> Reading {
      Reading(name: name, contender: contender, membersAsked: 1) { set, _ in
        try contender.seeds.map { seed in try scores(seed, set).map { $0.flatMap(rewards) } }
      }
    }
    var result = [each(contender.name) { $0.rewards }]
    if contender.seeds.count > 1 {
      result += combinations.map { combination in
        Reading(
          name: "\(contender.name), \(contender.seeds.count) seeds: \(combination)", contender: contender,
          membersAsked: contender.seeds.count
        ) { set, _ in
          let members = try contender.seeds.map { try scores($0, set) }
          return [
            members[0].indices.map { index in
              let all = members.compactMap { $0[index]?.rewards }
              guard all.count == members.count, let first = all.first else { return nil }
              return first.indices.map { response in combination(all.map { $0[response] }) }
            }
          ]
        }
      }
    }
    let validation = ExperimentData.validationName
    if try contender.seeds.contains(where: { try scores($0, validation).contains { $0?.posteriorMeans != nil } }) {
      result.append(each("\(contender.name), Laplace: mean") { $0.posteriorMeans })
      result.append(
        each("\(contender.name), Laplace: mean − deviation") { sample in
          guard let means = sample.posteriorMeans, let deviations = sample.posteriorDeviations else { return nil }
          return zip(means, deviations).map { $0 - $1 }
        })
    }
    if try contender.seeds.contains(where: { try scores($0, validation).contains { $0?.hasExperts ?? false } }) {
      result += combinations.map { combination in
        Reading(name: "\(contender.name), its experts: \(combination)", contender: contender, membersAsked: 1) {
          set, _ in
          try contender.seeds.map { seed in
            try scores(seed, set).map { sample in
              sample.map { $0.hasExperts ? $0.experts.map { combination($0) } : $0.rewards }
            }
          }
        }
      }
    }
    return result
  }
}

extension ScoredSample {
  var hasExperts: Bool { experts.first?.isEmpty == false }
}
