import DMoECore
import DMoEData
import Foundation
import Testing
import _TestSupport

@testable import DMoEModel
@testable import DMoETrain

/// Language modelling and the squared sum against torch; dropout of heads; what a user sees of them.
@Suite struct RegularizationTests {
  /// Fixtures/models/README.md: the pairs of training.json under more terms.
  private struct Reference: Decodable {
    struct Pair: Decodable {
      var chosen: [Int32]
      var rejected: [Int32]
    }
    struct Pairs: Decodable { var pairs: [Pair] }
    struct Losses: Decodable {
      var ranking: Double
      var languageModel: Double
      var batchSum: Double
    }
    var prompts: [Int]
    var languageModel: Double
    var batchSum: Double
    var losses: Losses
  }

  /// A task over the whole backbone with the fixture's adapter, its pairs as examples, and what torch says.
  private static func task(
    _ model: String, _ compute: Compute, pooling: StatePooling = .last, checkpointing: Bool = false,
    rowsPerPass: Int = 2048, probability: Double = 1, _ edit: (inout Regularization) -> Void = { _ in }
  ) throws -> (task: RankingTask, reference: Reference) {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let home = TinyRun.models.url("\(model)/training")
    func read<T: Decodable>(_ type: T.Type, _ name: String) throws -> T {
      try decoder.decode(type, from: Data(contentsOf: home.appendingPathComponent(name)))
    }
    let reference = try read(Reference.self, "regularised.json")
    let pairs = try read(Reference.Pairs.self, "training.json").pairs
    let options = ComputeOptions(
      backend: compute.backend == .openBLAS ? .openBLAS : .reference, threads: compute.threads)
    let backbone = try Backbone(contentsOf: TinyRun.models.url(model), options: options)
    let adapter = LoRAConfiguration(rank: 4, alpha: 8, targets: Projection.allCases)
    let rewardModel = try RewardModel(
      configuration: RewardModel.Configuration {
        $0.taxonomy = .single
        ($0.base, $0.expert) = (adapter, adapter)
        $0.pooling = pooling
        $0.maximumTokens = 64
      },
      backbone: backbone, seed: 1, options: options)
    let examples = zip(pairs, reference.prompts).enumerated().map { index, entry in
      let (pair, prompt) = entry
      return RankedExample(
        EncodedResponses(
          prompt: Array(pair.chosen[..<prompt]),
          responses: [Array(pair.chosen[prompt...]), Array(pair.rejected[prompt...])]),
        opening: UInt64(index),
        ranking: RankedPairs([.init(chosen: 0, rejected: 1, probability: probability)], responseCount: 2))
    }
    var regularization = Regularization(
      languageModeling: .init(weight: reference.languageModel, tokens: 100), batchSum: reference.batchSum)
    edit(&regularization)
    let configuration = TrainingConfiguration {
      $0.regularization = regularization
      $0.memory.checkpointsActivations = checkpointing
      $0.memory.rowsPerPass = rowsPerPass
    }
    let task = RankingTask(
      name: "base/all",
      expert: try Expert(contentsOf: home.appendingPathComponent("initial"), for: backbone.configuration),
      reader: rewardModel.reader, data: PhaseData(training: examples), configuration: configuration,
      languageModelHead: try configuration.languageModelHead(of: rewardModel.reader), cache: TrunkCache(limit: 1 << 20))
    return (task, reference)
  }

  /// The sum of the passes of one step over all examples, as the optimizer adds them up.
  private static func step(
    _ task: RankingTask, passes: [[Int]]
  ) throws -> (result: PassResult, gradients: [ParameterID: Matrix]) {
    var all = passes.map { GradientPass(samples: $0, totalWeight: Double(task.sampleCount), dropoutSeed: 5) }
    let sums = try all.map { try task.rewardSum($0) }
    for index in all.indices where all.count > 1 {
      all[index].otherRewards = sums.reduce(0, +) - sums[index]
    }
    var result = PassResult()
    var gradients: [ParameterID: Matrix] = [:]
    for pass in all {
      let (part, own) = try task.gradients(pass)
      result += part
      gradients.merge(own) { old, new in
        var sum = old
        Compute.reference.add(new, scale: 1, to: &sum)
        return sum
      }
    }
    return (result, gradients)
  }

