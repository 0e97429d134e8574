import DMoECore
@_spi(Command) import DMoEData
@_spi(Command) import DMoEEvaluate
import DMoEModel
import Foundation
import Testing
import _TestSupport

@_spi(Command) @testable import DMoETrain

@Suite struct TrainingPipelineTests {
  @Test func everyPhaseRunsOnceInOrder() throws {
    try withTemporaryFolder { folder in
      let (model, events) = try TinyRun.train(in: folder)
      let phases = TrainingPipeline.phases(of: TinyRun.taxonomy)
      #expect(
        phases.map(\.description) == [
          "router", "shared-head", "base/chat", "expert/chat/empathy", "expert/chat/style", "aggregator/chat",
          "base/code",
          "expert/code/correct", "expert/code/clear", "aggregator/code",
        ])
      #expect(events.first == .runStarted(phases: phases))
      #expect(events.starts.map(\.phase) == phases && events.summaries.map(\.phase) == phases)
      #expect(events.leftOut.isEmpty && events.skipped.isEmpty)
      if case .runFinished = events.last {} else { Issue.record("the run has no end") }
      let head = try #require(events.starts.first { $0.phase == .sharedHead })
      let bases = events.starts.filter { [.base(category: "chat"), .base(category: "code")].contains($0.phase) }
      #expect(head.trainingSamples == bases.reduce(0) { $0 + $1.trainingSamples } && head.plannedSteps == 0)
      for start in events.starts where start.phase.category != nil {
        #expect(start.trainingSamples >= 2 && start.trainableParameters > 0 && start.plannedSteps > 0)
        let steps = events.steps.filter { $0.phase == start.phase }
        #expect(steps.map(\.step) == Array(1...start.plannedSteps))
        #expect(steps.allSatisfy { $0.loss.isFinite && $0.gradientNorm > 0 && $0.learningRate > 0 })
      }
      #expect(model.isRouterTrained)
      #expect(model.isComplete(category: "chat") && model.isComplete(category: "code"))
      for inner in model.inner { #expect(inner.normalization.deviation > 0 && inner.normalization != .init()) }
    }
  }

