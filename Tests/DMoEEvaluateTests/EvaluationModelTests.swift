import DMoECore
import DMoEData
import DMoEEvaluate
import DMoEModel
import Foundation
import Testing
import _TestSupport

struct EvaluationModelTests {
  /// An untrained model over the tiny backbone that the model's own tests carry.
  private func model(maximumTokens: Int = 128) throws -> RewardModel {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let taxonomy = try Taxonomy([
      TaskCategory(id: "chat", points: [CapabilityPoint(id: "empathy"), CapabilityPoint(id: "style")]),
      TaskCategory(id: "code"),
    ])
    let small = LoRAConfiguration(rank: 2, dropout: 0)
    var model = try RewardModel(
      configuration: RewardModel.Configuration {
        $0.taxonomy = taxonomy
        ($0.base, $0.expert) = (small, small)
        $0.maximumTokens = maximumTokens
        $0.lengthPolicy = .error
      },
      backbone: tests.appendingPathComponent("DMoEModelTests/Fixtures/models/llama"), seed: 1,
      options: ComputeOptions(backend: .reference, threads: 1))
    model.scoresUntrained = true
    return model
  }

  @Test func rewardsAreThoseOfTheModelUnderTheSamplesOwnCategory() throws {
    let model = try model()
    let samples = [
      try EvaluationSample.make("a", ["yes of course", "no"], ranks: [1, 2], category: "chat"),
      try EvaluationSample.make("b", ["yes", "no way at all"], ranks: [2, 1], category: "code"),
      try EvaluationSample.make("c", ["hello", "good morning"], ranks: [1, 2], category: "elsewhere"),
      try EvaluationSample.make("d", ["hello", "good evening"], ranks: [1, 2]),
    ]
    let rewards = try samples.map { sample in
      let category = sample.category.flatMap { model.configuration.taxonomy[$0]?.id }
      return try model.scores(sample.responses, to: sample.conversation, category: category)
    }
    let evaluation = try model.evaluate(samples: samples)
    // The untrained router sends all to one category, which is what the last sample is counted under.
    let routed = try model.route(samples[3].conversation).category
    let expected = try RankingEvaluation(
      samples: samples, rewards: rewards, categories: [nil, nil, nil, routed])
    #expect(evaluation.categories.map(\.name) == expected.categories.map(\.name))
    #expect(evaluation.overall.accuracy == expected.overall.accuracy)
    let margins = (evaluation.overall.meanMargin, expected.overall.meanMargin)
    #expect(try abs(#require(margins.0) - #require(margins.1)) < 1e-5)
  }

  @Test func everyTextIsScoredOnce() throws {
    let model = try model()
    let overall = try EvaluationSample.make("a", ["yes", "no"], ranks: [1, 2], category: "chat")
    let again = try EvaluationSample.make("a", ["no", "maybe"], ranks: [1, 2], category: "chat")
    let point = overall.labeled(category: "chat", capability: "empathy")
    var calls: [[Int]] = []
    let evaluation = try model.evaluate(samples: [overall, again, point]) { calls.append([$0, $1]) }
    #expect(calls == [[3, 3]])
    #expect(evaluation.samples == 3)
    #expect(evaluation.overall.pairs == 2)
    #expect(evaluation.lengthCorrelation.responses == 3)
    #expect(evaluation.capabilities.map(\.name) == ["chat/empathy"])
    #expect(evaluation.capabilities[0].expertAccuracy == nil)
  }

  @Test func aCapabilityIsJudgedByItsOwnExpert() throws {
    var model = try model()
    let numbers = model.backbone.configuration
    model.install(base: model.inner[0].base, normalization: nil, at: 0)
    // Only the head of the second point's expert has weights, so the first is indifferent.
    for (index, sign) in [Float(0), 1].enumerated() {
      var expert = model.inner[0].base
      expert.head = ValueHead(Matrix(1, numbers.hiddenSize, (0..<numbers.hiddenSize).map { sign * Float($0 % 3 - 1) }))
      try model.install(expert: CapabilityExpert(expert, scale: RewardNormalization()), at: 0, point: index)
    }
    try model.install(
      aggregator: Aggregator(inputs: 2 * numbers.hiddenSize, width: 4, seed: 1), normalization: nil, at: 0)
    let samples = try ["empathy", "style"].map {
      try EvaluationSample.make("a", ["yes", "no"], ranks: [1, 2], category: "chat", capability: $0)
    }
    let breakdowns = try model.breakdowns(
      of: samples[0].responses, to: samples[0].conversation, category: "chat")
    let style = breakdowns.map { $0.capabilities[1].reward }
    try #require(style[0] != style[1])
    let evaluation = try model.evaluate(samples: samples)
    #expect(evaluation.overall.pairs == 0)
    #expect(evaluation.capabilities[0].expertAccuracy == Proportion(successes: 0.5, total: 1))
    #expect(evaluation.capabilities[1].expertAccuracy == Proportion(successes: style[0] > style[1] ? 1 : 0, total: 1))
    // The other of the two is the one that was not asked.
    #expect(evaluation.capabilities.map(\.othersAccuracy) == evaluation.capabilities.reversed().map(\.expertAccuracy))
  }

  @Test func samplesThatAreTooLongAreLeftOutAndCounted() throws {
    let model = try model()
    let long = String(repeating: "word and word ", count: 100)
    let samples = [
      try EvaluationSample.make("a", ["yes", "no"], ranks: [1, 2]),
      try EvaluationSample.make("a", ["yes", long], ranks: [1, 2]),
    ]
    let evaluation = try model.evaluate(samples: samples)
    #expect(evaluation.samples == 1)
    #expect(evaluation.overLengthSamples == 1)
    #expect(evaluation.overall.pairs == 1)
  }

  @Test func theRouterIsAskedOnlyWhatItCanKnow() throws {
    let model = try model()
    let prompts = try ["chat", "code", "elsewhere", nil].map {
      try CategorizedPrompt(id: "p", conversation: "hello", category: $0)
    }
    let evaluation = try model.evaluateRouter(prompts: prompts)
    #expect(evaluation.accuracy == Proportion(successes: 1, total: 2))
    #expect(evaluation.unlabeledPrompts == 2)
    #expect(try abs(#require(evaluation.meanLogLoss) - log(2)) < 1e-6)
  }
}
