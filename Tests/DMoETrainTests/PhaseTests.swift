@_spi(Command) import DMoEData
import DMoEModel
import Foundation
import Synchronization
import Testing
import _TestSupport

@testable import DMoETrain

/// Phases as values: what each asks for, and what it leaves in the model.
@Suite struct PhaseTests {
  private static func run(
    in folder: URL, _ configuration: TrainingConfiguration = TinyRun.configuration(), samples: [RankedResponses]? = nil,
    onEvent: @escaping (TrainingEvent) throws -> Void = { _ in }
  ) throws -> TrainingRun {
    try TrainingRun(
      of: TrainingPipeline(configuration: configuration, runFolder: folder),
      TrainingRun.Start(model: TinyRun.model(), samples: samples ?? TinyRun.samples(), prompts: []),
      cache: TrunkCache(limit: 1 << 20), onEvent: onEvent)
  }

  private static let chat = TinyRun.taxonomy.categories[0]

  @Test func aPlanHasWhatBasesStartFrom() {
    func names(_ start: TrainingConfiguration.BaseStart, warms: Bool = true, _ taxonomy: Taxonomy = TinyRun.taxonomy)
      -> [TrainingPhase]
    {
      PhasePlan(
        taxonomy,
        TinyRun.configuration {
          $0.start.bases = start
          $0.start.warmsHeads = warms
        }
      ).names
    }
    #expect(names(.sharedBase).prefix(3) == [.router, .sharedBase, .base(category: "chat")])
    #expect(names(.sharedHead).prefix(3) == [.router, .sharedHead, .base(category: "chat")])
    #expect(names(.sharedHead, warms: false)[1] == .base(category: "chat"), "heads that start at random share nothing")
    #expect(names(.own)[1] == .base(category: "chat"))
    for start in TrainingConfiguration.BaseStart.allCases {
      let first = names(start, TinyRun.checked([Self.chat])).first
      #expect(first == .base(category: "chat"), "nothing to share, nothing to route")
    }
  }

