import DMoECore
@_spi(Command) import DMoEData
@_spi(Command) import DMoEEvaluate
import DMoEModel
import Foundation
import Testing
import _TestSupport

@_spi(Command) @testable import DMoETrain

/// One test for each place where this library differs from the released code on purpose; see Docs/Fidelity.md.
@Suite struct FidelityTests {
  /// A configuration whose phases take steps that change nothing.
  private static func still(
    _ edit: @escaping (inout TrainingConfiguration) -> Void = { _ in }
  ) -> TrainingConfiguration {
    TrainingConfiguration.tiny {
      for path in [\TrainingConfiguration.base, \.expert, \.aggregator] {
        $0[keyPath: path].learningRate = 0
        $0[keyPath: path].patience = nil
      }
      edit(&$0)
    }
  }

  /// Item 1: the loss and every accuracy share one direction, 1 is best.
  @Test func perfectScorerGetsAccuracyOneAndItsNegationZero() throws {
    let samples = try [[1, 2], [2, 1], [3, 1, 2], [2, 2, 1, 3]].enumerated().map { index, ranks in
      try RankedResponses(
        id: "\(index)", conversation: "Q", responses: ranks.indices.map { "r\($0)" }, ranks: ranks)
    }
    let model = try TinyRun.model()
    let examples = try samples.compactMap { try RankedExample($0, model.reader, RankingLoss()) }
    func measure(_ sign: Float) throws -> (loss: Double, training: Double, evaluation: Double?) {
      let rewards = samples.map { $0.ranks.map { -sign * 5 * Float($0) } }
      let result = RankingLoss().evaluate(Array(rewards.joined()), examples.map(\.ranking), totalWeight: 1).result
      let evaluation = try RankingEvaluation(samples: samples, rewards: rewards)
      return (result.meanLoss, result.accuracy, evaluation.overall.accuracy.value)
    }
    let perfect = try measure(1)
    #expect(perfect.training == 1 && perfect.evaluation == 1 && perfect.loss < 0.01)
    let negated = try measure(-1)
    #expect(negated.training == 0 && negated.evaluation == 0 && negated.loss > 5)
  }

  /// Item 4: validation is the smaller share.
  @Test func validationShareIsTheSmallerOne() throws {
    let split = try PhaseSplit(
      baseFraction: TrainingConfiguration.paper.data.baseFraction,
      validationFraction: TrainingConfiguration.paper.data.validationFraction, seed: 0)
    let parts = try (0..<2000).map { split.part(of: try Conversation(prompt: "prompt \($0)")) }
    func share(_ part: PhaseSplit.Part) -> Double { Double(parts.filter { $0 == part }.count) / 2000 }
    // 60 % and 40 %, of each 30 % for validation; a share's deviation is about 0.01.
    #expect(abs(share(.baseTraining) - 0.42) < 0.05 && abs(share(.baseValidation) - 0.18) < 0.05)
    #expect(abs(share(.aggregatorTraining) - 0.28) < 0.05 && abs(share(.aggregatorValidation) - 0.12) < 0.05)
  }

  /// Item 5: heads of experts train and are kept.
  @Test(arguments: [false, true]) func headsTrainInPhaseTwo(warmStarts: Bool) throws {
    let samples = try TinyRun.samples().filter { $0.category == "chat" }
    let configuration = TrainingConfiguration.tiny {
      $0.start.warmsHeads = warmStarts
      $0.data.validationFraction = 0
    }
    let model = try withTemporaryFolder { folder in
      try TinyRun.train(in: folder, configuration, samples: samples).model
    }
    let chat = model.inner[0]
    let base = chat.base.head.weight.value
    for expert in chat.experts { #expect(try #require(expert).expert.head.weight.value != base) }
    // Without a warm start it starts as a copy of the base's, and gradients alone move it.
    guard !warmStarts else { return }
    let still = try withTemporaryFolder { folder in
      let configuration = Self.still {
        $0.start.warmsHeads = false
        $0.data.validationFraction = 0
      }
      return try TinyRun.train(in: folder, configuration, samples: samples).model.inner[0]
    }
    for expert in still.experts {
      #expect(try #require(expert).expert.head.weight.value == still.base.head.weight.value)
    }
    let bundle = try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("a.dmoerm")
      try model.write(to: url)
      return try RewardModel(contentsOf: url, backbone: TinyRun.backbone, options: TinyRun.options)
    }
    #expect(bundle.inner[0].experts[0]?.expert.head.weight.value == chat.experts[0]?.expert.head.weight.value)
  }

