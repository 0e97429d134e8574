import DMoEData
import DMoEEvaluate

/// How each capability expert of one member orders the pairs of its own point.
struct SpecializationTally {
  /// The sums of one point.
  private struct Sums {
    var own: [Double] = []
    var others: [Double] = []
    var final: [Double] = []
  }

  private struct Point: Hashable {
    let category: String
    let point: String
  }

  private var sums: [Point: Sums] = [:]

  /// - Parameters:
  ///   - samples: Those that rank by a capability point count.
  ///   - scores: What the member says of them.
  ///   - taxonomy: That of the data, in whose order a category's experts are.
  init(_ samples: [RankedResponses], _ scores: [ScoredSample?], taxonomy: Taxonomy) {
    for pair in SamplePairs(samples, capability: true).pairs {
      guard let scored = scores[pair.sample], let experts = scored.labeledExperts else { continue }
      let sample = samples[pair.sample]
      guard let category = sample.category.flatMap({ taxonomy[$0] }),
        let own = category.points.firstIndex(where: { $0.id == sample.capability }),
        experts[pair.chosen].count == category.points.count, experts[pair.rejected].count == category.points.count
      else { continue }
      let credits = zip(experts[pair.chosen], experts[pair.rejected])
        .map { ScoredPair.credit(Double($0) - Double($1)) }
      let rewards = scored.labeledRewards ?? scored.rewards
      let key = Point(category: category.id, point: category.points[own].id)
      sums[key, default: Sums()].own.append(credits[own])
      sums[key]?.others += credits.indices.filter { $0 != own }.map { credits[$0] }
      sums[key]?.final.append(ScoredPair.credit(Double(rewards[pair.chosen]) - Double(rewards[pair.rejected])))
    }
  }

  /// A row for each point, in the order of their names.
  func result(of contender: ContenderID) -> [ExperimentResult.Specialization] {
    sums.map { key, sums in
      ExperimentResult.Specialization(
        contender: contender, category: key.category, point: key.point, pairs: sums.own.count, own: sums.own.mean ?? 0,
        others: sums.others.mean, final: sums.final.mean ?? 0)
    }.sorted { ($0.category, $0.point) < ($1.category, $1.point) }
  }
}
