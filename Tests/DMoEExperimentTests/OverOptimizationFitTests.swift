import Foundation
import Testing

@testable import DMoEExperiment

/// Fits of gold over the distance, and gains in deviations.
@Suite struct OverOptimizationFitTests {
  private static let distances = [0, 0.4, 0.8, 1.2, 1.6, 2.0]

  /// Points on the curve itself are fitted exactly, and the turn is where its derivative is 0.
  @Test func aCurveOfTheFormIsFoundAgain() throws {
    let bestOfN = try #require(
      OverOptimizationFit.Coefficients(
        .bestOfN, distances: Self.distances, gains: Self.distances.map { $0 * (1.5 - 0.5 * $0) }))
    #expect(abs(bestOfN.alpha - 1.5) < 1e-9 && abs(bestOfN.beta - 0.5) < 1e-9)
    // d (1.5 − 0.5 d) is highest at d = 1.5.
    #expect(abs(bestOfN.turn - 1.5 * 1.5) < 1e-8)
    let policy = try #require(
      OverOptimizationFit.Coefficients(
        .policy, distances: Self.distances, gains: Self.distances.map { $0 > 0 ? $0 * (0.9 - 0.6 * log($0)) : 0 }))
    #expect(abs(policy.alpha - 0.9) < 1e-9 && abs(policy.beta - 0.6) < 1e-9)
    // 0.9 − 0.6 (log d + 1) = 0 at d = e^0.5.
    #expect(abs(policy.turn - exp(1)) < 1e-7)
  }

  @Test func whatGoesOnRisingNeverTurnsAndWhatFallsAtOnceTurnsAtOnce() throws {
    func turn(_ gain: (Double) -> Double) throws -> Double {
      try #require(
        OverOptimizationFit.Coefficients(.bestOfN, distances: Self.distances, gains: Self.distances.map(gain))
      ).turn
    }
    #expect(try turn { $0 * (1 + 0.1 * $0) } == .infinity)
    #expect(try turn { -$0 - 0.1 * $0 * $0 } == 0)
    // What falls first and rises without end has no highest point.
    #expect(try turn { -$0 + $0 * $0 } == .infinity)
    #expect(OverOptimizationFit.Coefficients(.bestOfN, distances: [0, 1], gains: [0, 1]) == nil)
  }

  /// Prompts that differ in β only: the interval of β is theirs, and one without a turn makes the upper end of the turn infinite.
  @Test func intervalsAreOverPrompts() throws {
    let betas = [-0.2, 0.1, 0.4, 0.5]
    let fit = try #require(
      OverOptimizationFit(.bestOfN, clusters: betas.count) { chosen in
        let beta = chosen.reduce(0) { $0 + betas[$1] } / Double(chosen.count)
        return (Self.distances, Self.distances.map { $0 * (1 - beta * $0) })
      })
    #expect(abs(fit.beta.value - 0.2) < 1e-9 && fit.beta.lower >= -0.2 && fit.beta.upper <= 0.5)
    #expect(fit.beta.lower < 0.05 && fit.beta.upper > 0.35)
    #expect(abs(fit.alpha.upper - 1) < 1e-9 && fit.error < 1e-9)
    #expect(abs((fit.turn ?? 0) - 6.25) < 1e-6 && fit.turnUpper == nil && (fit.turnLower ?? 0) > 0.9)
  }

  @Test func numbersOfTextsGrowByTheRootOfTwo() {
    #expect(BestOfNGains.efforts(upTo: 16) == [1, 2, 3, 4, 6, 8, 11, 16])
    #expect(BestOfNGains.efforts(upTo: 250).suffix(3) == [128, 181, 250])
    #expect(BestOfNGains.efforts(upTo: 1) == [1])
  }

  /// Two prompts of three texts. Among their own means, deviations are −1, 0, 1 and −2, 0, 2: 10 over 4 degrees of freedom.
  @Test func gainsAreInDeviationsOfOnePromptsTexts() {
    let gold = [[1.0, 2, 3], [10, 12, 14]]
    let deviation = 2.5.squareRoot()
    #expect(abs(BestOfNGains.deviation(gold) - deviation) < 1e-12)
    // A proxy that likes what gold likes least, on a scale a hundred times as large.
    let gains = BestOfNGains(gold: gold, draws: [gold.map { $0.map { -100 * $0 } }])
    #expect(gains.efforts == [1, 2, 3])
    // Of two of three texts, the least is chosen: the least in two of three draws, the middle one in the third.
    for (prompt, width) in [(0, 1.0), (1, 2.0)] {
      for (place, share) in [(0, 0.0), (1, 2.0 / 3), (2, 1.0)] {
        #expect(abs(gains.gold[prompt][place] + share * width / deviation) < 1e-12)
        #expect(abs(gains.proxy[prompt][place] - share * width / deviation) < 1e-12)
      }
    }
  }

  /// Gold 0, 0.5, 0.2 by steps: the peak is the second, and what is lost after it 0.3.
  @Test func aCurveKnowsItsPeakAndWhatIsLostAfterIt() {
    let curve = OverOptimizationResult.Curve(
      efforts: [0, 5, 10], form: .policy, divergences: [[0, 0], [1, 3], [4, 4]], proxy: [[0, 1, 2], [0, 1, 2]],
      gold: [[0, 0.4, 0.1], [0, 0.6, 0.3]])
    #expect(curve.peak == 1)
    #expect(abs((curve.lossAfterPeak?.value ?? 0) + 0.3) < 1e-12)
    #expect(curve.points[1].divergence == 2 && curve.points[2].distance == 2)
    #expect(abs(curve.points[1].gold.value - 0.5) < 1e-12 && curve.points[1].gold.lower == 0.4)
  }

  /// The mean of both prompts is highest at the second place, by chance alone: where one is high says nothing of the other.
  @Test func aPeakByChanceIsNoLoss() {
    func curve(_ gold: [[Double]]) -> OverOptimizationResult.Curve {
      OverOptimizationResult.Curve(
        efforts: [0, 5, 10, 15], form: .policy, divergences: Array(repeating: gold.map { _ in 1 }, count: 4),
        proxy: gold, gold: gold)
    }
    let own = curve([[0, 1, 0, 0.1], [0, 0, 0.5, 0.1]])
    #expect(own.peak == 1 && abs(own.points[1].gold.value - 0.5) < 1e-12)
    // The first at the second's peak, and the other way round: 0.1 each, where the curve itself falls by 0.4.
    #expect(abs((own.lossAfterPeak?.value ?? 0) - 0.1) < 1e-12)
    #expect(curve([[0, 1, 0, 0]]).lossAfterPeak == nil)
  }

  /// One run ended after step 7: its policy is what it was then, and the others' later steps still count.
  @Test func aRunThatEndsEarlyStaysWhatItWas() {
    func run(_ seed: UInt64, _ measured: [(step: Int, gold: Double)]) -> MeasuredPolicy {
      MeasuredPolicy(
        id: PolicyRunID(proxy: ExperimentResult.Reading(contender: "single", kind: .member), seed: seed),
        steps: measured.last?.step ?? 0, ending: "",
        measurements: measured.map {
          MeasuredPolicy.Measurement(step: $0.step, divergences: [Double($0.step)], rewards: [($0.gold, 0)])
        })
    }
    let gains = PolicyGains(
      [run(1, [(0, 0), (5, 1), (7, 2)]), run(2, [(0, 0), (5, 3), (10, 4), (15, 8)])], deviations: [1, 1],
      goldDeviation: 1)
    #expect(gains.steps == [0, 5, 10, 15])
    #expect(gains.gold == [[0, 2, 3, 5]])
    #expect(gains.curve?.points.map(\.divergence) == [0, 5, 8.5, 11])
  }
}
