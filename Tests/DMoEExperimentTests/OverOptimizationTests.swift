import DMoEData
import DMoERL
import Foundation
import Testing
import _TestSupport

@testable import DMoEExperiment
@testable import DMoEModel

/// Texts, gold labels, proxies, the best of n and policies, in one run that a folder keeps.
@Suite struct OverOptimizationTests {
  private typealias Fixture = OverOptimizationFixture
  private static let single = ExperimentResult.Reading(contender: "single", kind: .member)
  private static let mixture = ExperimentResult.Reading(contender: "mixture", kind: .member)
  private static let worst = ExperimentResult.Reading(contender: "single", kind: .ensemble(rule: .worstCase))

  @Test func everyProxyIsTrainedOptimizedAndReported() async throws {
    try await inTemporaryFolder { folder in
      let measurement = try Fixture.measurement(in: folder, gold: try Fixture.gold(in: folder))
      let result = try await Fixture.run(measurement)
      let names = result.rows.map(\.name)
      for name in [
        "single", "single, 2 seeds: worst case", "single, Laplace: mean", "mixture", "mixture, its experts: mean",
      ] {
        #expect(names.contains(name), "\(name) in \(names)")
      }
      #expect(result.reference == Self.single && result.comparison.sets == [.validation])
      for row in result.rows {
        let points = row.bestOfN.points
        #expect(points[0].effort == 1 && points[0].divergence == 0)
        // One text is no choice, and the chosen of more is better by what chooses.
        #expect(abs(points[0].gold.value) < 1e-9 && abs(points[0].proxy.value) < 1e-9)
        #expect(points[points.count - 1].proxy.value > 0, "\(row.name)")
        #expect(points[points.count - 1].gold.value <= result.ceiling + 1e-9 && row.noise == 0.25)
        #expect((row.bestOfN.difference == nil) == (row.reading == Self.single))
        #expect((row.policy != nil) == [Self.single, Self.worst, Self.mixture].contains(row.reading), "\(row.name)")
        #expect(row.runs.count == (row.policy == nil ? 0 : 2) && row.agreement != nil)
        #expect((row.millisecondsPerText ?? 0) > 0, "\(row.name)")
      }
      let policy = try #require(result[Self.mixture]?.policy)
      #expect(policy.points.map(\.effort) == [0, 2, 3] && policy.points[0].divergence == 0)
      #expect(policy.points[0].gold.value == 0 && policy.points[2].distance > 0)
      let counts = result.counts
      #expect(counts.trainingPrompts == 12 && counts.heldOutPrompts + counts.heldOutPromptsLeftOut == 3)
      #expect(counts.pairs > 0 && counts.validationPairs > 0 && counts.pairs + counts.validationPairs <= 36)

      let report = OverOptimizationReport(result: result, title: "Tiny <b>run</b>")
      let (page, markdown) = (report.html(), report.markdown())
      for text in [
        "Choosing the best of n", "Training a policy", "Tiny &lt;b&gt;run&lt;/b&gt;", "single, 2 seeds: worst case",
      ] {
        #expect(page.contains(text), "\(text)")
      }
      for text in ["## Best of n", "## Trained policies", "## Runs of policies", "| mixture 2 |", "## Contenders"] {
        #expect(markdown.contains(text), "\(text) in \(markdown)")
      }
    }
  }