  @Test(arguments: ["llama", "qwen2"], [false, true])
  func everyGradientIsTorchs(model: String, checkpointing: Bool) throws {
    let file = try SafetensorsFile(
      contentsOf: TinyRun.models.url("\(model)/training/gradients-regularised.safetensors"))
    for compute in everyBackend {
      let (task, reference) = try Self.task(model, compute, checkpointing: checkpointing)
      for passes in [[[0, 1, 2]], [[0], [1], [2]]] {
        let (result, gradients) = try Self.step(task, passes: passes)
        let what = "\(model) \(compute.backend) \(passes.count)"
        #expect(abs(result.meanLoss - reference.losses.ranking) < 1e-5, "\(what)")
        let added =
          reference.languageModel * reference.losses.languageModel + reference.batchSum * reference.losses.batchSum
        #expect(abs(try #require(result.regularization) / result.weight - added) < 1e-4, "\(what)")
        var expert = task.expert
        try expert.visitParameters("") { path, parameter in
          let key = (path.hasPrefix("layers.") ? "base_model.model.model." : "base_model.model.") + path
          expectClose(
            try #require(gradients[parameter.id]).elements, try file.tensor(named: key).matrix().elements, 3e-4,
            "\(what), \(key)")
        }
        #expect(gradients.count == file.names.count)
      }
    }
  }

  @Test func aMeanOfStatesIsRegularisedOnTheSameTokens() throws {
    let (task, reference) = try Self.task("llama", fastCompute, pooling: .mean)
    let (result, _) = try Self.step(task, passes: [[0, 1, 2]])
    let sum = result.rewards
    let added = reference.languageModel * reference.losses.languageModel + reference.batchSum * sum * sum
    #expect(abs(try #require(result.regularization) / result.weight - added) < 1e-4)
  }

  @Test func whereAllResponsesTieNothingIsPredicted() throws {
    for compute in everyBackend {
      let (task, _) = try Self.task("llama", compute, probability: 0.5) { $0.batchSum = nil }
      let (result, gradients) = try Self.step(task, passes: [[0, 1, 2]])
      #expect(result.regularization == nil && result.loss > 0)
      #expect(gradients.values.allSatisfy { $0.elements.allSatisfy(\.isFinite) } && !gradients.isEmpty)
    }
  }