  @Test func theBundleOfARunScoresTheSame() throws {
    try withTemporaryFolder { folder in
      let (model, _) = try TinyRun.train(in: folder.appendingPathComponent("run"))
      let url = folder.appendingPathComponent("tiny.dmoerm")
      try model.write(to: url)
      let read = try RewardModel(contentsOf: url, backbone: TinyRun.backbone, options: TinyRun.options)
      for index in 0..<4 {
        for category in ["chat", "code"] {
          let conversation = try TinyRun.conversation(category, index)
          let responses = ["yes", "no \(index)"]
          #expect(
            try read.breakdowns(of: responses, to: conversation)
              == model.breakdowns(of: responses, to: conversation))
        }
      }
      #expect(read.inner.map(\.normalization) == model.inner.map(\.normalization))
    }
  }

  @Test func runningAgainSkipsEverythingAndChangesNothing() throws {
    try withTemporaryFolder { folder in
      let first = try TinyRun.train(in: folder)
      let metrics = try metricsLines(folder)
      let again = try TinyRun.train(in: folder)
      #expect(again.events.skipped == TrainingPipeline.phases(of: TinyRun.taxonomy))
      #expect(again.events.starts.isEmpty && again.events.steps.isEmpty)
      #expect(try TinyRun.bundle(of: again.model) == TinyRun.bundle(of: first.model))
      #expect(try metricsLines(folder).dropLast() == metrics.dropLast(), "the last line is the run's duration")
    }
  }

  /// The signal is plain ("yes" before "no"), so that a reward that orders by chance would show.
  @Test func trainingLearnsWhatTheDataSays() throws {
    try withTemporaryFolder { folder in
      // One label in nine is wrong and a category has four validation samples: not every split finds the signal.
      let (model, _) = try TinyRun.train(in: folder, TinyRun.configuration { $0.seed = 1 })
      let fresh = try (100..<120).flatMap { index in
        try ["chat", "code"].map { category in
          let rewards = try model.scores(
            ["yes \(index % 5)", "no \(index % 7)"], to: TinyRun.conversation(category, index))
          return rewards[0] > rewards[1]
        }
      }
      #expect(fresh.filter { $0 }.count >= 34, "of \(fresh.count)")
      let routed = try (100..<110).map { try model.route(TinyRun.conversation("code", $0)).category }
      #expect(routed.filter { $0 == "code" }.count >= 8)
    }
  }

  /// A category of a few samples takes what the others know; alone it would be led by its own few.
  @Test func aCategoryWithFewSamplesStartsNearWhatTheOthersKnow() throws {
    func right(_ start: TrainingConfiguration.BaseStart) throws -> Int {
      try withTemporaryFolder { folder in
        let few = try TinyRun.samples(perCategory: 30).filter { $0.capability == nil }.filter { sample in
          // The few are mostly told the opposite.
          sample.category == "chat" || (Int(sample.id.dropFirst(5)) ?? 0) < 8
        }.enumerated().map { index, sample in
          sample.category == "code" && index % 3 != 0
            ? sample.relabeled(ranks: sample.ranks.reversed(), probability: nil) : sample
        }
        let (model, _) = try TinyRun.train(
          in: folder,
          TinyRun.configuration {
            $0.seed = 2
            $0.start.bases = start
            $0.base.maximumSteps = 0
            $0.start.ridges = [100]
          }, samples: few)
        return try (100..<130).filter { index in
          let rewards = try model.scores(
            ["yes \(index % 5)", "no \(index % 7)"], to: TinyRun.conversation("code", index), category: "code")
          return rewards[0] > rewards[1]
        }.count
      }
    }
    let alone = try right(.own)
    for start in [TrainingConfiguration.BaseStart.sharedHead, .sharedBase] {
      let shared = try right(start)
      #expect(shared >= alone + 8, "alone \(alone), \(start) \(shared) of 30")
    }
  }

  /// The shared base is a phase of its own: trained on all categories, kept in the run folder, and what bases without
  /// a step of their own are.
  @Test func basesStartAsTheSharedBase() throws {
    let configuration = TinyRun.configuration {
      $0.start.bases = .sharedBase
      $0.start.warmsHeads = false
      $0.base.maximumSteps = 2
    }
    try withTemporaryFolder { folder in
      let (_, events) = try TinyRun.train(in: folder, configuration)
      let phases = TrainingPipeline.phases(of: TinyRun.taxonomy, configuration)
      #expect(phases.prefix(3).map(\.description) == ["router", "shared-base", "base/chat"])
      #expect(events.summaries.map(\.phase) == phases)
      func samples(_ phase: String) throws -> Int {
        try #require(events.summaries.first { $0.phase.description == phase }).trainingSamples
      }
      #expect(try samples("shared-base") == samples("base/chat") + samples("base/code"))
    }
    try withTemporaryFolder { folder in
      var still = configuration
      still.base.learningRate = 0
      let (model, _) = try TinyRun.train(in: folder, still)
      let bases = model.inner.map { $0.base.parameterValues().map(\.value) }
      #expect(bases[0] == bases[1], "both are the shared base")
    }
  }

  /// What a base learns beyond the shared one is kept where its validation prompts say so, and only there.
  @Test func aBaseLeavesTheSharedOneOnlyForACertainGain() throws {
    let samples = try TinyRun.samples(perCategory: 60).filter { $0.capability == nil }.enumerated().map {
      index, sample in
      // Of code the labels are chance; chat wants the opposite of what most of the others say.
      let isTurned = sample.category == "code" ? index % 2 == 0 : true
      return isTurned ? sample.relabeled(ranks: sample.ranks.reversed(), probability: nil) : sample
    }
    let taxonomy = TinyRun.checked(["chat", "code", "rest"].map { TaskCategory(id: $0) })
    let rest = try TinyRun.samples(perCategory: 160).filter { $0.capability == nil && $0.category == "chat" }.map {
      try RankedResponses(
        id: "rest-" + $0.id, conversation: Conversation(prompt: "* " + $0.id), responses: $0.responses,
        ranks: $0.ranks, category: "rest")
    }
    try withTemporaryFolder { folder in
      let (model, events) = try TinyRun.train(
        in: folder,
        TinyRun.configuration {
          $0.start.bases = .sharedBase
          $0.start.warmsHeads = false
          $0.base.learningRate = 0.02
          $0.base.maximumSteps = 40
          $0.base.validationInterval = 2
          $0.base.patience = nil
        }, model: TinyRun.model { $0.taxonomy = taxonomy }, samples: samples + rest)
      func kept(_ category: String) throws -> PhaseSummary {
        try #require(events.summaries.first { $0.phase == .base(category: category) })
      }
      let shared = try Expert(
        contentsOf: folder.appendingPathComponent("phases/shared-base/expert"),
        for: model.backbone.configuration
      ).parameterValues().map(\.value)
      let (chat, code) = (try kept("chat"), try kept("code"))
      #expect(chat.bestStep > 0 && model.inner[0].base.parameterValues().map(\.value) != shared)
      // There was a better validation, but by no more than luck.
      #expect(events.validations.contains { $0.phase == code.phase && $0.isBest && $0.step > 0 })
      #expect(code.steps > 0 && code.bestStep == 0 && code.bestValidation == code.firstValidation)
      #expect(model.inner[1].base.parameterValues().map(\.value) == shared)
    }
  }

  /// An aggregator that begins at random and hardly moves, beside a base that has learnt: the base's rewards stay, whether the
  /// run goes through or is read back from its folder, and the bundle is one that can be read.
  @Test func aCategoryKeepsItsBaseWhereTheAggregatorIsSurelyWorse() throws {
    let samples = try TinyRun.samples(perCategory: 100)
    func configuration(keeping: Bool) -> TrainingConfiguration {
      TinyRun.configuration {
        $0.data.baseFraction = 0.3
        $0.start.warmsAggregator = false
        $0.aggregator.learningRate = 1e-9
        $0.aggregator.maximumSteps = 1
        $0.keepsBetterBases = keeping
      }
    }
    try withTemporaryFolder { folder in
      let (model, events) = try TinyRun.train(in: folder, configuration(keeping: true), samples: samples)
      let aggregators = events.summaries.filter { if case .aggregator = $0.phase { true } else { false } }
      #expect(aggregators.count == 2)
      for (index, summary) in aggregators.enumerated() {
        let (own, base) = (try #require(summary.bestValidation), try #require(summary.baseValidation))
        #expect(own.count == base.count && base.accuracy > own.accuracy && base.loss < own.loss)
        #expect(summary.keepsBase && base.isBest)
        #expect(!model.inner[index].isMixing && model.inner[index].completeExperts?.count == 2)
        let id = model.configuration.taxonomy.categories[index].id
        #expect(!model.isComplete(category: id))
      }
      let again = try TinyRun.train(in: folder, configuration(keeping: true), samples: samples)
      #expect(again.events.summaries.isEmpty)
      let bundle = try TinyRun.bundle(of: model)
      let readBack = try TinyRun.bundle(of: again.model)
      #expect(readBack == bundle)
      #expect(bundle.keys.allSatisfy { !$0.contains("aggregator") })
      let url = folder.appendingPathComponent("kept.dmoerm")
      try model.write(to: url)
      let read = try RewardModel(contentsOf: url, backbone: TinyRun.backbone, options: TinyRun.options)
      let rewards = try [model, read].map { try $0.score(prompt: "tell 1", response: "yes 1") }
      #expect(rewards[0] == rewards[1])
    }
    try withTemporaryFolder { folder in
      let (model, events) = try TinyRun.train(in: folder, configuration(keeping: false), samples: samples)
      #expect(events.summaries.allSatisfy { $0.baseValidation == nil && !$0.keepsBase })
      #expect(model.inner.allSatisfy { $0.isMixing })
    }
    try withTemporaryFolder { folder in
      let (model, events) = try TinyRun.train(
        in: folder, configuration(keeping: true), model: TinyRun.model { $0.combination = .mean }, samples: samples)
      #expect(events.summaries.allSatisfy { $0.baseValidation == nil } && model.inner.allSatisfy { $0.isMixing })
    }
  }

  @Test func aSharedBaseNeedsAdapters() throws {
    try withTemporaryFolder { folder in
      #expect(throws: TrainError.self) {
        try TinyRun.train(
          in: folder,
          TinyRun.configuration {
            $0.start.bases = .sharedBase
            $0.fineTuning = .full
          })
      }
    }
  }

  @Test func theRouterTakesTheRidgeThatIsBestOnValidation() throws {
    func loss(_ ridges: [Double]) throws -> Double {
      try withTemporaryFolder { folder in
        let configuration = TinyRun.configuration {
          $0.router.ridges = ridges
          $0.data.minimumSamples = 25
        }
        let (_, events) = try TinyRun.train(in: folder, configuration)
        #expect(events.summaries.map(\.phase) == [.router], "each category has too few samples")
        return try #require(events.summaries.first?.bestValidation?.loss)
      }
    }
    let ridges = [10, 1, 0.1, 0.01]
    let single = try ridges.map { try loss([$0]) }
    #expect(try loss(ridges) == single.min())
    #expect(try #require(single.first) > #require(single.min()), "the first would do")
  }

  @Test func theTrunkCacheDoesNotChangeTheResult() throws {
    let samples = try TinyRun.samples(perCategory: 12)
    func bundle(_ bytes: Int) throws -> [String: Data] {
      try withTemporaryFolder { folder in
        let configuration = TinyRun.configuration { $0.memory.trunkCacheBytes = bytes }
        return try TinyRun.bundle(of: TinyRun.train(in: folder, configuration, samples: samples).model)
      }
    }
    let whole = try bundle(1 << 30)
    #expect(try bundle(0) == whole)
    #expect(try bundle(20_000) == whole)
  }

  /// A step in several passes is the same step, up to the order of sums; so is one that computes its activations twice.
  @Test func passesAndRecomputationDoNotChangeAStep() throws {
    func steps(_ edit: (inout TrainingConfiguration) -> Void) throws -> [StepMetrics] {
      try withTemporaryFolder { folder in
        let model = try TinyRun.model {
          $0.base.dropout = 0
          $0.expert.dropout = 0
        }
        return try TinyRun.train(
          in: folder, TinyRun.configuration(edit), model: model, samples: TinyRun.samples(perCategory: 12)
        ).events.steps
      }
    }
    let plain = try steps { _ in }
    for other in try [steps { $0.memory.rowsPerPass = 1 }, steps { $0.memory.checkpointsActivations = true }] {
      #expect(other.map(\.step) == plain.map(\.step))
      expectClose(other.map(\.loss), plain.map(\.loss), 1e-3, "losses")
      expectClose(other.map(\.gradientNorm), plain.map(\.gradientNorm), 5e-3, "gradient norms")
    }
  }

  @Test func phasesAndConfigurationsSurviveJSON() throws {
    let phases = TrainingPipeline.phases(of: TinyRun.taxonomy)
    let data = try JSONEncoder().encode(phases)
    #expect(try JSONDecoder().decode([TrainingPhase].self, from: data) == phases)
    #expect(phases.allSatisfy { TrainingPhase($0.description) == $0 })
    for wrong in ["", "base", "expert/chat", "router/x", "other/chat"] { #expect(TrainingPhase(wrong) == nil) }
    for configuration in [TrainingConfiguration(), .paper, TinyRun.configuration()] {
      let data = try JSONEncoder().encode(configuration)
      #expect(try JSONDecoder().decode(TrainingConfiguration.self, from: data) == configuration)
    }
  }

  // MARK: Phases with too little

  @Test func anExpertWithTooFewSamplesIsItsBase() throws {
    try withTemporaryFolder { folder in
      let samples = try TinyRun.samples().filter { $0.capability != "style" }
      let (model, events) = try TinyRun.train(in: folder, samples: samples)
      #expect(events.leftOut == [.expert(category: "chat", point: "style")])
      #expect(model.isComplete(category: "chat"))
      let chat = model.inner[0]
      let expert = try #require(chat.experts[1]).expert
      #expect(expert.parameterValues().map(\.value) == chat.base.parameterValues().map(\.value))
      // It goes through a bundle, and again through the run folder.
      let bundle = try TinyRun.bundle(of: model)
      #expect(bundle["chat/style/adapter_model.safetensors"] == bundle["chat/base/adapter_model.safetensors"])
      let again = try TinyRun.train(in: folder, samples: samples)
      #expect(again.events.leftOut == events.leftOut && again.events.starts.isEmpty)
      #expect(try TinyRun.bundle(of: again.model) == bundle)
    }
  }

  @Test func aCategoryWithoutPointsTrainsItsBaseOnAllItsPrompts() throws {
    try withTemporaryFolder { folder in
      let taxonomy = TinyRun.checked([TaskCategory(id: "chat"), TinyRun.taxonomy.categories[1]])
      let (model, events) = try TinyRun.train(
        in: folder, model: TinyRun.model { $0.taxonomy = taxonomy }, samples: TinyRun.samples(taxonomy))
      #expect(events.starts.map(\.phase).filter { $0.category == "chat" } == [.base(category: "chat")])
      let chat = try #require(events.starts.first { $0.phase == .base(category: "chat") })
      #expect(chat.trainingSamples + chat.validationSamples == 20)
      #expect(!model.isComplete(category: "chat") && model.isComplete(category: "code"))
      #expect(try model.score("yes", to: "tell 1", category: "chat").isFinite)
    }
  }

  @Test func aCategoryWithoutSamplesIsLeftOutWhole() throws {
    try withTemporaryFolder { folder in
      let (model, events) = try TinyRun.train(in: folder, samples: TinyRun.samples().filter { $0.category == "chat" })
      #expect(
        events.leftOut.map(\.description)
          == ["base/code", "expert/code/correct", "expert/code/clear", "aggregator/code"])
      #expect(throws: ModelError.untrainedCategory("code")) {
        try model.score("yes", to: "f(1)=?", category: "code")
      }
      #expect(try model.breakdown(of: "yes", to: "f(1)=?").category == "chat")
      _ = try TinyRun.bundle(of: model)
    }
  }

  @Test func oneCategoryHasNoRouterPhase() {
    #expect(TrainingPipeline.phases(of: .single) == [.base(category: "general")])
  }

  // MARK: Data

  @Test func fullFineTuningIsKeptAsAnAdapterWithItsError() throws {
    try withTemporaryFolder { folder in
      let (model, events) = try TinyRun.train(
        in: folder,
        TinyRun.configuration {
          $0.fineTuning = .full
          $0.base.learningRate = 1e-3
          $0.base.patience = nil
          $0.selection = .validationLoss
        }, samples: TinyRun.samples().filter { $0.category == "chat" })
      let base = try #require(events.summaries.first { $0.phase == .base(category: "chat") })
      let error = try #require(base.extractionError)
      #expect(error.isFinite && error >= 0 && error < 1)
      #expect(events.summaries.allSatisfy { ($0.extractionError != nil) == ($0.phase == base.phase) })
      let start = try #require(events.starts.first { $0.phase == base.phase })
      let hidden = model.backbone.configuration.hiddenSize
      #expect(start.trainableParameters > 2 * 3 * hidden * 48, "the linear layers of two blocks train")
      // Every linear layer has an adapter; the backbone is as it was.
      #expect(model.inner[0].base.adapter[2, .down] != nil)
      #expect(try model.backbone.fingerprint == TinyRun.model().backbone.fingerprint)
      #expect(model.backbone.layers[2][.down].dense() == (try TinyRun.model().backbone.layers[2][.down].dense()))
    }
  }

  /// What a full base is kept as is an approximation: its own rewards are what is brought to mean 0 and deviation 1.
  @Test func aFullBaseIsNormalisedByTheRewardsItIsKeptWith() throws {
    try withTemporaryFolder { folder in
      let taxonomy = TinyRun.checked([TaskCategory(id: "chat")])
      let configuration = TinyRun.configuration {
        $0.fineTuning = .full
        $0.base.learningRate = 1e-2
        $0.data.validationFraction = 0
      }
      let samples = try TinyRun.samples(taxonomy)
      let (model, events) = try TinyRun.train(
        in: folder, configuration,
        model: TinyRun.model {
          $0.taxonomy = taxonomy
          $0.base.rank = 1
        }, samples: samples)
      #expect(try #require(events.summaries.last?.extractionError) > 0.05)
      let rewards = try samples.flatMap { try model.scores($0.responses, to: $0.conversation) }
      let normal = RewardNormalization(of: rewards)
      #expect(abs(normal.mean) < 1e-3 && abs(normal.deviation - 1) < 1e-3, "\(normal)")
    }
  }

  @Test func unlabelledSamplesAreDroppedUnlessTheyAreRouted() throws {
    let labelled = try TinyRun.samples()
    let open = try TinyRun.samples(perCategory: 40).filter { $0.capability == nil }.map {
      $0.labeled(category: nil, capability: nil)
    }
    func bases(_ unlabelled: TrainingConfiguration.Unlabeled) throws -> Int {
      try withTemporaryFolder { folder in
        let (_, events) = try TinyRun.train(
          in: folder,
          TinyRun.configuration {
            $0.data.unlabeled = unlabelled
            for path in [\TrainingConfiguration.base, \.expert, \.aggregator] { $0[keyPath: path].maximumSteps = 0 }
          }, samples: labelled + open)
        return events.starts.filter { if case .base = $0.phase { true } else { false } }
          .reduce(0) { $0 + $1.trainingSamples + $1.validationSamples }
      }
    }
    let dropped = try bases(.drop)
    let routed = try bases(.route(minimumProbability: 0))
    let sure = try bases(.route(minimumProbability: 0.97))
    #expect(routed > dropped + 30)
    #expect(sure <= routed && sure >= dropped)
  }

  /// The base that conversations fall back on learns the preferences of all categories, and no sample is there for it alone.
  @Test func theCategoryToFallBackOnLearnsFromAll() throws {
    let routing = RewardModel.RoutingPolicy.fallback(threshold: 1, category: "general")
    let taxonomy = try routing.taxonomy(completing: TinyRun.taxonomy)
    let samples = try TinyRun.samples()
    for origin in [TrainingConfiguration.BaseStart.sharedHead, .sharedBase] {
      try withTemporaryFolder { folder in
        let (model, events) = try TinyRun.train(
          in: folder, TinyRun.configuration { $0.start.bases = origin },
          model: TinyRun.model {
            ($0.taxonomy, $0.routing) = (taxonomy, routing)
          }, samples: samples)
        let base = try #require(events.starts.first { $0.phase == .base(category: "general") })
        #expect(base.trainingSamples + base.validationSamples == samples.count { $0.capability == nil })
        let own = try #require(events.starts.first { $0.phase == .base(category: "chat") })
        #expect(own.trainingSamples + own.validationSamples < 20)
        #expect(model.trainedCategories == ["chat", "code", "general"] && model.isRouterTrained)
        let conversation = try Conversation(prompt: "* 7 *")
        let found = try model.breakdown(of: "yes 1", to: conversation)
        #expect(found.category == "general" && found.capabilities.isEmpty)
        // The router has no prompt of it, and so does not choose it by itself.
        #expect(try model.route(conversation).category != "general")
      }
    }
  }

  /// Samples and prompts that name no category make one: the router learns it, and it has a base of its own.
  @Test func unlabelledSamplesMayBeACategoryOfTheirOwn() throws {
    let open = try (0..<20).map { index in
      try RankedResponses(
        id: "open-\(index)", conversation: Conversation(prompt: "* \(index) *"),
        responses: ["yes \(index % 5)", "no \(index % 7)"], ranks: [1, 2])
    }
    let prompts = try (20..<30).map { index in
      try CategorizedPrompt(id: "\(index)", conversation: Conversation(prompt: "* \(index) *"), category: nil)
    }
    let configuration = TinyRun.configuration { $0.data.unlabeled = .category(id: "other") }
    let taxonomy = try configuration.taxonomy(completing: TinyRun.taxonomy)
    #expect(taxonomy.categories.map(\.id) == ["chat", "code", "other"])
    #expect(try configuration.taxonomy(completing: taxonomy) == taxonomy)
    #expect(try TinyRun.configuration().taxonomy(completing: TinyRun.taxonomy) == TinyRun.taxonomy)
    try withTemporaryFolder { folder in
      let (model, events) = try TinyRun.train(
        in: folder, configuration, model: TinyRun.model { $0.taxonomy = taxonomy },
        samples: TinyRun.samples() + open, prompts: prompts)
      let starts = events.starts
      #expect(starts[0].phase == .router && starts[0].trainingSamples + starts[0].validationSamples == 70)
      let base = try #require(starts.first { $0.phase == .base(category: "other") })
      #expect(base.trainingSamples + base.validationSamples == 20)
      #expect(model.trainedCategories == ["chat", "code", "other"])
      let routed = try (30..<40).map { try model.route(Conversation(prompt: "* \($0) *")).category }
      #expect(routed.filter { $0 == "other" }.count >= 8, "\(routed)")
    }
    // Labels of a point that the category has train its expert.
    let labelled = TinyRun.checked(
      TinyRun.taxonomy.categories + [TaskCategory(id: "other", points: [CapabilityPoint(id: "kind")])])
    try withTemporaryFolder { folder in
      let labels = open.map { $0.labeled(category: nil, capability: "kind") }
      let (_, events) = try TinyRun.train(
        in: folder, configuration, model: TinyRun.model { $0.taxonomy = labelled },
        samples: TinyRun.samples() + open + labels)
      #expect(
        events.starts.contains { $0.phase == .expert(category: "other", point: "kind") && $0.trainingSamples > 4 })
    }
    try withTemporaryFolder { folder in
      #expect(throws: TrainError.self, "the taxonomy has no such category") {
        try TinyRun.train(in: folder, configuration, samples: TinyRun.samples() + open)
      }
    }
  }

  @Test func promptsWithCategoriesTrainTheRouterToo() throws {
    try withTemporaryFolder { folder in
      let prompts = try (50..<60).map { index in
        try CategorizedPrompt(
          id: "\(index)", conversation: try TinyRun.conversation("chat", index), category: "chat")
      }
      let samples = try TinyRun.samples()
      let configuration = TinyRun.configuration {
        for path in [\TrainingConfiguration.base, \.expert, \.aggregator] { $0[keyPath: path].maximumSteps = 0 }
      }
      let (_, events) = try TinyRun.train(in: folder, configuration, samples: samples, prompts: prompts)
      let router = try #require(events.starts.first)
      #expect(router.phase == .router && router.trainingSamples + router.validationSamples == 40 + 10)
    }
  }

  @Test func overLengthSamplesAreCountedOrStopTheRun() throws {
    let long = try RankedResponses(
      id: "long", conversation: "tell 7", responses: [String(repeating: "x", count: 300), "no"], ranks: [1, 2],
      category: "chat")
    let samples = try (0..<20).map { index in
      try RankedResponses(
        id: "long", conversation: TinyRun.conversation("chat", index), responses: long.responses, ranks: [1, 2],
        category: "chat")
    }
    let all = try TinyRun.samples() + samples
    try withTemporaryFolder { folder in
      let (_, events) = try TinyRun.train(in: folder, samples: all)
      let counted = events.starts.filter { $0.phase.category == "chat" }.reduce(0) { $0 + $1.overLengthSamples }
      #expect(counted == 20)
      #expect(events.starts.filter { $0.phase.category == "code" }.allSatisfy { $0.overLengthSamples == 0 })
    }
    try withTemporaryFolder { folder in
      let error = #expect(throws: ModelError.self) {
        try TinyRun.train(in: folder, TinyRun.configuration { $0.data.skipsOverLength = false }, samples: all)
      }
      if case .overLength(let what) = error { #expect(what.limit == 128) } else { Issue.record("\(error as Any)") }
    }
  }

  @Test(arguments: [ExpertPrompts.baseTraining, .allTraining])
  func validationPromptsNeverTrain(expertPrompts: ExpertPrompts) throws {
    let configuration = TinyRun.configuration { $0.data.expertPrompts = expertPrompts }
    let model = try TinyRun.model()
    let samples = try TinyRun.samples(perCategory: 60)
    var training: [TrainingPhase: Set<[Int32]>] = [:]
    var validation: Set<[Int32]> = []
    for (phase, examples) in try TinyRun.examples(configuration, samples: samples) {
      training[phase] = Set(examples.training.map(\.encoded.prompt))
      let own = Set(examples.validation.map(\.encoded.prompt))
      #expect(own.isEmpty == (phase == .sharedHead) && own.isDisjoint(with: training[phase] ?? []))
      validation.formUnion(own)
    }
    for (phase, prompts) in training {
      #expect(!prompts.isEmpty && prompts.isDisjoint(with: validation), "\(phase)")
    }
    for category in ["chat", "code"] {
      let aggregator = try #require(training[.aggregator(category: category)])
      #expect(aggregator.isDisjoint(with: try #require(training[.base(category: category)])))
      for case .expert(category, let point) in training.keys {
        let expert = try #require(training[.expert(category: category, point: point)])
        #expect(expert.isDisjoint(with: aggregator) == (expertPrompts == .baseTraining))
      }
    }
    // The router's validation prompts are the others' as well.
    let texts = try TrainingData(samples, configuration).routerTexts(model)
    #expect(texts.training.count + texts.validation.count == 120)
    #expect(Set(texts.validation.map(\.ids)).isDisjoint(with: texts.training.map(\.ids)))
    for text in texts.validation {
      #expect(training.values.allSatisfy { !$0.contains { $0.starts(with: text.ids) } })
    }
  }
}