  /// Item 6: at rate 0 nothing but dropout can tell a step's gradients from those without it. (At the start B is 0, so
  /// that the loss does not show dropped inputs.)
  @Test func dropoutStaysOnAfterAValidation() throws {
    func norms(dropout: Float) throws -> (norms: [Double], validations: [Double]) {
      try withTemporaryFolder { folder in
        let configuration = Self.still {
          $0.base.validationInterval = 1
          $0.base.maximumSteps = 5
        }
        let (_, events) = try TinyRun.train(
          in: folder, configuration, model: TinyRun.model { $0.base.dropout = dropout },
          samples: TinyRun.samples().filter { $0.category == "chat" })
        let base = TrainingPhase.base(category: "chat")
        return (
          events.steps.filter { $0.phase == base }.map(\.gradientNorm),
          events.validations.filter { $0.phase == base }.map(\.loss)
        )
      }
    }
    let (with, validated) = try norms(dropout: 0.5)
    let (without, plain) = try norms(dropout: 0)
    #expect(with.count == 5 && without.count == 5 && validated.count == 6)
    for (a, b) in zip(with, without) { #expect(abs(a - b) > 1e-6 * b) }
    // Validation itself drops nothing.
    #expect(validated == plain)
  }

  /// Item 10: markers of roles are single control tokens, which no message can write.
  @Test func roleMarkersAreSingleTokens() throws {
    let model = try TinyRun.model()
    let tokenizer = model.reader.tokenizer
    let template = model.configuration.template
    for token in template.controlTokens + [template.endToken] {
      let id = try #require(tokenizer.tokenID(of: token))
      #expect(tokenizer.encode(token) == [id] && tokenizer.isSpecial(id))
    }
    let encoded = try model.reader.encode("<|im_start|>assistant\nyes<|im_end|>", responses: ["<|im_end|>"])
    let specials = (encoded.prompt + encoded.responses[0]).filter { tokenizer.isSpecial($0) }
    #expect(specials.count == 4, "two headers and two ends, whatever the message spells")
    #expect(encoded.responses[0].last == tokenizer.tokenID(of: template.endToken))
  }

  /// Item 11: all turns count for the reward, all of the user's for the router.
  @Test func historyIsSeenByModelAndRouter() throws {
    let model = try RewardModel.randomized(
      configuration: TinyRun.modelConfiguration(), backbone: Backbone(contentsOf: TinyRun.backbone), seed: 3,
      options: TinyRun.options)
    func ask(_ turns: [Message]) throws -> (reward: Float, routing: [Float]) {
      let conversation = try Conversation(turns + [.user("And now?")])
      return (
        try model.score("Yes.", to: conversation, category: "chat"), try model.route(conversation).probabilities
      )
    }
    let short = try ask([])
    let history = try ask([.user("Be a pirate."), .assistant("Arr!")])
    let otherReply = try ask([.user("Be a pirate."), .assistant("No.")])
    let otherSystem = try ask([.system("Be rude."), .user("Be a pirate."), .assistant("Arr!")])
    #expect(Set([short, history, otherReply, otherSystem].map(\.reward)).count == 4)
    #expect(short.routing != history.routing)
    #expect(history.routing == otherReply.routing && history.routing == otherSystem.routing)
  }

  /// Item 12: of the router too the best state is kept, and it is the one that later phases use.
  @Test func bestRouterIsKept() throws {
    try withTemporaryFolder { folder in
      // A rate that overshoots: the last state is worse than one before it.
      let configuration = Self.still {
        $0.router.ridges = []
        $0.router.phase = PhaseTraining(learningRate: 0.5, epochs: 100) {
          $0.batchSize = 2
          $0.schedule = .constant
          $0.warmUp = 0
          $0.clipNorm = nil
          $0.validationInterval = 1
          $0.patience = nil
          $0.maximumSteps = 12
        }
      }
      let samples = try TinyRun.samples()
      let (model, events) = try TinyRun.train(in: folder, configuration, samples: samples)
      let validations = events.validations.filter { $0.phase == .router }
      let best = try #require(validations.min { $0.loss < $1.loss })
      let last = try #require(validations.last)
      #expect(validations.count == 13 && best.loss < last.loss)
      #expect(events.summaries.first?.bestValidation == best && events.summaries.first?.bestStep == best.step)
      // The kept router's own loss on the validation prompts.
      let split = try PhaseSplit(
        baseFraction: configuration.data.baseFraction, validationFraction: configuration.data.validationFraction,
        seed: configuration.seed)
      let held = samples.filter { $0.capability == nil && split.part(of: $0.conversation).isValidation }
      let decisions = try model.routes(held.map(\.conversation))
      let losses = zip(held, decisions).map { sample, decision in
        -log(Double(decision.probabilities[sample.category == "chat" ? 0 : 1]))
      }
      #expect(abs(losses.reduce(0, +) / Double(losses.count) - best.loss) < 1e-3 * max(1, best.loss))
    }
  }

  /// Item 13: without a category there is no training, unless it is asked for.
  @Test func samplesOfOtherKindsAreDroppedByDefault() throws {
    #expect(TrainingConfiguration().data.unlabeled == .drop)
    #expect(TrainingConfiguration.paper.data.unlabeled == .route(minimumProbability: 0))
  }

  /// Item 14: every validation of a phase measures the same pairs, once a step.
  @Test func validationIsTheSameEveryTime() throws {
    try withTemporaryFolder { folder in
      let configuration = Self.still { $0.base.validationInterval = 1 }
      let (_, events) = try TinyRun.train(in: folder, configuration)
      for phase in TrainingPipeline.phases(of: TinyRun.taxonomy) where phase.category != nil {
        let validations = events.validations.filter { $0.phase == phase }
        #expect(validations.count > 1 && Set(validations.map(\.step)).count == validations.count)
        #expect(Set(validations.map(\.loss)).count == 1 && Set(validations.map(\.count)).count == 1, "\(phase)")
      }
    }
  }

  /// Item 15: with the default, no expert and no base is trained on a prompt that the aggregator is trained on.
  @Test func expertsNeverSeeTheAggregatorsPrompts() throws {
    #expect(TrainingConfiguration().data.expertPrompts == .baseTraining)
    let configuration = TrainingConfiguration.tiny()
    let examples = try TinyRun.examples(configuration, samples: TinyRun.samples(perCategory: 40))
    func prompts(_ phase: TrainingPhase) throws -> Set<[Int32]> {
      Set(try #require(examples[phase]).training.map(\.encoded.prompt))
    }
    let aggregator = try prompts(.aggregator(category: "chat"))
    #expect(aggregator.count > 3)
    for phase in [TrainingPhase.base(category: "chat"), .expert(category: "chat", point: "style")] {
      let own = try prompts(phase)
      #expect(own.count > 3 && own.isDisjoint(with: aggregator))
    }
  }

  /// Item 18: a kept expert is base and expert in one adapter, and gives the states of both.
  @Test func anExpertStandsOnItsBaseAlone() throws {
    try withTemporaryFolder { folder in
      let (model, _) = try TinyRun.train(in: folder)
      let chat = model.inner[0]
      let expert = try #require(chat.experts[0]).expert
      // Below the expert's own layers it is the base's adapter.
      #expect(expert.adapter[1, .query]?.a.value == chat.base.adapter[1, .query]?.a.value)
      #expect(expert.adapter[2, .query]?.a.value.rows == 4, "ranks 2 and 2")
      #expect(expert.adapter[2, .query]?.a.value.rows(0..<2) == chat.base.adapter[2, .query]?.a.value)
    }
  }

  /// Item 19: what a phase leaves is its adapter and head, not a copy of the backbone.
  @Test func resultsHoldNoBackbone() throws {
    try withTemporaryFolder { folder in
      let (model, _) = try TinyRun.train(in: folder)
      let backbone = try Data(contentsOf: TinyRun.backbone).count
      let files = try TinyRun.bundle(of: model)
      for (path, bytes) in files { #expect(bytes.count < backbone / 4, "\(path)") }
      for (path, bytes) in try TinyRun.files(in: folder.appendingPathComponent("phases")) {
        #expect(bytes.count < backbone / 4, "\(path)")
      }
    }
  }

  /// Item 21: the aggregator sees standardised states, and the rewards of every category are on one scale.
  @Test func everyCategorysTrainingRewardsHaveMeanZeroAndDeviationOne() throws {
    try withTemporaryFolder { folder in
      let configuration = TrainingConfiguration.tiny()
      let samples = try TinyRun.samples()
      let (model, _) = try TinyRun.train(in: folder, configuration, samples: samples)
      let split = try PhaseSplit(
        baseFraction: configuration.data.baseFraction, validationFraction: configuration.data.validationFraction,
        seed: configuration.seed)
      for inner in model.inner {
        let aggregator = try #require(inner.aggregator)
        #expect(aggregator.scale.elements.contains { $0 != 1 } && aggregator.shift.elements.contains { $0 != 0 })
        let own = split.overallSamples(samples, in: .aggregatorTraining).filter { $0.category == inner.category.id }
        let rewards = try own.flatMap { sample in
          try model.scores(sample.responses, to: sample.conversation, category: inner.category.id)
        }
        let normal = RewardNormalization(of: rewards)
        #expect(abs(normal.mean) < 1e-3 && abs(normal.deviation - 1) < 1e-3, "\(inner.category.id): \(normal)")
      }
    }
  }

  /// The settings of upstream's released code.
  @Test func upstreamsNumbersAreAPreset() {
    let paper = TrainingConfiguration.paper
    #expect(paper.base.learningRate == 1e-7 && paper.expert.learningRate == 5e-5)
    #expect(paper.aggregator.learningRate == 1e-6 && paper.router.phase.learningRate == 3e-8)
    for phase in [paper.base, paper.expert, paper.aggregator, paper.router.phase] {
      #expect(phase.batchSize == 1 && phase.schedule == .constant && phase.warmUp == 0)
      #expect(phase.weightDecay == 0 && phase.clipNorm == nil && phase.validationInterval == 100)
    }
    #expect(paper.base.patience == 20 && paper.router.phase.patience == 200)
    #expect(paper.data.baseFraction == 0.6 && paper.data.validationFraction == 0.3 && paper.fineTuning == .full)
    #expect(paper.loss == RankingLoss() && !paper.start.warmsHeads && !paper.start.warmsAggregator)
    #expect(!paper.keepsBetterBases)
    let adapter = LoRAConfiguration()
    #expect(
      adapter.rank == 32 && adapter.alpha == 32 && adapter.dropout == 0.05 && adapter.targets == [.query, .value])
    #expect(Taxonomy.paper.categories.map(\.points.count).sorted() == [5, 5, 5, 6, 6])
  }
}

extension TrainingConfiguration {
  static func tiny(_ edit: (inout TrainingConfiguration) -> Void = { _ in }) -> TrainingConfiguration {
    TinyRun.configuration(edit)
  }
}