  @Test func aStepTellsEveryPassOfTheOthers() throws {
    func updated(rows: Int) throws -> (value: Matrix, step: OptimizerStep.Result) {
      var (task, _) = try Self.task("llama", fastCompute, rowsPerPass: rows) { $0.languageModeling = nil }
      var optimizer = AdamOptimizer(PhaseTraining(learningRate: 0.1, epochs: 1))
      let step = try OptimizerStep(samples: [0, 1, 2], rate: 0.1, dropoutSeed: 1).take(&task, &optimizer, fastCompute)
      return (task.expert.head.weight.value, step)
    }
    let (whole, parts) = (try updated(rows: 1000), try updated(rows: 1))
    expectClose(whole.value, parts.value, 1e-4)
    #expect(abs(whole.step.gradientNorm - parts.step.gradientNorm) < 1e-4 * whole.step.gradientNorm)
    let (one, three) = (try #require(whole.step.sum.regularization), try #require(parts.step.sum.regularization))
    #expect(one > 0 && abs(one - three) < 1e-5)
  }

  @Test func predictedTokensFollowTheirRows() throws {
    func example(_ prompt: [Int32], _ responses: [[Int32]], _ pairs: [(Int, Int, Double)], weight: Double = 1)
      -> RankedExample
    {
      RankedExample(
        EncodedResponses(prompt: prompt, responses: responses), opening: 0,
        ranking: RankedPairs(
          pairs.map { .init(chosen: $0.0, rejected: $0.1, probability: $0.2) }, responseCount: responses.count,
          weight: weight))
    }
    let examples = [
      example([1, 2, 3], [[10, 11], [20, 21, 22]], [(1, 0, 0.9)]),
      // The labels say the other one: the chosen is the worse.
      example([4], [[30, 31, 32, 33], [40]], [(1, 0, 0.2)], weight: 2),
      // A tie has no better response, a circle none either.
      example([5], [[50], [51]], [(0, 1, 0.5)]), example([6], [[60], [61]], [(0, 1, 1), (1, 0, 1)]),
      example([7], [[70], [71], [72, 73]], [(2, 0, 1), (2, 1, 1), (0, 1, 1)]),
    ]
    #expect(examples.map(\.betterResponse) == [1, 0, nil, nil, 2])
    let batch = TokenBatch(examples.map(\.encoded))
    let all = PredictedTokens(of: examples, in: TokenBatch(examples.map(\.encoded)), limit: 10, seed: 1)
    #expect(all.targets == [20, 21, 22, 30, 31, 32, 33, 72, 73])
    // The first token of a response is predicted by the prompt's last row, the others by the row before.
    #expect(all.rows.map { batch.ids[$0] } == [3, 20, 21, 4, 30, 31, 32, 7, 72])
    let third = 1.0 / 3
    #expect(all.weights == [third, third, third] + [Double](repeating: 0.5, count: 6))
    let some = PredictedTokens(of: examples, in: TokenBatch(examples.map(\.encoded)), limit: 2, seed: 1)
    #expect(some.targets.count == 6 && Set(some.targets).isSubset(of: Set(all.targets)))
    let weights = [0.5, 0.5, 1, 1, 0.5, 0.5]
    #expect(some.weights == weights)
    for (row, target) in zip(some.rows, some.targets) {
      let isOne = zip(all.rows, all.targets).contains { $0 == (row, target) }
      #expect(isOne)
    }
    let drawn = Set(
      (0..<20).map {
        PredictedTokens(of: examples, in: TokenBatch(examples.map(\.encoded)), limit: 2, seed: $0).targets
      })
    #expect(drawn.count > 5)
  }

  @Test func headDropoutIsOfTrainingOnlyAndKeepsTheMean() throws {
    let (plain, _) = try Self.task("llama", fastCompute) { $0 = Regularization() }
    let rewards = try plain.measure(plain.data.training).rewards
    let (task, _) = try Self.task("llama", fastCompute) {
      $0 = Regularization(headDropout: .init(rate: 0.5, masks: 1))
    }
    #expect(try task.measure(task.data.training).rewards == rewards)
    func sums(masks: Int) throws -> [Double] {
      let (task, _) = try Self.task("llama", fastCompute) {
        $0 = Regularization(headDropout: .init(rate: 0.5, masks: masks))
      }
      return try (0..<64).map { seed in
        try task.gradients(.init(samples: [0, 1, 2], totalWeight: 3, dropoutSeed: seed)).result.rewards
      }
    }
    let exact = rewards.reduce(0) { $0 + Double($1) }
    func spread(_ values: [Double]) -> Double {
      (values.reduce(0) { $0 + ($1 - exact) * ($1 - exact) } / Double(values.count)).squareRoot()
    }
    let (one, many) = (try sums(masks: 1), try sums(masks: 16))
    #expect(Set(one).count > 60)
    // Sixteen masks have a quarter of one mask's deviation, and no other mean.
    #expect(spread(many) < spread(one) / 2.5 && spread(many) > spread(one) / 6)
    #expect(abs(one.reduce(0, +) / 64 - exact) < spread(one) / 2)
  }

  @Test func aRunIsRegularisedInEveryPhaseThatHasHeads() throws {
    let configuration = TinyRun.configuration {
      $0.regularization = Regularization(
        languageModeling: .init(weight: 0.1, tokens: 4), batchSum: 0.01, headDropout: .init())
    }
    try withTemporaryFolder { folder in
      let (model, events) = try TinyRun.train(in: folder.appendingPathComponent("a"), configuration)
      #expect(!events.steps.isEmpty)
      for step in events.steps {
        switch step.phase {
        case .router, .sharedHead: #expect(step.regularization == nil)
        // Cross-entropy of tokens is far from 0; a squared sum need not be.
        case .base, .sharedBase, .expert: #expect(try #require(step.regularization) > 0.1)
        case .aggregator: #expect(try #require(step.regularization) >= 0)
        }
      }
      struct Stop: Error {}
      let other = folder.appendingPathComponent("b")
      var count = 0
      #expect(throws: Stop.self) {
        try TinyRun.train(in: other, configuration) { event in
          if case .step = event { count += 1 }
          if count == 5 { throw Stop() }
        }
      }
      let resumed = try TinyRun.train(in: other, configuration).model
      #expect(try TinyRun.bundle(of: resumed) == TinyRun.bundle(of: model))
      let plain = try TinyRun.train(in: folder.appendingPathComponent("c")).model
      #expect(try TinyRun.bundle(of: plain) != TinyRun.bundle(of: model))
    }
  }

  @Test func onlineStepsAreRegularisedToo() throws {
    var configuration = TrainingConfiguration()
    configuration.regularization = Regularization(languageModeling: .init(weight: 0.1, tokens: 4))
    var trainer = try PreferenceTrainer(TinyRun.model(), category: "chat", configuration: configuration)
    let samples = try TinyRun.samples(perCategory: 2).filter { $0.category == "chat" && $0.capability == nil }
    #expect(try #require(try trainer.step(samples).regularization) > 0.1)
  }

  @Test(arguments: [
    (Regularization(languageModeling: .init(weight: -1)), "languageModeling.weight"),
    (Regularization(languageModeling: .init(tokens: 0)), "tokens is 0"),
    (Regularization(batchSum: .nan), "batchSum"), (Regularization(headDropout: .init(rate: 1)), "rate"),
    (Regularization(headDropout: .init(masks: 0)), "masks is 0"),
    (Regularization(headDropout: .init(masks: 100_000_000)), "1 to 1024"),
  ])
  func settingsThatMakeNoSenseAreRefused(regularization: Regularization, word: String) throws {
    let configuration = TinyRun.configuration { $0.regularization = regularization }
    do {
      _ = try PreferenceTrainer(TinyRun.model(), category: "chat", configuration: configuration)
      Issue.record("nothing was thrown")
    } catch let TrainError.invalidSetting(path, reason) {
      #expect(path.hasPrefix("regularization.") && "\(path) \(reason)".contains(word), "\(path) \(reason)")
    }
  }
}
