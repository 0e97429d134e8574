import DMoECore
import DMoEData
import DMoEEvaluate
import DMoEModel
import Foundation
import Testing
import _TestSupport

@testable import DMoETrain

/// Losses against values and gradients in double precision (Fixtures/models/README.md, Losses). Rewards are `Float`, so
/// that 1e-6 of the largest number is what can be asked of gradients.
@Suite struct RankingLossTests {
  struct File: Decodable { var cases: [Case] }
  struct Case: Decodable {
    struct Inputs: Decodable {
      var chosen: [Double]?
      var rejected: [Double]?
      var margins: [Double]?
      var smoothing: Double?
      var weights: [Double]?
      var centering: Double?
      var q: [Double]?
      var rewards: [Double]?
      var logits: [[Double]]?
      var targets: [Int]?
    }
    struct Gradients: Decodable {
      var chosen: [Double]?
      var rejected: [Double]?
      var rewards: [Double]?
      var logits: [[Double]]?
    }
    var name: String
    var inputs: Inputs
    var value: Double
    var gradients: Gradients
  }
  struct RankCase: Decodable {
    struct Inputs: Decodable { var ranks: Ranks? }
    enum Ranks: Decodable {
      case one([Int])
      case several([[Int]])
      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let one = try? container.decode([Int].self) {
          self = .one(one)
        } else {
          self = .several(try container.decode([[Int]].self))
        }
      }
      var lists: [[Int]] {
        switch self {
        case .one(let ranks): [ranks]
        case .several(let lists): lists
        }
      }
    }
    var name: String
    var inputs: Inputs
  }

  private static let path = "losses/losses.json"

  private static func fixture(_ name: String) throws -> Case {
    try #require(try TinyRun.models.decode(File.self, path).cases.first { $0.name == name })
  }

  private static func ranks(_ name: String) throws -> [[Int]] {
    struct File: Decodable { var cases: [RankCase] }
    let found = try TinyRun.models.decode(File.self, path).cases.first { $0.name == name }
    return try #require(found?.inputs.ranks?.lists)
  }

  private static func example(
    ranks: [Int], _ loss: RankingLoss, margin: Float? = nil, weight: Float = 1, probability: Float? = nil,
    _ model: RewardModel
  ) throws -> RankedExample? {
    try RankedExample(
      RankedResponses(
        id: "a", conversation: "Q", responses: ranks.indices.map { "r\($0)" }, ranks: ranks, margin: margin,
        weight: weight, probability: probability), model.reader, loss)
  }

  @Test(arguments: [
    ("bradley-terry", RankingLoss()), ("bradley-terry-extreme", RankingLoss()),
    ("bradley-terry-margin", RankingLoss(marginScale: 1)),
    ("bradley-terry-smoothing", RankingLoss(labelSmoothing: 0.1)),
    ("bradley-terry-margin-smoothing", RankingLoss(marginScale: 1, labelSmoothing: 0.1)),
    ("bradley-terry-weights", RankingLoss()), ("bradley-terry-centering", RankingLoss(centering: 0.01)),
    ("soft-labels", RankingLoss()),
  ])
  func pairsGiveTheReferencesLossAndGradients(name: String, loss: RankingLoss) throws {
    let reference = try Self.fixture(name)
    let chosen = try #require(reference.inputs.chosen)
    let rejected = try #require(reference.inputs.rejected)
    let model = try TinyRun.model()
    var examples: [RankedExample] = []
    var rewards: [Float] = []
    var expected: [Double] = []
    for index in chosen.indices {
      let q = reference.inputs.q.map { Float($0[index]) }
      // A probability must be on the side of the better rank: under one half, the second response is the chosen one.
      let example = try Self.example(
        ranks: q.map { $0 < 0.5 } ?? false ? [2, 1] : [1, 2], loss,
        margin: reference.inputs.margins.map { Float($0[index]) },
        weight: reference.inputs.weights.map { Float($0[index]) } ?? 1, probability: q, model)
      guard let example else {
        #expect(reference.inputs.weights?[index] == 0)
        continue
      }
      examples.append(example)
      rewards += [Float(chosen[index]), Float(rejected[index])]
      expected += [
        try #require(reference.gradients.chosen?[index]), try #require(reference.gradients.rejected?[index]),
      ]
    }
    let weight = examples.reduce(0) { $0 + $1.weight }
    let (result, gradient) = loss.evaluate(rewards, examples, totalWeight: weight)
    #expect(abs(result.meanLoss - reference.value) < 1e-6 * max(1, reference.value))
    expectClose(gradient.map(Double.init), expected, 1e-6, name)
  }

  @Test(arguments: ["listwise", "listwise-ties", "listwise-two", "listwise-batch", "listwise-batch-weights"])
  func rankingsGiveTheReferencesLossAndGradients(name: String) throws {
    let reference = try Self.fixture(name)
    let model = try TinyRun.model()
    let loss = RankingLoss()
    let examples = try Self.ranks(name).enumerated().map { index, ranks in
      try #require(
        try Self.example(
          ranks: ranks, loss, weight: reference.inputs.weights.map { Float($0[index]) } ?? 1, model))
    }
    let rewards = try #require(reference.inputs.rewards).map { Float($0) }
    let (result, gradient) = loss.evaluate(
      rewards, examples, totalWeight: examples.reduce(0) { $0 + $1.weight })
    #expect(abs(result.meanLoss - reference.value) < 1e-6)
    expectClose(gradient.map(Double.init), try #require(reference.gradients.rewards), 1e-6, name)
  }

  @Test(arguments: [-1000.0, -90, 0, 90, 1000])
  func differencesOfAnySizeGiveAFiniteLossAndItsSlope(difference: Double) {
    let pair = RankingLoss().pair(chosen: difference, rejected: 0, probability: 1, margin: 0)
    let exact = difference < -50 ? -difference : log1p(exp(-difference))
    #expect(abs(pair.loss - exact) <= 1e-12 * max(1, exact))
    #expect(abs(pair.chosenGradient + 1 / (1 + exp(difference))) < 1e-15)
    #expect(pair.rejectedGradient == -pair.chosenGradient)
    #expect(difference >= 0 || pair.chosenGradient <= -0.5)
  }

  @Test func tiesAreSkippedOrPulledTogether() throws {
    let model = try TinyRun.model()
    #expect(try Self.example(ranks: [1, 1], RankingLoss(), model) == nil)
    let half = RankingLoss(ties: .half)
    let tie = try #require(try Self.example(ranks: [1, 1], half, model))
    let (result, gradient) = half.evaluate([2, -1], [tie], totalWeight: 1)
    #expect(abs(result.loss - (0.5 * log1p(exp(-3.0)) + 0.5 * log1p(exp(3.0)))) < 1e-12)
    #expect(gradient[0] > 0.4 && gradient[0] == -gradient[1])
    #expect(half.evaluate([1, 1], [tie], totalWeight: 1).gradient == [0, 0])
    #expect(result.pairs == 0, "a tie has no right order")
    // One tie among three responses: two pairs without it, three with it.
    #expect(try Self.example(ranks: [1, 2, 2], RankingLoss(), model)?.pairs.count == 2)
    #expect(try Self.example(ranks: [1, 2, 2], half, model)?.pairs.count == 3)
  }

  @Test func aProbabilityOverrulesRanksUnlessItIsIgnored() throws {
    let model = try TinyRun.model()
    let soft = RankingLoss()
    #expect(
      try Self.example(ranks: [2, 1], soft, probability: 0.25, model)?.pairs
        == [.init(chosen: 1, rejected: 0, probability: 0.75)])
    #expect(try Self.example(ranks: [1, 1], soft, probability: 0.75, model)?.pairs.map(\.probability) == [0.75])
    let hard = RankingLoss(labelSmoothing: 0.1, usesProbabilities: false)
    #expect(try Self.example(ranks: [2, 1], hard, probability: 0.25, model)?.pairs.map(\.probability) == [0.9])
  }

  @Test func impossibleLossesAreRefused() {
    for loss in [
      RankingLoss(marginScale: -1), RankingLoss(labelSmoothing: 0.5), RankingLoss(labelSmoothing: -0.1),
      RankingLoss(centering: .nan), RankingLoss(centering: -1),
    ] {
      #expect(throws: TrainError.self) { try loss.validate() }
    }
    #expect(throws: Never.self) { try RankingLoss(marginScale: 1, labelSmoothing: 0.4, centering: 0.01).validate() }
  }

  /// One row of the fixture is extreme; weights there are per row, ours per category, so that rows go one by one.
  @Test(arguments: ["cross-entropy", "cross-entropy-weights"])
  func crossEntropyTakesLogits(name: String) throws {
    let reference = try Self.fixture(name)
    let logits = try #require(reference.inputs.logits)
    let targets = try #require(reference.inputs.targets)
    let weights = reference.inputs.weights ?? logits.map { _ in 1 }
    let total = weights.reduce(0, +)
    var loss = 0.0
    for (row, target) in targets.enumerated() {
      let (result, gradient) = CrossEntropy.evaluate(
        Matrix(row: logits[row].map { Float($0) }), [RoutedText(ids: [0], category: target)],
        categoryWeights: logits[row].map { _ in weights[row] }, totalWeight: total, fastCompute)
      loss += result.loss
      expectClose(
        gradient.elements.map(Double.init), try #require(reference.gradients.logits?[row]), 1e-6, relativeTo: 1,
        "\(name), row \(row)")
    }
    #expect(abs(loss / total - reference.value) < 1e-6 * reference.value)
  }
}
