import DMoEData
import Foundation
import Testing
import _TestSupport

@testable import DMoEEvaluate
@testable import DMoETrain

/// Calibration is measured on the probabilities that the model gives, which its temperature is part of.
@Suite struct EvaluationTemperatureTests {
  private func samples() throws -> [RankedResponses] {
    try (0..<4).map { try EvaluationSample.make("\($0)", ["first", "second"], ranks: [1, 2], category: "chat") }
  }
  private let rewards: [[Float]] = [[2, 0], [0, 2], [4, 0], [6, 0]]

  @Test func calibrationIsThatOfTheDividedDifferences() throws {
    let plain = try RankingEvaluation(samples: samples(), rewards: rewards)
    let scaled = try RankingEvaluation(samples: samples(), rewards: rewards, temperature: 2)
    #expect(plain.temperature == 1 && scaled.temperature == 2)
    #expect(plain.calibration == Calibration(differences: [2, -2, 4, 6]))
    #expect(scaled.calibration == Calibration(differences: [1, -1, 2, 3]))
    // By hand: the mean of (1 − σ(d))² and of log(1 + e⁻ᵈ) over d = 1, −1, 2, 3.
    let brier = try #require(scaled.calibration.brierScore)
    #expect(abs(brier - (0.0723295 + 0.5344466 + 0.0142094 + 0.0022492) / 4) < 1e-6)
    let loss = try #require(scaled.overall.meanLoss)
    #expect(abs(loss - (0.3132617 + 1.3132617 + 0.1269280 + 0.0485874) / 4) < 1e-6)
    // Order and margins are the rewards'.
    #expect(scaled.overall.accuracy == plain.overall.accuracy && scaled.overall.meanMargin == 2.5)
  }

  @Test func aModelIsMeasuredWithItsOwnTemperature() throws {
    var model = try TinyRun.model()
    model.scoresUntrained = true
    let samples = try TinyRun.samples(perCategory: 6).filter { $0.capability == nil }
    let rewards = try model.breakdowns(of: samples, category: .labeled).map { ($0 ?? []).map(\.reward) }
    model.temperature = 0.25
    let found = try model.evaluate(samples: samples)
    #expect(found.temperature == 0.25)
    #expect(
      try found.calibration == RankingEvaluation(samples: samples, rewards: rewards, temperature: 0.25).calibration)
    #expect(try found.calibration != RankingEvaluation(samples: samples, rewards: rewards).calibration)
  }

  @Test(arguments: [Float(0), -1, .nan, .infinity]) func anImpossibleTemperatureIsRefused(temperature: Float) throws {
    #expect(throws: EvaluationError.self) {
      try RankingEvaluation(samples: samples(), rewards: rewards, temperature: temperature)
    }
  }
}
