@_spi(Command) import DMoEData
import Foundation
import Testing

@_spi(Command) @testable import DMoELabel

@Suite struct CohensKappaTests {
  /// Two raters, 50 cases: po = 35/50, pe = 0.5 · 0.6 + 0.5 · 0.4 = 0.5, so kappa is (0.7 − 0.5) / 0.5.
  @Test func aTableOfTwoIsAsByHand() throws {
    let kappa = CohensKappa(table: [[20, 5], [10, 15]], cases: 50)
    #expect(abs(try #require(kappa.value) - 0.4) < 1e-12)
  }

  /// Diagnoses of 100 people by two raters: Fleiss, Levin and Paik, "Statistical Methods for Rates and Proportions",
  /// chapter 18. po = 0.89 and pe = 0.8 · 0.8 + 0.1 · 0.05 + 0.1 · 0.15 = 0.66. The standard errors are the delta
  /// method's with numerical derivatives of kappa by each cell, which uses nothing of the formula.
  @Test(arguments: [
    ([[75.0, 1, 4], [5, 4, 1], [0, 0, 10]], 100, 0.23 / 0.34, 0.0877029535),
    ([[88.0, 14, 18], [10, 40, 10], [2, 6, 12]], 200, 0.29 / 0.59, 0.0510018156),
  ])
  func tablesOfThreeAreAsByHand(table: [[Double]], cases: Int, value: Double, error: Double) throws {
    let kappa = CohensKappa(table: table, cases: cases)
    #expect(abs(try #require(kappa.value) - value) < 1e-12)
    #expect(abs(try #require(kappa.standardError) - error) < 1e-7)
  }

  @Test func withoutCasesOrChoiceThereIsNoKappa() {
    #expect(CohensKappa(table: [[0, 0], [0, 0]], cases: 0).value == nil)
    #expect(CohensKappa(table: [[7, 0], [0, 0]], cases: 7).value == nil)
    #expect(OutcomeAgreement().kappa.value == nil)
  }

  @Test func fullAgreementHasNoInterval() {
    let kappa = CohensKappa(table: [[3, 0], [0, 3]], cases: 6)
    #expect(kappa.value == 1)
    #expect(kappa.standardError == 0)
    #expect(kappa.interval == nil)
  }

  @Test func whichResponseIsFirstMakesNoDifference() {
    var always = OutcomeAgreement()
    var mixed = OutcomeAgreement()
    for index in 0..<40 {
      let judge = index % 4 == 0 ? 1 : 0
      always.add(judge, 0)
      mixed.add(index % 2 == 0 ? judge : 1 - judge, index % 2 == 0 ? 0 : 1)
    }
    #expect(always == mixed)
    // A plain table would give 0 for the first, as people are a constant there.
    #expect(abs((always.kappa.value ?? 0) - 0.5) < 1e-12)
    #expect(CohensKappa(table: [[30, 0], [10, 0]], cases: 40).value == 0)
  }

  @Test func withoutTiesKappaIsTwiceTheRateLessOne() throws {
    var agreement = OutcomeAgreement()
    for index in 0..<30 { agreement.add(0, index < 24 ? 0 : 1) }
    let rate = try #require(agreement.rate.value)
    #expect(abs(try #require(agreement.kappa.value) - (2 * rate - 1)) < 1e-12)
    // Twice the standard error of a share: the orders are no second set of cases.
    #expect(abs(try #require(agreement.kappa.standardError) - 2 * (rate * (1 - rate) / 30).squareRoot()) < 1e-12)
  }

  /// Same 30, opposite 10, judge's choice against people's tie 6, the other way 4, both ties 10, of 60. By hand:
  /// po = 40/60; judges tie in 14/60 and people in 16/60, the rest halves: pe = 2 · (23/60)(22/60) + (14/60)(16/60).
  @Test func tiesCountAsAThirdOutcome() throws {
    var agreement = OutcomeAgreement()
    for _ in 0..<30 { agreement.add(1, 1) }
    for _ in 0..<10 { agreement.add(0, 1) }
    for _ in 0..<6 { agreement.add(0, nil) }
    for _ in 0..<4 { agreement.add(nil, 0) }
    for _ in 0..<10 { agreement.add(nil, nil) }
    let expected = (2.0 * 23 * 22 + 14 * 16) / 3600
    #expect(abs(try #require(agreement.kappa.value) - (40.0 / 60 - expected) / (1 - expected)) < 1e-12)
    #expect(agreement.rate == Proportion(successes: 30, total: 40))
  }

  @Test func theStandardErrorIsTheSpreadOverManySamples() throws {
    // Probabilities of the five cases; 400 comparisons, 3000 times. The spread's own error is 1/√6000 = 1.3 %, and the
    // large-sample formula is off by about 1/400: 6 % is four times that.
    let ends = [50, 70, 80, 88, 100]
    var random = Numbers(state: 11)
    var values: [Double] = []
    for _ in 0..<3000 {
      var agreement = OutcomeAgreement()
      for _ in 0..<400 {
        let dice = random.below(100)
        switch ends.firstIndex(where: { dice < $0 }) {
        case 0: agreement.add(random.below(2) == 0 ? 0 : 1, nil)
        case 1: agreement.add(0, 1)
        case 2: agreement.add(nil, 1)
        case 3: agreement.add(nil, nil)
        default: agreement.add(1, 1)
        }
      }
      values.append(try #require(agreement.kappa.value))
    }
    let mean = values.reduce(0, +) / 3000
    let spread = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 2999).squareRoot()
    let formula = CohensKappa(
      table: [[0.06, 0.10, 0.25], [0.10, 0.06, 0.25], [0.05, 0.05, 0.08]], cases: 400)
    #expect(abs(spread / (try #require(formula.standardError)) - 1) < 0.06)
    #expect(abs(mean - (try #require(formula.value))) < 0.005)
  }

  @Test func intervalsHoldTheTruthAsOftenAsTheySay() throws {
    // Judges agree with people in 70 % of 150 comparisons without ties: kappa 0.4. 2000 intervals cover it 95 ± 0.5 %;
    // 1.5 points more are the normal approximation's own.
    var random = Numbers(state: 3)
    var covered = 0
    for _ in 0..<2000 {
      var agreement = OutcomeAgreement()
      for _ in 0..<150 { agreement.add(0, random.below(10) < 7 ? 0 : 1) }
      if try #require(agreement.kappa.interval).contains(0.4) { covered += 1 }
    }
    #expect((1860...1940).contains(covered))
  }

  @Test func countsReadBack() throws {
    var agreement = OutcomeAgreement()
    agreement.add(0, 1)
    agreement.add(nil, 1)
    let data = try JSONEncoder().encode(agreement)
    #expect(try JSONDecoder().decode(OutcomeAgreement.self, from: data) == agreement)
  }
}