  /// What is done is not done again, and whoever is stopped ends with the same figures.
  @Test func whoIsStoppedAnywhereGoesOnAndEndsTheSame() async throws {
    struct Stop: Error {}
    try await inTemporaryFolder { folder in
      let gold = try Fixture.gold(in: folder)
      let whole = try await Fixture.run(
        try Fixture.measurement(in: folder.appendingPathComponent("whole"), gold: gold))
      let measurement = try Fixture.measurement(in: folder.appendingPathComponent("parts"), gold: gold)
      let stops: [(ExperimentEvent) -> Bool] = [
        { if case .drawn(let set, _, _) = $0 { set == "training" } else { false } },
        { if case .judged(let set, _, _) = $0 { set == "training" } else { false } },
        { if case .memberStarted(let id, _, _) = $0 { id.contender == "mixture" } else { false } },
        { if case .scored(let set) = $0 { set == .validation } else { false } },
        { if case .timing(let done, _) = $0 { done == 1 } else { false } },
        { if case .policyStep(let id, let step) = $0 { id.proxy == Self.single && step.step == 2 } else { false } },
        { if case .policyMeasuring(let id, 2, _, _) = $0 { id.proxy == Self.worst && id.seed == 2 } else { false } },
        { if case .policyFinished(let id, _, _) = $0 { id.proxy == Self.mixture } else { false } },
      ]
      for stop in stops {
        await #expect(throws: Stop.self) {
          try await Fixture.run(measurement) { event in if stop(event) { throw Stop() } }
        }
      }
      var steps = 0
      let result = try await Fixture.run(measurement) { event in
        if case .policyStep = event { steps += 1 }
      }
      // The last run of six is all that was left.
      #expect(steps == 3)
      #expect(result.timeless == whole.timeless && result.counts == whole.counts)
      var others: [ExperimentEvent] = []
      let again = try await Fixture.run(measurement) { event in
        switch event {
        case .drawing, .judging, .readingTexts, .scoring, .timing, .policyStep, .policyMeasuring: others.append(event)
        default: break
        }
      }
      #expect(others.isEmpty && again == result)
    }
  }

  @Test func anotherMeasurementIsRefusedAndSaysWhatIsAnother() async throws {
    try await inTemporaryFolder { folder in
      let gold = try Fixture.gold(in: folder)
      let settings = OverOptimizationSettings {
        $0 = Fixture.settings
        $0.policies.proxies = []
      }
      func run(_ gold: GoldJudge, _ settings: OverOptimizationSettings, training: Range<Int> = 0..<12) async throws {
        _ = try await Fixture.run(
          try Fixture.measurement(in: folder, gold: gold, contenders: [Fixture.contender(.probe)], settings: settings),
          training: training)
      }
      try await run(gold, settings)
      var others = settings
      others.drawing.seed = 7
      let path = folder.appendingPathComponent("measurement").path
      await #expect(
        throws: ExperimentError.foreignMeasurement(path: path, difference: "number or kind of texts")
      ) { try await run(gold, others) }
      await #expect(throws: ExperimentError.foreignMeasurement(path: path, difference: "set of prompts")) {
        try await run(gold, settings, training: 0..<11)
      }
      let other = try Fixture.gold(in: folder, seed: 4)
      await #expect(throws: ExperimentError.foreignMeasurement(path: path, difference: "gold model")) {
        try await run(other, settings)
      }
    }
  }

  /// What gold's experts say is kept whoever learns from it, so that nobody's data change.
  @Test func aContenderThatLearnsCapabilitiesMayBeAdded() async throws {
    try await inTemporaryFolder { folder in
      let gold = try Fixture.gold(in: folder)
      let settings = OverOptimizationSettings {
        $0 = Fixture.settings
        $0.policies.proxies = []
      }
      func run(_ structures: [ExperimentContender.Structure]) async throws -> OverOptimizationResult {
        try await Fixture.run(
          try Fixture.measurement(
            in: folder, gold: gold, contenders: structures.map { Fixture.contender($0) }, settings: settings))
      }
      let first = try await run([.single])
      let second = try await run([.single, .mixture])
      #expect(second.counts == first.counts && second[Self.mixture] != nil)
      #expect(second[Self.single]?.bestOfN == first[Self.single]?.bestOfN)
    }
  }

  @Test func aFinishedBundleIsNoProxy() throws {
    var given = Fixture.contender(.single)
    (given.bundle, given.noise) = (Fixture.backbone, nil)
    do {
      _ = try OverOptimization(
        contenders: [given], gold: GoldJudge(bundle: Fixture.backbone), folder: Fixture.backbone)
      Issue.record("nothing was thrown")
    } catch ExperimentError.invalidPlan(let reason) {
      #expect(reason.contains("single is a finished bundle"), "\(reason)")
    }
  }

  @Test(arguments: [(.single, false), (.perTask, false), (.mixture, true)] as [(ExperimentContender.Structure, Bool)])
  func goldNeedsLabelsWhereSomebodyLearnsThem(structure: ExperimentContender.Structure, needsLabels: Bool) throws {
    let settings = OverOptimizationSettings {
      $0 = Fixture.settings
      $0.policies.proxies = []
    }
    let measurement = try OverOptimization(
      contenders: [Fixture.contender(structure)], gold: GoldJudge(bundle: Fixture.backbone),
      folder: Fixture.backbone, settings: settings)
    let gold = measurement.gold
    #expect(gold.needsLabels == needsLabels && gold.parts.contains(.capabilities) == needsLabels)
  }

  /// Before an hour of drawing, and not after it.
  @Test func goldIsReadBeforeTextsAreDrawn() async throws {
    try await inTemporaryFolder { folder in
      let gold = try Fixture.gold(in: folder)
      try FileManager.default.removeItem(at: gold.bundle.appendingPathComponent("router.safetensors"))
      await #expect(throws: ModelError.self) {
        try await Fixture.run(try Fixture.measurement(in: folder, gold: gold)) { event in
          if case .drawing = event { Issue.record("texts are drawn") }
        }
      }
    }
  }

  @Test func heldOutPromptsAreNotLearnedFrom() async throws {
    try await inTemporaryFolder { folder in
      let measurement = try Fixture.measurement(in: folder, gold: try Fixture.gold(in: folder))
      do {
        _ = try await Fixture.run(measurement, training: 0..<12, heldOut: 10..<14)
        Issue.record("nothing was thrown")
      } catch ExperimentError.invalidPlan(let reason) {
        // Of those that are measured on: three.
        #expect(reason.hasPrefix("2 of the held-out prompts"), "\(reason)")
      }
    }
  }

  @Test(
    arguments: [
      ("other", nil, "no such contender"), ("length", nil, "no model"), ("mixture", .worstCase, "one seed"),
      ("single", .expertsMean, "has none"), ("pair", .worstCase, "experts of their own"),
    ] as [(String, ProxyReading?, String)])
  func proxiesThatCannotTrainAPolicyAreNamed(contender: String, reading: ProxyReading?, words: String) throws {
    var pair = Fixture.contender(.mixture, seeds: [1, 2])
    pair.id = "pair"
    let contenders = [
      Fixture.contender(.length), Fixture.contender(.single, seeds: [1, 2]), Fixture.contender(.mixture), pair,
    ]
    let settings = OverOptimizationSettings {
      $0.policies.proxies = [.init(contender: contender, reading: reading)]
    }
    do {
      _ = try OverOptimization(
        contenders: contenders, gold: GoldJudge(bundle: Fixture.backbone), folder: Fixture.backbone, settings: settings)
      Issue.record("nothing was thrown")
    } catch ExperimentError.invalidPlan(let reason) {
      #expect(reason.contains(contender) && reason.contains(words), "\(reason)")
    }
  }
}
