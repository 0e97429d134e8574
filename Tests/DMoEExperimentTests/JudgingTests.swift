import DMoECore
import DMoEData
import DMoEEvaluate
import Foundation
import Testing
import _TestSupport

@testable import DMoEExperiment
@testable import DMoEModel

/// A reward model in the place of people: what it says becomes the order of pairs and the gold of best of n.
@Suite struct JudgingTests {
  private typealias Fixture = ExperimentFixture

  /// A bundle over the fixture's backbone, whose head was never trained to like anything: its order is its own.
  private static func bundle(in folder: URL, maximumTokens: Int = 64) throws -> URL {
    let settings = RewardModel.Configuration {
      $0.taxonomy = .single
      ($0.base, $0.expert) = (.none, .none)
      $0.maximumTokens = maximumTokens
    }
    let backbone = try Backbone(contentsOf: Fixture.backbone, options: Fixture.options)
    let numbers = backbone.configuration
    let weights = (0..<numbers.hiddenSize).map { Float($0 * 7 % 5) - 2 }
    let base = Expert(adapter: LoRAAdapter(layerCount: numbers.layerCount), head: ValueHead(Matrix(row: weights)))
    let model = try RewardModel(
      configuration: settings, reader: StateReader(settings, backbone: backbone, options: Fixture.options),
      router: Router(untrained: settings, for: numbers, seed: 0),
      inner: [InnerMoE(category: Taxonomy.single.categories[0], base: base)])
    let url = folder.appendingPathComponent("judge.dmoerm")
    try model.write(to: url)
    return url
  }

  private static func judged(
    _ data: ExperimentData, by judge: GoldJudge, in folder: URL, onEvent: (ExperimentEvent) throws -> Void = { _ in }
  ) throws -> ExperimentData {
    var judging = try Judging(judge, folder: folder, options: Fixture.options)
    return try judging.judged(data, onEvent)
  }

  @Test func aJudgeOrdersWhatItIsAskedFor() throws {
    try withTemporaryFolder { folder in
      let bundle = try Self.bundle(in: folder)
      let model = try RewardModel(contentsOf: bundle, backbone: Fixture.backbone, options: Fixture.options)
      let data = try Fixture.data()
      let judge = GoldJudge(
        bundle: bundle, backbone: Fixture.backbone, parts: [.training, .validation, .tests, .bestOfN])
      let result = try Self.judged(data, by: judge, in: folder)
      for (samples, old) in [
        (result.training, data.training), (result.validation, data.validation),
        (result.tests[0].samples, data.tests[0].samples),
      ] {
        #expect(samples.count == old.count)
        for (sample, before) in zip(samples, old) {
          guard sample.capability == nil else {
            #expect(sample == before, "capability labels are not the judge's")
            continue
          }
          let rewards = try model.scores(sample.responses, to: sample.conversation)
          for pair in sample.pairs { #expect(rewards[pair.chosen] > rewards[pair.rejected]) }
          #expect(sample.annotator == "judge.dmoerm" && sample.category == before.category && sample.pairs.count == 1)
        }
        // It was never told that "yes" is the better one.
        #expect(samples.map(\.ranks) != old.map(\.ranks))
      }
      // The last prompt is longer than it reads.
      #expect(result.bestOfN.count == 3)
      for prompt in result.bestOfN {
        expectClose(
          prompt.gold, try model.scores(prompt.responses, to: prompt.conversation).map(Double.init), 1e-5)
      }
    }
  }

  /// A mixture that judges gives labels too: its categories, and the order by each expert of the chosen one.
  @Test func aMixtureLabelsByItsExperts() throws {
    try withTemporaryFolder { folder in
      var judge = try OverOptimizationFixture.gold(in: folder)
      judge.parts = [.training, .capabilities, .validation]
      let data = try Fixture.data()
      var judging = try Judging(judge, folder: folder, options: Fixture.options)
      let result = try judging.judged(data) { _ in }
      let model = try RewardModel(contentsOf: judge.bundle, backbone: judge.backbone, options: Fixture.options)
      // Of each overall preference itself and the two points of its category; labels of people are gone.
      let overall = data.training.filter { $0.capability == nil }
      #expect(result.training.count == 3 * overall.count)
      for (place, before) in overall.enumerated() {
        let own = result.training[3 * place..<3 * place + 3]
        let breakdowns = try model.breakdowns(of: before.responses, to: before.conversation)
        #expect(own.map(\.capability) == [nil, "clear", "kind"] && own.allSatisfy { $0.id == before.id })
        #expect(own.allSatisfy { $0.category == breakdowns[0].category })
        for sample in own {
          let rewards = breakdowns.map { breakdown in
            breakdown.capabilities.first { $0.point == sample.capability }?.reward ?? breakdown.reward
          }
          #expect(sample.ranks == (rewards[0] > rewards[1] ? [1, 2] : [2, 1]), "\(rewards)")
        }
      }
      #expect(result.validation.allSatisfy { ["chat", "code"].contains($0.category) })
      #expect(result.taxonomy.categories.allSatisfy { Set($0.points.map(\.id)) == ["clear", "kind"] })
      var plain = GoldJudge(
        bundle: try Self.bundle(in: folder), backbone: Fixture.backbone, parts: [.training, .capabilities])
      #expect(
        throws: ExperimentError.invalidJudge(
          reason: "it has no capability experts, and is to label training data by them")
      ) { try Self.judged(data, by: plain, in: folder) }
      // Where nobody learns from labels it may have none; what it orders is of its own categories.
      plain.needsLabels = false
      let unlabeled = try Self.judged(data, by: plain, in: folder)
      #expect(unlabeled.training.count == overall.count && unlabeled.training.allSatisfy { $0.capability == nil })
      #expect(unlabeled.training.allSatisfy { $0.category == unlabeled.taxonomy.categories.first?.id })
    }
  }