  @Test func aPlanThatKeepsBasesBeginsOnTopOfThem() {
    let shared = TinyRun.configuration { $0.start.bases = .sharedBase }
    #expect(
      PhasePlan(TinyRun.taxonomy, shared, keepsBases: true).names
        == TrainingPipeline.phases(of: TinyRun.taxonomy).filter {
          if case .base = $0 { false } else { $0 != .sharedHead }
        })
  }

  /// A head of a published model reads the backbone as it is: there is no adapter to take steps.
  @Test func aBareBaseIsRefusedBeforeItsFirstStep() throws {
    try withTemporaryFolder { folder in
      let drawn = try TinyRun.model { $0.taxonomy = .single }
      let bare = Expert(
        adapter: LoRAAdapter(layerCount: drawn.backbone.configuration.layerCount), head: drawn.inner[0].base.head)
      let model = try RewardModel(
        configuration: drawn.configuration, reader: drawn.reader, router: drawn.router,
        inner: [InnerMoE(category: Taxonomy.single.categories[0], base: bare)])
      #expect(throws: TrainError.self) { try TinyRun.train(in: folder, model: model) }
      #expect(try metricsLines(folder).steps.isEmpty)
    }
  }

  @Test func aPhaseOnTopOfAnUntrainedBaseSaysSo() throws {
    let model = try TinyRun.model()
    let phases: [any Phase] = [
      ExpertPhase(category: Self.chat, index: 0, point: 1), AggregatorPhase(category: Self.chat, index: 0),
    ]
    for phase in phases { #expect(phase.obstacle(in: model) == "the base of its category is not trained") }
    for phase in [RouterPhase(), BasePhase(category: Self.chat, index: 0), SharedBasePhase()] as [any Phase] {
      #expect(phase.obstacle(in: model) == nil)
    }
  }

  @Test func everyPhaseTakesItsShareOfTheSamples() throws {
    let configuration = TinyRun.configuration()
    let samples = try TinyRun.samples(perCategory: 40)
    let examples = try TinyRun.examples(
      TinyRun.configuration { $0.start.bases = .sharedBase }, samples: samples)
    func counts(_ phase: TrainingPhase) throws -> (training: Int, validation: Int) {
      let data = try #require(examples[phase])
      return (data.training.count, data.validation.count)
    }
    for category in TinyRun.taxonomy.categories {
      let own = samples.filter { $0.category == category.id }
      let split = try configuration.split()
      let base = try counts(.base(category: category.id))
      let aggregator = try counts(.aggregator(category: category.id))
      #expect(base.training == split.overallSamples(own, in: .baseTraining).count)
      #expect(aggregator.validation == split.overallSamples(own, in: .aggregatorValidation).count)
      #expect(base.training + base.validation + aggregator.training + aggregator.validation == 40)
      for point in category.points {
        let expert = try counts(.expert(category: category.id, point: point.id))
        #expect(expert == base, "the labels of the base's prompts")
      }
    }
    let (chat, code) = (try counts(.base(category: "chat")), try counts(.base(category: "code")))
    let shared = try counts(.sharedBase)
    #expect(shared.training == chat.training + code.training && shared.validation == chat.validation + code.validation)
  }

  /// What is installed is what stands in the run folder, whoever trained it.
  @Test func aPhaseInstallsWhatWasKept() throws {
    try withTemporaryFolder { folder in
      let phase = BasePhase(category: Self.chat, index: 0)
      let first = try Self.run(in: folder)
      var trained = first.untrained
      #expect(try first.train(phase, &trained) == nil)
      let kept = try #require(try first.kept(phase.name))
      var installed = first.untrained
      try phase.install(kept, in: &installed)
      #expect(installed.trainedCategories == ["chat"] && trained.trainedCategories == ["chat"])
      #expect(try TinyRun.bundle(of: installed) == TinyRun.bundle(of: trained))
      #expect(try TinyRun.bundle(of: installed) != TinyRun.bundle(of: first.untrained))
    }
  }

  @Test func aPhaseWithTooLittleIsLeftOutWithItsCount() throws {
    try withTemporaryFolder { folder in
      let run = try Self.run(in: folder, samples: TinyRun.samples(perCategory: 1).filter { $0.category == "chat" })
      var model = run.untrained
      let reason = try run.train(AggregatorPhase(category: Self.chat, index: 0), &model)
      #expect(reason == "the base of its category is not trained", "asked before its samples")
      let short = try run.train(SharedBasePhase(), &model)
      #expect(short?.hasPrefix("samples to train on: ") == true && short?.hasSuffix("fewer than 2") == true)
      #expect(try run.train(RouterPhase(), &model)?.hasPrefix("prompts with a category to train on: ") == true)
      #expect(model.trainedCategories.isEmpty)
    }
  }

  /// What is told again by every run of a folder is no line of its metrics.
  @Test func textsReadAndSkippedPhasesAreToldAndNotRecorded() throws {
    try withTemporaryFolder { folder in
      let told = Mutex<[TrainingEvent]>([])
      let run = try Self.run(in: folder) { event in told.withLock { $0.append(event) } }
      let events: [TrainingEvent] = [
        .runStarted(phases: [.router]), .textsRead(.router, done: 16, total: 20), .phaseSkipped(.router),
        .phaseLeftOut(.sharedBase, reason: "r"), .runFinished(seconds: 1),
      ]
      for event in events { try run.tell(event) }
      #expect(told.withLock { $0 } == events)
      #expect(try metricsLines(folder) == [events[0], events[3], events[4]])
    }
  }

  /// Two phases of one seed share no random numbers, and a phase has the same ones in every run.
  @Test func everyPhaseHasASeedOfItsOwn() throws {
    try withTemporaryFolder { folder in
      let run = try Self.run(in: folder)
      let seeds = PhasePlan(TinyRun.taxonomy, run.configuration).names.map { run.seed(of: $0) }
      #expect(Set(seeds).count == seeds.count)
    }
  }

  @Test func aRunIsTimedByTheClockThatIsPassedIn() throws {
    try withTemporaryFolder { folder in
      let readings = Mutex(0)
      var pipeline = TrainingPipeline(
        configuration: TinyRun.configuration {
          $0.data.validationFraction = 0
          $0.base.maximumSteps = 1
        }, runFolder: folder)
      pipeline.clock = TrainingClock {
        readings.withLock {
          $0 += 1
          return .seconds($0)
        }
      }
      var model = try TinyRun.model { $0.taxonomy = .single }
      var events: [TrainingEvent] = []
      try pipeline.run(&model, samples: TinyRun.samples()) { events.append($0) }
      // Readings: the run's start, the phase's, two of its one step, the phase's end, the run's end.
      #expect(events.summaries.map(\.seconds) == [3])
      #expect(events.steps.map { $0.tokensPerSecond.rounded() == $0.tokensPerSecond } == [true])
      #expect(events.last == .runFinished(seconds: 5))
    }
  }
}
