import DMoECore
import DMoEData
import DMoEEvaluate
import DMoETrain
import Foundation
import Testing
import _TestSupport

@testable import DMoEExperiment
@testable import DMoEModel

@Suite struct ExperimentTests {
  private static let backbone = FixtureFolder(of: "DMoEModelTests", "models").url("llama/llama.f32.gguf")
  private static let options = ComputeOptions(threads: 1)

  /// "yes" is better than "no", overall and by every point; both categories have a point of one name.
  private static func samples(_ range: Range<Int>) throws -> [RankedResponses] {
    try ["chat", "code"].flatMap { category in
      try range.flatMap { index in
        try ([nil] + (category == "chat" ? ["empathy", "style"] : ["style"])).map { point in
          let responses = ["yes \(index % 5)", "no, \(index % 7) and so on"]
          return try RankedResponses(
            id: "\(category)-\(index)", source: index % 2 == 0 ? "even" : "odd",
            conversation: Conversation(prompt: category == "chat" ? "tell \(index)" : "f(\(index))=?"),
            responses: index % 3 == 0 ? responses : responses.reversed(), ranks: index % 3 == 0 ? [1, 2] : [2, 1],
            category: category, capability: point)
        }
      }
    }
  }

  private static func data(_ count: Int = 16) throws -> ExperimentData {
    let training = try samples(0..<count)
    return ExperimentData(
      training: training, validation: try samples(40..<46),
      tests: [.init(name: "test", samples: try samples(50..<58))],
      routerTest: try samples(50..<54).filter { $0.capability == nil }.map { CategorizedPrompt($0) },
      bestOfN: try (60..<64).map { index in
        try BestOfNPrompt(
          // The last prompt is longer than the models read; length alone could judge it.
          conversation: Conversation(
            prompt: "tell \(index)" + (index == 63 ? String(repeating: " more", count: 90) : "")),
          responses: ["yes 1", "no 2", "yes 3", "maybe"],
          gold: [1, 0, 1, 0.5])
      },
      taxonomy: try Taxonomy.inferred(from: training))
  }

  private static func contender(
    _ structure: ExperimentContender.Structure, name: String? = nil, seeds: [UInt64] = [1], noise: LabelNoise? = nil
  ) -> ExperimentContender {
    func phase(_ steps: Int) -> PhaseTraining {
      PhaseTraining(learningRate: 2e-3, epochs: 10) {
        $0.batchSize = 4
        $0.maximumSteps = steps
      }
    }
    let adapter = LoRAConfiguration(rank: 2, alpha: 4, dropout: 0, topLayers: 1)
    return ExperimentContender(
      name: name ?? structure.rawValue, structure: structure,
      model: RewardModel.Configuration {
        ($0.base, $0.expert) = (adapter, adapter)
        $0.aggregatorWidth = 4
        $0.maximumTokens = 64
      },
      training: TrainingConfiguration {
        $0.data.validationFraction = 0.25
        $0.data.minimumSamples = 2
        $0.start.ridges = [1]
        ($0.base, $0.expert, $0.aggregator) = (phase(3), phase(2), phase(2))
      }, seeds: seeds, noise: noise)
  }

  private static func run(
    _ contenders: [ExperimentContender], in folder: URL, data: ExperimentData? = nil, membersAtOnce: Int = 1,
    onEvent: (ExperimentEvent) throws -> Void = { _ in }
  ) throws -> ExperimentResult {
    try Experiment(contenders: contenders, folder: folder, trunkCacheBytes: 1 << 24, membersAtOnce: membersAtOnce)
      .run(
        try data ?? Self.data(), backbone: backbone, options: options, onEvent: onEvent)
  }

  /// Structures with several categories have one more for samples without any; those with one do not need it.
  @Test func unlabelledSamplesMayBeACategoryOfMixtures() throws {
    let data = try Self.data()
    for structure in ExperimentContender.Structure.allCases {
      var contender = Self.contender(structure)
      contender.training.data.unlabeled = .category(id: "general")
      let hasSeveral = structure == .mixture || structure == .perTask
      #expect(try contender.taxonomy(of: data.taxonomy).categories.map(\.id).contains("general") == hasSeveral)
    }
  }