  @Test func theDefaultIsTheGoldOfBestOfN() throws {
    try withTemporaryFolder { folder in
      let data = try Fixture.data()
      let judge = GoldJudge(bundle: try Self.bundle(in: folder), backbone: Fixture.backbone)
      let result = try Self.judged(data, by: judge, in: folder)
      #expect(result.training == data.training && result.validation == data.validation)
      #expect(
        result.tests[0].samples == data.tests[0].samples && result.bestOfN.map(\.gold) != data.bestOfN.map(\.gold))
    }
  }

  /// Rewards are kept: the model is read once, for sets that it has not judged, and another judge is another one.
  @Test func whatWasJudgedIsNotJudgedAgain() throws {
    try withTemporaryFolder { folder in
      let data = try Fixture.data()
      var judge = GoldJudge(bundle: try Self.bundle(in: folder), backbone: Fixture.backbone)
      var events: [String] = []
      func run() throws -> ExperimentData {
        events = []
        return try Self.judged(data, by: judge, in: folder) { event in
          switch event {
          case .readingBackbone(let done, let total): if done == total { events.append("read") }
          case .judged(let set, let samples, let tooLong): events.append("\(set) \(samples) \(tooLong)")
          default: break
          }
        }
      }
      let first = try run()
      #expect(events == ["read", "best-of-n 4 1"])
      #expect(try run().bestOfN == first.bestOfN && events.isEmpty)
      judge.parts = [.bestOfN, .validation, .tests]
      _ = try run()
      #expect(events == ["read", "validation 12 0", "test 16 0"])
      judge.bundle = try Self.bundle(in: folder, maximumTokens: 60)
      _ = try run()
      #expect(events.count == 4)
    }
  }

  @Test func membersLearnWhatTheJudgeLikes() throws {
    try withTemporaryFolder { folder in
      let judge = GoldJudge(
        bundle: try Self.bundle(in: folder), backbone: Fixture.backbone,
        parts: [.training, .validation, .tests, .bestOfN])
      func run(_ name: String, _ judge: GoldJudge?) throws -> ExperimentResult {
        try Experiment(
          contenders: [Fixture.contender(.length), Fixture.contender(.probe)],
          folder: folder.appendingPathComponent(name), judge: judge, trunkCacheBytes: 1 << 24
        ).run(try Fixture.data(), backbone: Fixture.backbone, options: Fixture.options)
      }
      let (own, people) = (try run("own", judge), try run("people", nil))
      // The longer response is always the worse one to people; the judge says otherwise of some.
      #expect(people.row("length")?.result(on: Fixture.test)?.accuracy.value == 0)
      #expect(own.row("length")?.result(on: Fixture.test)?.accuracy.value ?? 0 > 0)
      #expect(own.row("probe")?.bestOfN != people.row("probe")?.bestOfN)
      // A run that goes on is the same, and one of another judge is none of this folder.
      #expect(try run("own", judge).rows == own.rows)
      #expect(throws: ExperimentError.foreignFolder(path: folder.appendingPathComponent("own").path)) {
        try run("own", nil)
      }
    }
  }

  @Test func judgesThatCannotJudgeAreNamed() throws {
    try withTemporaryFolder { folder in
      let data = try Fixture.data()
      func reason(_ judge: GoldJudge) -> String? {
        do { _ = try Self.judged(data, by: judge, in: folder) } catch ExperimentError.invalidJudge(let reason) {
          return reason
        } catch { return "another error: \(error)" }
        return nil
      }
      #expect(reason(GoldJudge(bundle: folder))?.contains("no dmoerm.json") == true)
      let bundle = try Self.bundle(in: folder)
      #expect(reason(GoldJudge(bundle: bundle, parts: []))?.contains("nothing to judge") == true)
      var long = data
      long.validation = try data.validation.filter { $0.capability == nil }.map { sample in
        try RankedResponses(
          id: sample.id, conversation: Conversation(prompt: String(repeating: " more", count: 90)),
          responses: sample.responses, ranks: sample.ranks)
      }
      let judge = GoldJudge(bundle: bundle, backbone: Fixture.backbone, parts: [.validation])
      do {
        _ = try Self.judged(long, by: judge, in: folder)
        Issue.record("nothing was thrown")
      } catch ExperimentError.invalidJudge(let reason) {
        #expect(reason.contains("validation is longer than the 64 tokens"), "\(reason)")
      }
    }
  }

  @Test func rowsWithoutGoldAreReadForAJudge() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("bon.jsonl")
      let rows = [
        #"{"prompt": "a", "responses": ["b", "c"]}"#, #"{"prompt": "a", "candidates": [{"text": "b"}, {"text": "c"}]}"#,
      ]
      try Data(rows.joined(separator: "\n").utf8).write(to: file)
      #expect(throws: (any Error).self) { try BestOfNPrompt.readAll(contentsOf: file) }
      let read = try BestOfNPrompt.readAll(contentsOf: file, needsGold: false)
      #expect(read.prompts.map(\.gold) == [[0, 0], [0, 0]] && read.skipped == 0)
    }
  }
}
