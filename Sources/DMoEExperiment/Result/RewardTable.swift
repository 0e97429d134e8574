import DMoEModel

/// Every member's rewards on every set, read back from the experiment's folder: all results are made of them.
struct RewardTable: Sendable {
  private struct Key: Hashable {
    let member: MemberID
    let set: SetID
  }

  private var scores: [Key: [ScoredSample?]] = [:]

  /// - Throws: `ExperimentError.unusableScores` for rewards that are missing or do not fit the samples.
  init(_ members: [MemberID], _ sets: [SampleSet], in store: ExperimentStore) throws {
    for member in members {
      for set in sets {
        let path = store.scoresFile(of: member, on: set.id).path
        guard let found = try store.scores(of: member, on: set.id) else {
          throw ExperimentError.unusableScores(path: path, reason: "the rewards of \(member) are not there")
        }
        guard Self.fits(found, set) else {
          throw ExperimentError.unusableScores(
            path: path, reason: "these are rewards of other samples; delete it to score anew")
        }
        scores[Key(member: member, set: set.id)] = found
      }
    }
  }

  private static func fits(_ scores: [ScoredSample?], _ set: SampleSet) -> Bool {
    scores.count == set.samples.count
      && zip(scores, set.samples).allSatisfy { scored, sample in
        scored.map { $0.isComplete(responses: sample.responses.count) } ?? true
      }
  }

  /// What a member says of a set's samples, in their order; nil of one that is longer than it reads.
  func scores(of member: MemberID, on set: SetID) -> [ScoredSample?] {
    guard let scores = scores[Key(member: member, set: set)] else {
      preconditionFailure("RewardTable: there is no member \(member) or no set \(set)")
    }
    return scores
  }
}

extension ScoredSample {
  /// Whether every list has a value for each response.
  fileprivate func isComplete(responses: Int) -> Bool {
    rewards.count == responses && experts.count == responses
      && [labeledRewards?.count, labeledExperts?.count, posteriorMeans?.count, posteriorDeviations?.count]
        .allSatisfy { $0 == nil || $0 == responses }
  }
}