  @Test func everyStructureIsTrainedReadAndShown() throws {
    try withTemporaryFolder { folder in
      let contenders = ExperimentContender.Structure.allCases.map {
        Self.contender($0, seeds: $0 == .single ? [1, 2, 3] : [1])
      }
      let result = try Self.run(contenders, in: folder)
      #expect(result.reference == "single" && result.sets == ["validation", "test", "best-of-n"])
      let names = Set(result.rows.map(\.name))
      for name in [
        "length", "probe", "single", "pooled", "perTask", "withoutOuter", "mixture", "single, 3 seeds: mean",
        "single, 3 seeds: worst case", "single, 3 seeds: mean − 0.5 variance", "single, Laplace: mean − deviation",
        "mixture, its experts: mean", "withoutOuter, its experts: worst case",
      ] { #expect(names.contains(name), "\(name)") }
      for row in result.rows {
        let test = try #require(row.set("test"))
        #expect(test.pairs == 16 && (0...1).contains(test.accuracy.value) && row.bestOfN?.points.count == 4)
        #expect(test.accuracy.lower <= test.accuracy.value && test.accuracy.value <= test.accuracy.upper)
        #expect((row.name == result.reference) == (test.comparison == nil))
        #expect((row.name == result.reference) == (row.areaDifference == nil) && row.bestOfN?.areaByPrompt.count == 3)
        #expect(test.categories.map(\.name) == ["chat", "code"] && test.sources.map(\.name) == ["even", "odd"])
        #expect((row.tokens == 0) == (row.structure == .length || row.structure == .probe), "\(row.name)")
      }
      // The longer response is always the worse one; "yes" against "no" is easily learnt.
      let length = try #require(result.rows.first { $0.name == "length" }?.set("test"))
      #expect(length.accuracy.value == 0 && length.shorterChosen == 0)
      for name in ["probe", "single", "mixture"] {
        #expect(try #require(result.rows.first { $0.name == name }?.set("test")).accuracy.value > 0.8, "\(name)")
      }
      let single = try #require(result.rows.first { $0.name == "single" })
      let ensemble = try #require(result.rows.first { $0.name == "single, 3 seeds: mean" })
      #expect(abs(ensemble.tokens - 3 * single.tokens) <= 3 && single.set("test")?.accuracyByMember.count == 3)
      #expect(Set(result.routers.keys) == ["perTask", "mixture"])
      #expect(result.specializations.map(\.point) == ["chat/empathy", "chat/style", "code/style"])
      let mixture = try #require(result.rows.first { $0.name == "mixture" }?.set("test"))
      #expect(mixture.labelledPairs == 16 && mixture.labelledAccuracy != nil)

      let report = ExperimentReport(result: result, title: "A <test>", facts: [("backbone", "tiny & odd")])
      let (page, text) = (report.html(), report.markdown())
      #expect(page.contains("A &lt;test&gt;") && !page.contains("<test>") && page.contains("Best of n"))
      for word in ["Ranking accuracy: test", "| mixture |", "Capability experts", "withoutOuter", "the gold itself"] {
        #expect(text.contains(word), "\(word)")
      }
      let copy = try JSONDecoder().decode(ExperimentResult.self, from: JSONEncoder().encode(result))
      #expect(copy == result)

      // A member's bundle is whole and scores as it was scored.
      let bundle = folder.appendingPathComponent("members/mixture/1/model.dmoerm")
      let model = try RewardModel(contentsOf: bundle, backbone: Self.backbone, options: Self.options, goldens: .all)
      let store = try ExperimentStore(folder, data: Self.data())
      let scores = try #require(try store.scores("mixture", 1, "test")?[0])
      let sample = try Self.data().tests[0].samples[0]
      let again = try model.scores(sample.responses, to: sample.conversation)
      #expect(zip(again, scores.rewards).allSatisfy { abs($0 - $1) < 1e-5 })
      // It orders all validation pairs rightly, so that no temperature is the best.
      #expect(model.temperature == 1)
    }
  }

  @Test func aSecondRunTrainsAndScoresOnlyWhatIsNew() throws {
    try withTemporaryFolder { folder in
      let first = try Self.run([Self.contender(.single)], in: folder)
      var steps: [String: Int] = [:]
      var scored = 0
      let second = try Self.run([Self.contender(.single), Self.contender(.perTask)], in: folder) { event in
        switch event {
        case .training(let contender, _, .step): steps[contender, default: 0] += 1
        case .scoring: scored += 1
        default: break
        }
      }
      #expect(steps["single"] == nil && steps["perTask"] == 6 && scored > 0)
      #expect(second.rows.first { $0.name == "single" } == first.rows[0])
      let third = try Self.run([Self.contender(.single), Self.contender(.perTask)], in: folder) { event in
        if case .scoring = event { Issue.record("scored again") }
      }
      #expect(third == second)
    }
  }

  @Test func aStoppedRunGoesOnToTheSameResult() throws {
    struct Stop: Error {}
    let contenders = [Self.contender(.single), Self.contender(.mixture)]
    let whole = try withTemporaryFolder { try Self.run(contenders, in: $0) }
    try withTemporaryFolder { folder in
      for limit in [4, 9, 20] {
        var count = 0
        #expect(throws: Stop.self) {
          try Self.run(contenders, in: folder) { _ in
            count += 1
            if count > limit { throw Stop() }
          }
        }
      }
      let result = try Self.run(contenders, in: folder)
      #expect(result.rows.map { $0.set("test")?.accuracy } == whole.rows.map { $0.set("test")?.accuracy })
      #expect(result.rows.map { $0.bestOfN?.area } == whole.rows.map { $0.bestOfN?.area })
      #expect(result.rows.map(\.tokens) == whole.rows.map(\.tokens))
    }
  }

