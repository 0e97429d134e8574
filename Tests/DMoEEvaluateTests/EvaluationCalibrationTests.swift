import DMoEData
import Foundation
import Testing

@testable import DMoEEvaluate

struct EvaluationCalibrationTests {
  /// The difference whose σ is `confidence`.
  private func difference(_ confidence: Double) -> Double { log(confidence / (1 - confidence)) }

  @Test func expectedErrorIsTheHandComputedOne() throws {
    // Bin 0.60-0.65: confidence 0.62 twice, one right: |0.5 - 0.62| = 0.12, weight 2/5.
    // Bin 0.90-0.95: confidences 0.91, 0.93, 0.92, all right: |1 - 0.92| = 0.08, weight 3/5.
    // Together 0.048 + 0.048.
    let calibration = Calibration(
      differences: [difference(0.62), -difference(0.62), difference(0.91), difference(0.93), difference(0.92)])
    #expect(try abs(#require(calibration.expectedError) - 0.096) < 1e-12)
    let doubts = [0.38, 0.62, 0.09, 0.07, 0.08]
    let brier = doubts.reduce(0) { $0 + $1 * $1 } / 5
    #expect(try abs(#require(calibration.brierScore) - brier) < 1e-12)
    #expect(calibration.bins.map(\.accuracy.total) == [0, 0, 2, 0, 0, 0, 0, 0, 3, 0])
    #expect(calibration.bins[2].accuracy.value == 0.5)
    #expect(try abs(#require(calibration.bins[8].meanConfidence) - 0.92) < 1e-12)
    #expect(abs(calibration.bins[8].lower - 0.9) < 1e-12 && abs(calibration.bins[8].upper - 0.95) < 1e-12)
  }

  @Test func equalRewardsAreACoinAndCalibrated() {
    let calibration = Calibration(differences: [0, 0])
    #expect(calibration.expectedError == 0)
    #expect(calibration.brierScore == 0.25)
    #expect(calibration.bins[0].accuracy == Proportion(successes: 1, total: 2))
  }

  @Test func certaintyFallsIntoTheLastBin() {
    let calibration = Calibration(differences: [1000, -1000])
    #expect(calibration.bins[9].accuracy == Proportion(successes: 1, total: 2))
    #expect(calibration.expectedError == 0.5)
    #expect(calibration.brierScore == 0.5)
  }

  @Test func withoutPairsNothingIsClaimed() {
    let calibration = Calibration(differences: [])
    #expect(calibration.expectedError == nil && calibration.brierScore == nil)
    #expect(calibration.bins.count == 10)
  }

  @Test func correlationsAreTheHandComputedOnes() throws {
    // Deviations of x: -1.5 -0.5 0.5 1.5; of y: -4 -2 -3 9; sums 5, 110, 19.
    let correlation = LengthCorrelation(rewards: [1, 2, 3, 4], lengths: [6, 8, 7, 19])
    #expect(try abs(#require(correlation.pearson) - 19 / (5.0 * 110).squareRoot()) < 1e-12)
    // Ranks 1 2 3 4 and 1 3 2 4: 1 - 6 * 2 / (4 * 15).
    #expect(try abs(#require(correlation.spearman) - 0.8) < 1e-12)
  }

  @Test func tiesShareTheirMeanRank() {
    #expect(Correlation.fractionalRanks([5, 1, 5, 9, 5]) == [3, 1, 3, 5, 3])
  }

  @Test func aSideThatDoesNotVaryHasNoCorrelation() {
    let correlation = LengthCorrelation(rewards: [1, 2, 3], lengths: [4, 4, 4])
    #expect(correlation.pearson == nil && correlation.spearman == nil)
  }
}
