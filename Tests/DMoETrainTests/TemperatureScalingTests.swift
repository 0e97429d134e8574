import DMoECore
@_spi(Command) import DMoEData
@_spi(Command) import DMoEEvaluate
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel
@_spi(Command) @testable import DMoETrain

@Suite struct TemperatureScalingTests {
  /// Pairs that are right as often as σ(difference / temperature) says.
  private func differences(temperature: Double, count: Int = 20_000) -> [Double] {
    var source = RandomSource(seed: 5, stream: 2)
    return (0..<count).map { _ in
      let size = Double.random(in: 0...4, using: &source)
      let isRight = Double.random(in: 0..<1, using: &source) < Logistic.sigmoid(size / temperature)
      return isRight ? size : -size
    }
  }

  @Test(arguments: [0.5, 1, 3]) func theTemperatureThatMadeTheLabelsIsFound(temperature: Double) throws {
    let own = differences(temperature: temperature)
    let scaling = TemperatureScaling(differences: own)
    #expect(abs(scaling.temperature / temperature - 1) < 0.06, "\(scaling.temperature)")
    let (before, after) = (try #require(scaling.lossBefore), try #require(scaling.lossAfter))
    #expect(after <= before)
    let error = try #require(Calibration(differences: own.map { $0 / scaling.temperature }).expectedError)
    #expect(error < 0.02)
  }

  @Test func rewardsThatAreNoBetterThanChanceLoseTheirConfidence() {
    #expect(TemperatureScaling(differences: (0..<100).map { $0 % 2 == 0 ? 2 : -2 }).temperature > 100)
    #expect(TemperatureScaling(differences: []).temperature == 1)
  }

  @Test func aTemperatureAtAnEndOfItsSearchIsRefused() {
    // All pairs right: the smaller the temperature the better. All wrong, or as good as chance: the greater the better.
    let right = TemperatureScaling(differences: (0..<40).map { 0.5 + Double($0) / 10 })
    #expect(
      right.refusal?.contains("order these pairs rightly") == true && !right.isReliable && right.kept == 1
        && right.temperature < 0.0101)
    let wrong = TemperatureScaling(differences: (0..<40).map { -0.5 - Double($0) / 10 })
    #expect(wrong.refusal?.contains("no better than chance") == true && !wrong.isReliable && wrong.kept == 1)
    let chance = TemperatureScaling(differences: (0..<100).map { $0 % 2 == 0 ? 2 : -2 })
    #expect(chance.refusal?.contains("no better than chance") == true)
  }

  @Test func aTemperatureFromFewerThanTenPairsIsRefused() {
    let few = TemperatureScaling(differences: (0..<9).map { $0 % 3 == 0 ? -1 : 2 })
    #expect(few.refusal?.contains("too few pairs") == true && few.kept == 1)
    let enough = TemperatureScaling(differences: (0..<10).map { $0 % 3 == 0 ? -1 : 2 })
    #expect(enough.refusal == nil && enough.isReliable && enough.kept == enough.temperature)
  }

  @Test func aModelKeepsNoTemperatureThatIsRefused() throws {
    var model = try TinyRun.model()
    model.temperature = 3
    for differences in [[1.0, 2], [Double](repeating: 1, count: 40), [Double](repeating: -1, count: 40)] {
      model.take(TemperatureScaling(differences: differences))
      #expect(model.temperature == 3)
    }
    model.take(TemperatureScaling(differences: (0..<40).map { $0 % 3 == 0 ? -1 : 2 }))
    #expect(model.temperature != 3)
  }

  @Test func theBundleKeepsTheTemperature() throws {
    try withTemporaryFolder { folder in
      var model = try TinyRun.train(in: folder.appendingPathComponent("run")).model
      let scaling = try model.calibrate(on: TinyRun.samples(perCategory: 12))
      #expect(scaling.pairs == 24 && model.temperature == Float(scaling.temperature) && model.temperature != 1)
      let url = folder.appendingPathComponent("tiny.dmoerm")
      try model.write(to: url)
      let read = try RewardModel(contentsOf: url, backbone: TinyRun.backbone, options: TinyRun.options)
      #expect(read.temperature == model.temperature)
      let conversation = try TinyRun.conversation("chat", 3)
      let rewards = try read.scores(["yes 1", "no 2"], to: conversation)
      let probability = try read.preferenceProbability(of: "yes 1", over: "no 2", to: conversation)
      let expected = 1 / (1 + exp(-(rewards[0] - rewards[1]) / model.temperature))
      #expect(abs(probability - expected) < 1e-6)
    }
  }

  @Test func aBundleWithAnImpossibleTemperatureIsRefused() throws {
    try withTemporaryFolder { folder in
      let model = try TinyRun.train(in: folder.appendingPathComponent("run")).model
      let url = folder.appendingPathComponent("tiny.dmoerm")
      try model.write(to: url)
      let manifest = url.appendingPathComponent("dmoerm.json")
      let text = String(decoding: try Data(contentsOf: manifest), as: UTF8.self)
      try Data(text.replacingOccurrences(of: "\"temperature\" : 1", with: "\"temperature\" : 0").utf8).write(
        to: manifest)
      #expect(throws: ModelError.self) {
        try RewardModel(contentsOf: url, backbone: TinyRun.backbone, options: TinyRun.options)
      }
    }
  }

  @Test func validationSamplesAreThoseThatNoPhaseTrainsOn() throws {
    let configuration = TinyRun.configuration()
    let samples = try TinyRun.samples()
    let held = try configuration.validationSamples(samples)
    let split = try PhaseSplit(
      baseFraction: configuration.data.baseFraction, validationFraction: configuration.data.validationFraction,
      seed: configuration.seed)
    #expect(!held.isEmpty && held.count < samples.count / 2)
    #expect(held.allSatisfy { $0.capability == nil && split.part(of: $0.conversation).isValidation })
  }
}
