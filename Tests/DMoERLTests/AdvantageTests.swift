import Testing
import _TestSupport

@testable import DMoERL

@Suite struct AdvantageTests {
  @Test(arguments: [
    ("group", AdvantageEstimator.group(.group)), ("batch", .group(.batch)), ("none", .group(.none)),
    ("leaveOneOut", .leaveOneOut), ("batchMean", .batchMean),
  ])
  func everyEstimatorGivesTheReferencesAdvantages(name: String, estimator: AdvantageEstimator) throws {
    let file = try ObjectiveFile.read().advantages
    let expected = try #require(file.cases[name])
    let found = try GroupAdvantages(rewards: file.rewards, by: estimator)
    #expect(found.values.map { $0.map { $0 == nil } } == expected.map { $0.map { $0 == nil } })
    expectClose(found.values.flatMap { $0.compactMap { $0 } }, expected.flatMap { $0.compactMap { $0 } }, 1e-12)
    #expect(found.groupsWithoutVariance == 1)
    #expect(found.groupsTooSmall == 1)
  }

  /// [1, nil, 3] is compared as [1, 3] is, in every estimator.
  @Test(arguments: [AdvantageEstimator.group(.group), .group(.batch), .group(.none), .leaveOneOut, .batchMean])
  func anAbstentionChangesNothingForTheOthersAndHasNoAdvantage(estimator: AdvantageEstimator) throws {
    let with = try GroupAdvantages(rewards: [[1, nil, 3], [nil, nil]], by: estimator)
    let without = try GroupAdvantages(rewards: [[1, 3]], by: estimator)
    #expect(with.values[0][0] == without.values[0][0])
    #expect(with.values[0][2] == without.values[0][1])
    #expect(with.values[0][1] == nil && with.values[1] == [nil, nil])
    #expect(with.abstentions == 3)
  }

  @Test(arguments: [Float.nan, .infinity])
  func aRewardThatIsNoNumberIsNamedAndNeverCompared(reward: Float) {
    #expect(throws: RLError.rewardNotFinite(prompt: 1, completion: 0)) {
      try GroupAdvantages(rewards: [[1, 2], [reward, 0]], by: .leaveOneOut)
    }
  }

  @Test func generalizedAdvantagesAreTheSumsOfTheFormula() throws {
    let file = try ObjectiveFile.read().generalized
    for expected in file.cases {
      var estimator = GeneralizedAdvantage()
      (estimator.discount, estimator.lambda) = (expected.discount, expected.lambda)
      let found = estimator.advantages(rewards: file.rewards, values: file.values)
      expectClose(found.advantages, expected.advantages, 1e-12, "discount \(expected.discount)")
      expectClose(found.returns, zip(expected.advantages, file.values).map(+), 1e-12)
    }
  }

  @Test func whitenedAdvantagesHaveMeanZeroAndDeviationOne() {
    let found = GeneralizedAdvantage.whitened([[1, 2], [4, 9, -3]]).flatMap { $0 }
    #expect(abs(found.reduce(0, +)) < 1e-12)
    #expect(abs(found.reduce(0) { $0 + $1 * $1 } / 4 - 1) < 1e-9)
  }

  @Test func valuesAreHeldToTheReturnsAsTheReferenceHoldsThem() throws {
    let file = try ObjectiveFile.read().values
    for (clip, expected) in [(0.2, file.clipped), (nil, file.free)] as [(Double?, ObjectiveFile.Values.Outcome)] {
      var loss = ValueLoss()
      loss.clip = clip
      let found = loss.evaluate(values: file.values, old: file.old, returns: file.returns)
      expectClose([found.value], [expected.value], 1e-12)
      expectClose(found.gradients.map(Double.init), expected.gradients, 1e-6)
      // Parts add up to the batch.
      let parts = [0..<5, 5..<file.values.count].map {
        loss.evaluate(
          values: Array(file.values[$0]), old: Array(file.old[$0]), returns: Array(file.returns[$0]),
          partOf: file.values.count)
      }
      expectClose([parts[0].value + parts[1].value], [expected.value], 1e-12)
      #expect(parts.flatMap(\.gradients) == found.gradients)
    }
  }
}
