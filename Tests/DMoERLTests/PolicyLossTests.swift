import Foundation
import Testing
import _TestSupport

@testable import DMoERL

/// Objectives against torch in double precision. What comes in is `Float` on both sides and gradients go out as `Float`: 1e-6
/// of the largest is what can be asked of them.
@Suite struct PolicyLossTests {
  private static let names = [
    "grpo without a penalty", "grpo", "k1", "k2", "exact divergence", "dr-grpo", "dapo", "gspo", "dual clip",
    "entropy bonus", "nothing masked", "an abstention",
  ]

  @Test(arguments: names)
  func everyOptionGivesTheReferencesLossAndGradients(name: String) throws {
    let file = try ObjectiveFile.read().objectives
    let expected = try #require(file.cases.first { $0.name == name })
    let loss = try PolicyLoss(of: file.completions(expected.options), under: expected.options.objective)
    expectClose([loss.value], [expected.value], 1e-12, relativeTo: 1, name)
    func flat(_ key: String) throws -> [Double] { try #require(expected.gradients[key]).flatMap { $0 } }
    let pairs = [
      ("new", loss.gradients.flatMap(\.logProbabilities)), ("exact", loss.gradients.flatMap(\.divergences)),
      ("entropy", loss.gradients.flatMap(\.entropies)),
    ]
    for (key, found) in pairs { expectClose(found.map(Double.init), try flat(key), 1e-6, "\(name), \(key)") }
  }

  @Test func theFixtureHasNoCaseThatIsNotTested() throws {
    #expect(try Set(ObjectiveFile.read().objectives.cases.map(\.name)) == Set(Self.names))
  }

  @Test func beforeTheFirstUpdateTheLossIsTheMeanAdvantageAndNothingIsClipped() throws {
    let p: [Float] = [-0.1, -2.5, -7]
    let completions = [1.0, -3.0].map { ScoredCompletion(logProbabilities: p, oldLogProbabilities: p, advantage: $0) }
    let loss = try PolicyLoss(of: completions, under: PolicyObjective { $0.kl = nil })
    #expect(loss.value == 1)
    #expect(loss.gradients[0].logProbabilities == [Float](repeating: -1 / 6, count: 3))
    #expect(loss.clippedLow + loss.clippedHigh + loss.clippedDual == 0)
  }

  @Test(arguments: names)
  func theLossesOfPartsAddUpToThatOfTheBatch(name: String) throws {
    let file = try ObjectiveFile.read().objectives
    let options = try #require(file.cases.first { $0.name == name }).options
    let completions = try file.completions(options)
    let whole = try PolicyLoss(of: completions, under: options.objective)
    let parts = try [completions.prefix(2), completions.dropFirst(2)].map {
      try PolicyLoss(of: Array($0), under: options.objective, partOf: whole.counted)
    }
    #expect(abs(parts[0].value + parts[1].value - whole.value) < 1e-12)
    #expect(parts.flatMap(\.gradients) == whole.gradients)
  }

  @Test func whatClippingDidIsCounted() throws {
    let ratios: [(log: Float, advantage: Double)] = [(1, 1), (-1, -1), (1, -1), (-1, 1), (3, -1)]
    let completions = ratios.map {
      ScoredCompletion(logProbabilities: [$0.log], oldLogProbabilities: [0], advantage: $0.advantage)
    }
    let loss = try PolicyLoss(
      of: completions,
      under: PolicyObjective {
        $0.kl = nil
        $0.dualClip = 3
      })
    #expect((loss.clippedHigh, loss.clippedLow, loss.clippedDual) == (1, 1, 1))
    #expect(loss.counted.tokens == 5)
  }

  @Test func aBatchOfWhichNothingCountsIsAnErrorAndNoLoss() {
    var cut = ScoredCompletion(logProbabilities: [-1], oldLogProbabilities: [-1], advantage: 1)
    cut.isTruncated = true
    let abstained = ScoredCompletion(logProbabilities: [-1], oldLogProbabilities: [-1], advantage: nil)
    let empty = ScoredCompletion(logProbabilities: [], oldLogProbabilities: [], advantage: 1)
    #expect(throws: RLError.nothingToLearn(completions: 3)) {
      try PolicyLoss(of: [cut, abstained, empty], under: PolicyObjective { $0.kl = nil })
    }
  }

  @Test func arraysOfAnotherLengthAreAnError() {
    var completion = ScoredCompletion(logProbabilities: [-1, -2], oldLogProbabilities: [-1], advantage: 1)
    #expect(throws: RLError.shape(completion: 0, name: "oldLogProbabilities", count: 1, expected: 2)) {
      try PolicyLoss(of: [completion], under: PolicyObjective { $0.kl = nil })
    }
    completion.oldLogProbabilities = [-1, -2]
    #expect(throws: RLError.shape(completion: 0, name: "referenceLogProbabilities", count: 0, expected: 2)) {
      try PolicyLoss(of: [completion], under: PolicyObjective())
    }
  }
}
