import DMoECore
import DMoEData
import DMoEFoundation
import DMoEModel
import Testing
import _TestSupport

@testable import DMoETrain

/// Categories that prompts themselves suggest.
@Suite struct PromptClustersTests {
  /// Rows about three directions, 5, 9 and 7 of them, one after the other in turn until each is spent.
  private static func blobs() -> (rows: Matrix, truth: [Int]) {
    let centers = randomMatrix(3, 16, seed: 7)
    var left = [5, 9, 7]
    var truth: [Int] = []
    while truth.count < 21 {
      for blob in left.indices where left[blob] > 0 {
        truth.append(blob)
        left[blob] -= 1
      }
    }
    let noise = randomMatrix(21, 16, seed: 8, scale: 0.1)
    let rows = truth.enumerated().map { row, blob in zip(centers.row(blob), noise.row(row)).map { $0 + $1 } }
    return (Matrix(21, 16, rows.flatMap { $0 }).withRowsOfLengthOne, truth)
  }

  /// scikit-learn 1.5's `adjusted_rand_score` of the same labels.
  @Test func agreementIsTheAdjustedRandIndex() {
    #expect(abs(Agreement.adjustedRand([0, 0, 1, 1], [0, 0, 1, 2]) - 0.571_428_571_428_571_4) < 1e-12)
    #expect(Agreement.adjustedRand([0, 0, 1, 1], ["b", "b", "a", "a"]) == 1)
    #expect(Agreement.adjustedRand([0, 0, 0, 0], [0, 1, 2, 3]) == 0)
    #expect(abs(Agreement.adjustedRand([0, 0, 1, 1], [0, 1, 0, 1]) + 0.5) < 1e-12)
    #expect(Agreement.adjustedRand([0], [0]) == 1)
  }

  @Test func clustersThatLieApartAreFound() {
    let (rows, truth) = Self.blobs()
    let clusters = PromptClusters(rows, count: 3, seed: 1, fastCompute)
    #expect(clusters.agreement(with: truth) == 1)
    #expect(clusters.agreement(with: truth.enumerated().map { $0 % 2 == 0 ? $1 : nil }) == 1)
    #expect(clusters.sizes == [9, 7, 5], "the largest first")
    // Places by the truth: 9 of blob 1 first, then 7 of blob 2, then 5 of blob 0.
    #expect(clusters.assignments == truth.map { [2, 0, 1][$0] })
    #expect(clusters.silhouette > 0.5 && clusters.stability > 0.5)
    for cluster in 0..<3 {
      let typical = clusters.typicalPrompts(of: cluster, limit: 4)
      #expect(typical.count == 4 && typical.allSatisfy { clusters.assignments[$0] == cluster })
    }
    #expect(PromptClusters(rows, count: 3, seed: 1, fastCompute) == clusters)
    // What divides them further cuts through what hangs together.
    #expect(PromptClusters(rows, count: 6, seed: 1, fastCompute).silhouette < clusters.silhouette)
  }

  /// Two directions alone, of which three clusters are asked: none is empty.
  @Test func noClusterIsEmpty() {
    let two = randomMatrix(2, 8, seed: 5).withRowsOfLengthOne
    let rows = Matrix(stacking: [0, 1, 0, 0, 1].map { Matrix(row: Array(two.row($0))) })
    for seed in 0..<8 {
      let clusters = PromptClusters(rows, count: 3, seed: UInt64(seed), fastCompute)
      #expect(clusters.sizes.allSatisfy { $0 > 0 } && clusters.sizes.reduce(0, +) == 5)
    }
  }

  @Test func equalPromptsCountOnceAndFallTogether() throws {
    let model = try TinyRun.model { $0.taxonomy = .single }
    let texts = ["tell 1", "f(1)=?", "tell 1", "tell 2", "f(2)=?", "f(1)=?", "tell 1"]
    let prompts = try texts.map { try Conversation(prompt: $0) }
    var told: [Int] = []
    let clusters = try model.promptClusters(of: prompts, count: 2, seed: 3) { done, total in
      told.append(done)
      #expect(total == 4)
    }
    #expect(clusters.count == 2 && clusters.sizes.reduce(0, +) == 4)
    for (text, cluster) in zip(texts, clusters.assignments) {
      #expect(cluster == clusters.assignments[texts.firstIndex(of: text) ?? 0])
    }
    let typical = (0..<2).flatMap { clusters.typicalPrompts(of: $0, limit: 10) }
    #expect(typical.sorted() == [0, 1, 3, 4], "each distinct prompt once, by its first place")
    for count in [-1, 0, 1, 5] {
      #expect(throws: TrainError.impossibleClusters(count: count, prompts: 4)) {
        try model.promptClusters(of: prompts, count: count)
      }
    }
    #expect(throws: TrainError.impossibleClusters(count: 2, prompts: 0)) {
      try model.promptClusters(of: [], count: 2)
    }
    #expect(PromptClusters.identifier(of: 0) == "cluster-1")
  }
}