  /// Members that train side by side are those that train one after the other, stopped or not.
  @Test func membersSideBySideAreTheSame() throws {
    struct Stop: Error {}
    let contenders = [Self.contender(.single, seeds: [1, 2]), Self.contender(.mixture), Self.contender(.probe)]
    let whole = try withTemporaryFolder { try Self.run(contenders, in: $0) }
    try withTemporaryFolder { folder in
      for limit in [3, 12, 30] {
        var count = 0
        #expect(throws: Stop.self) {
          try Self.run(contenders, in: folder, membersAtOnce: 3) { _ in
            count += 1
            if count > limit { throw Stop() }
          }
        }
        #expect(count == limit + 1, "nothing is told after a stop")
      }
      var running: Set<String> = []
      var (most, read, steps) = (0, 0, 0)
      let result = try Self.run(contenders, in: folder, membersAtOnce: 3) { event in
        switch event {
        case .readingTexts: read += 1
        case .memberStarted(let contender, let seed, _, let count):
          running.insert("\(contender) \(seed)")
          #expect(count == 4)
        case .memberFinished(let contender, let seed, _): running.remove("\(contender) \(seed)")
        case .training(_, _, .step): steps += 1
        default: break
        }
        most = max(most, running.count)
      }
      #expect(most > 1 && most <= 3 && read > 0 && steps > 0)
      #expect(result.rows.map { $0.set("test")?.accuracy } == whole.rows.map { $0.set("test")?.accuracy })
      #expect(result.rows.map { $0.bestOfN?.area } == whole.rows.map { $0.bestOfN?.area })
      let again = try Self.run(contenders, in: folder, membersAtOnce: 3) { event in
        if case .readingTexts = event { Issue.record("all is trained") }
      }
      #expect(again == result)
    }
  }

  /// What its own settings make impossible is one member's matter: the others are trained, and the next run says so again.
  @Test(arguments: [1, 2]) func aMemberThatCannotBeTrainedDoesNotStopTheOthers(membersAtOnce: Int) throws {
    var few = Self.contender(.single, name: "few")
    few.training.data.minimumSamples = 1000
    try withTemporaryFolder { folder in
      for run in 1...2 {
        var (finished, failed, steps) = ([String](), [String](), 0)
        #expect(
          throws: ExperimentError.failedMembers(["few 1: few: no category had enough samples to train"])
        ) {
          try Self.run([few, Self.contender(.single, seeds: [1, 2])], in: folder, membersAtOnce: membersAtOnce) {
            event in
            switch event {
            case .memberFinished(let contender, let seed, _): finished.append("\(contender) \(seed)")
            case .memberFailed(let contender, let seed, _): failed.append("\(contender) \(seed)")
            case .training(_, _, .step): steps += 1
            default: break
            }
          }
        }
        #expect(finished.sorted() == ["single 1", "single 2"] && failed == ["few 1"] && (steps > 0) == (run == 1))
      }
    }
  }

  /// Before anything is read or trained.
  @Test func impossibleSettingsAreNamedFirst() throws {
    var impossible = Self.contender(.single, name: "impossible")
    impossible.model.depth = 99
    try withTemporaryFolder { folder in
      do {
        _ = try Self.run([Self.contender(.single), impossible], in: folder, membersAtOnce: 2) { event in
          Issue.record("\(event)")
        }
        Issue.record("it was run")
      } catch ExperimentError.invalidContender(let name, let reason) {
        #expect(name == "impossible" && reason.contains("depth is 99"))
      }
    }
    impossible.training.base.batchSize = 0
    #expect(throws: ExperimentError.self) { try Experiment(contenders: [impossible], folder: Self.backbone) }
    #expect(throws: ExperimentError.self) {
      try Experiment(contenders: [Self.contender(.single)], folder: Self.backbone, membersAtOnce: 0)
    }
  }

  @Test func noiseIsTrainedOnAndNotMeasuredOn() throws {
    try withTemporaryFolder { folder in
      let result = try Self.run(
        [Self.contender(.single), Self.contender(.single, name: "turned", noise: LabelNoise(share: 1))], in: folder)
      let rows = result.rows.filter { $0.name == $0.contender }
      #expect(rows.map(\.noise) == [0, 1])
      #expect((rows[0].set("test")?.accuracy.value ?? 0) > 0.8 && (rows[1].set("test")?.accuracy.value ?? 1) < 0.2)
    }
  }

  @Test func aProbeIsFittedWhateverTheSettingsSay() throws {
    try withTemporaryFolder { folder in
      var probe = Self.contender(.probe)
      probe.training.start.warmsHeads = false
      let result = try Self.run([probe], in: folder)
      #expect((result.rows.first?.set("test")?.accuracy.value ?? 0) > 0.8)
    }
  }

  @Test func otherDataAndImpossiblePlansAreRefused() throws {
    try withTemporaryFolder { folder in
      _ = try Self.run([Self.contender(.probe)], in: folder)
      #expect(throws: ExperimentError.foreignFolder(path: folder.path)) {
        try Self.run([Self.contender(.probe)], in: folder, data: Self.data(15))
      }
      // Their rewards would be those of another set.
      for name in ["validation", "best-of-n", "test", "a/b", ""] {
        var data = try Self.data()
        data.tests.append(.init(name: name, samples: data.validation))
        #expect(throws: ExperimentError.self, "\(name)") {
          try Self.run([Self.contender(.length)], in: folder.appendingPathComponent("other"), data: data)
        }
      }
      let impossible: [[ExperimentContender]] = [
        [], [Self.contender(.single), Self.contender(.single)], [Self.contender(.single, name: "a/b")],
        [Self.contender(.single, name: "")], [Self.contender(.single, seeds: [])],
        [Self.contender(.single, seeds: [1, 1])],
      ]
      for contenders in impossible {
        #expect(throws: ExperimentError.self) { try Experiment(contenders: contenders, folder: folder) }
      }
    }
  }

  @Test func settingsOfItsOwnAreTold() throws {
    var other = Self.contender(.single, name: "other")
    other.training.loss.debiasesLength = true
    other.model.depth = 2
    #expect(
      try other.settings(otherThan: Self.contender(.single))
        == ["training.loss.debiasesLength": "true", "model.depth": "2"])
    #expect(try other.settings(otherThan: other).isEmpty)
  }
}
