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
  private typealias Fixture = ExperimentFixture

  /// Structures with several categories have one more for samples without any; those with one do not need it.
  @Test func unlabelledSamplesMayBeACategoryOfMixtures() throws {
    let data = try Fixture.data()
    for structure in ExperimentContender.Structure.allCases {
      var contender = Fixture.contender(structure)
      contender.training.data.unlabeled = .category(id: "general")
      let hasSeveral = structure == .mixture || structure == .perTask
      #expect(try contender.taxonomy(of: data.taxonomy).categories.map(\.id).contains("general") == hasSeveral)
    }
  }

  @Test func everyStructureIsTrainedReadAndShown() throws {
    try withTemporaryFolder { folder in
      let contenders = ExperimentContender.Structure.allCases.map {
        Fixture.contender($0, seeds: $0 == .single ? [1, 2, 3] : [1])
      }
      let result = try Fixture.run(contenders, in: folder)
      #expect(
        result.reference == .init(contender: "single", kind: .member)
          && result.sets == [.validation, .test("test"), .bestOfN])
      let names = Set(result.rows.map(\.name))
      for name in [
        "length", "probe", "single", "pooled", "perTask", "withoutOuter", "mixture", "single, 3 seeds: mean",
        "single, 3 seeds: worst case", "single, 3 seeds: mean − 0.5 variance", "single, Laplace: mean − deviation",
        "mixture, its experts: mean", "withoutOuter, its experts: worst case",
      ] { #expect(names.contains(name), "\(name)") }
      for row in result.rows {
        let test = try #require(row.result(on: Fixture.test))
        #expect(test.pairs == 16 && (0...1).contains(test.accuracy.value) && row.bestOfN?.points.count == 4)
        #expect(test.accuracy.lower <= test.accuracy.value && test.accuracy.value <= test.accuracy.upper)
        #expect((row.reading == result.reference) == (test.comparison == nil))
        #expect(
          (row.reading == result.reference) == (row.areaDifference == nil) && row.bestOfN?.areaByPrompt.count == 3)
        #expect(test.categories.map(\.name) == ["chat", "code"] && test.sources.map(\.name) == ["even", "odd"])
        #expect((row.tokens == 0) == (row.structure == .length || row.structure == .probe), "\(row.name)")
      }
      // The longer response is always the worse one; "yes" against "no" is easily learnt.
      let length = try #require(result.row("length")?.result(on: Fixture.test))
      #expect(length.accuracy.value == 0 && length.shorterChosen == 0)
      for name: ContenderID in ["probe", "single", "mixture"] {
        #expect(try #require(result.row(name)?.result(on: Fixture.test)).accuracy.value > 0.8, "\(name)")
      }
      let single = try #require(result.row("single"))
      let ensemble = try #require(result.rows.first { $0.name == "single, 3 seeds: mean" })
      #expect(
        abs(ensemble.tokens - 3 * single.tokens) <= 3 && single.result(on: Fixture.test)?.accuracyByMember.count == 3)
      #expect(Set(result.routers.keys) == ["perTask", "mixture"])
      #expect(
        result.specializations.map { [$0.category, $0.point] }
          == [["chat", "empathy"], ["chat", "style"], ["code", "style"]])
      let mixture = try #require(result.row("mixture")?.result(on: Fixture.test))
      #expect(mixture.labeledPairs == 16 && mixture.labeledAccuracy != nil)

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
      let model = try RewardModel(
        contentsOf: bundle, backbone: Fixture.backbone, options: Fixture.options, goldens: .all)
      let store = try ExperimentStore(folder, data: Fixture.data())
      let scores = try #require(try store.scores(of: .init(contender: "mixture", seed: 1), on: Fixture.test)?[0])
      let sample = try Fixture.data().tests[0].samples[0]
      let again = try model.scores(sample.responses, to: sample.conversation)
      #expect(zip(again, scores.rewards).allSatisfy { abs($0 - $1) < 1e-5 })
      // It orders all validation pairs rightly, so that no temperature is the best.
      #expect(model.temperature == 1)
    }
  }

  @Test func aSecondRunTrainsAndScoresOnlyWhatIsNew() throws {
    try withTemporaryFolder { folder in
      let first = try Fixture.run([Fixture.contender(.single)], in: folder)
      var steps: [ContenderID: Int] = [:]
      var scored = 0
      let second = try Fixture.run([Fixture.contender(.single), Fixture.contender(.perTask)], in: folder) { event in
        switch event {
        case .training(let id, .step): steps[id.contender, default: 0] += 1
        case .scoring: scored += 1
        default: break
        }
      }
      #expect(steps["single"] == nil && steps["perTask"] == 6 && scored > 0)
      #expect(second.row("single") == first.rows[0])
      let third = try Fixture.run([Fixture.contender(.single), Fixture.contender(.perTask)], in: folder) { event in
        if case .scoring = event { Issue.record("scored again") }
      }
      #expect(third == second)
    }
  }

  /// Rewards that are gone are made anew, from members that are not trained again, and are the same.
  @Test func lostRewardsAreScoredAnew() throws {
    try withTemporaryFolder { folder in
      let contenders = [Fixture.contender(.single), Fixture.contender(.length)]
      let first = try Fixture.run(contenders, in: folder)
      try FileManager.default.removeItem(at: folder.appendingPathComponent("members/single/1/scores-test.json"))
      var scored: Set<SetID> = []
      let second = try Fixture.run(contenders, in: folder) { event in
        switch event {
        case .training(_, .step): Issue.record("trained again")
        case .scoring(let set, _, _): scored.insert(set)
        default: break
        }
      }
      #expect(scored == [Fixture.test] && second == first)
    }
  }

  @Test func aStoppedRunGoesOnToTheSameResult() throws {
    struct Stop: Error {}
    let contenders = [Fixture.contender(.single), Fixture.contender(.mixture)]
    let whole = try withTemporaryFolder { try Fixture.run(contenders, in: $0) }
    try withTemporaryFolder { folder in
      for limit in [4, 9, 20] {
        var count = 0
        #expect(throws: Stop.self) {
          try Fixture.run(contenders, in: folder) { _ in
            count += 1
            if count > limit { throw Stop() }
          }
        }
      }
      let result = try Fixture.run(contenders, in: folder)
      #expect(
        result.rows.map { $0.result(on: Fixture.test)?.accuracy }
          == whole.rows.map { $0.result(on: Fixture.test)?.accuracy })
      #expect(result.rows.map { $0.bestOfN?.area } == whole.rows.map { $0.bestOfN?.area })
      #expect(result.rows.map(\.tokens) == whole.rows.map(\.tokens))
    }
  }

  /// Members that train side by side are those that train one after the other, stopped or not.
  @Test func membersSideBySideAreTheSame() throws {
    struct Stop: Error {}
    let contenders = [
      Fixture.contender(.single, seeds: [1, 2]), Fixture.contender(.mixture), Fixture.contender(.probe),
    ]
    let whole = try withTemporaryFolder { try Fixture.run(contenders, in: $0) }
    try withTemporaryFolder { folder in
      for limit in [3, 12, 30] {
        var count = 0
        #expect(throws: Stop.self) {
          try Fixture.run(contenders, in: folder, membersAtOnce: 3) { _ in
            count += 1
            if count > limit { throw Stop() }
          }
        }
        #expect(count == limit + 1, "nothing is told after a stop")
      }
      var running: Set<MemberID> = []
      var (most, read, steps) = (0, 0, 0)
      let result = try Fixture.run(contenders, in: folder, membersAtOnce: 3) { event in
        switch event {
        case .readingTexts: read += 1
        case .memberStarted(let id, _, let count):
          running.insert(id)
          #expect(count == 4)
        case .memberFinished(let id, _): running.remove(id)
        case .training(_, .step): steps += 1
        default: break
        }
        most = max(most, running.count)
      }
      #expect(most > 1 && most <= 3 && read > 0 && steps > 0)
      #expect(
        result.rows.map { $0.result(on: Fixture.test)?.accuracy }
          == whole.rows.map { $0.result(on: Fixture.test)?.accuracy })
      #expect(result.rows.map { $0.bestOfN?.area } == whole.rows.map { $0.bestOfN?.area })
      let again = try Fixture.run(contenders, in: folder, membersAtOnce: 3) { event in
        if case .readingTexts = event { Issue.record("all is trained") }
      }
      #expect(again == result)
    }
  }

  /// What its own settings make impossible is one member's matter: the others are trained, and the next run says so again.
  @Test(arguments: [1, 2]) func aMemberThatCannotBeTrainedDoesNotStopTheOthers(membersAtOnce: Int) throws {
    var few = Fixture.contender(.single, id: "few")
    few.training.data.minimumSamples = 1000
    try withTemporaryFolder { folder in
      for run in 1...2 {
        var (finished, failed, steps) = ([MemberID](), [MemberID](), 0)
        #expect(
          throws: ExperimentError.failedMembers([
            FailedMember(.init(contender: "few", seed: 1), reason: "no category had enough samples to train")
          ])
        ) {
          try Fixture.run([few, Fixture.contender(.single, seeds: [1, 2])], in: folder, membersAtOnce: membersAtOnce) {
            event in
            switch event {
            case .memberFinished(let id, _): finished.append(id)
            case .memberFailed(let id, _): failed.append(id)
            case .training(_, .step): steps += 1
            default: break
            }
          }
        }
        #expect(
          finished.map(\.description).sorted() == ["single 1", "single 2"]
            && failed == [.init(contender: "few", seed: 1)] && (steps > 0) == (run == 1))
      }
    }
  }

  /// Before any text is read and anything is trained.
  @Test func impossibleSettingsAreNamedFirst() throws {
    var impossible = Fixture.contender(.single, id: "impossible")
    impossible.model.depth = 99
    try withTemporaryFolder { folder in
      do {
        _ = try Fixture.run([Fixture.contender(.single), impossible], in: folder, membersAtOnce: 2) { event in
          // Depths are those of the backbone.
          if case .readingBackbone = event { return }
          Issue.record("\(event)")
        }
        Issue.record("it was run")
      } catch ExperimentError.invalidContender(let id, let reason) {
        #expect(id == "impossible" && reason.contains("depth is 99"))
      }
    }
    impossible.training.base.batchSize = 0
    #expect(throws: ExperimentError.self) { try Experiment(contenders: [impossible], folder: Fixture.backbone) }
    #expect(throws: ExperimentError.self) {
      try Experiment(contenders: [Fixture.contender(.single)], folder: Fixture.backbone, membersAtOnce: 0)
    }
  }

  @Test func noiseIsTrainedOnAndNotMeasuredOn() throws {
    try withTemporaryFolder { folder in
      let result = try Fixture.run(
        [Fixture.contender(.single), Fixture.contender(.single, id: "turned", noise: LabelNoise(share: 1))], in: folder)
      let rows = result.rows.filter(\.reading.isPlain)
      #expect(rows.map(\.noise) == [0, 1])
      #expect(
        (rows[0].result(on: Fixture.test)?.accuracy.value ?? 0) > 0.8
          && (rows[1].result(on: Fixture.test)?.accuracy.value ?? 1) < 0.2)
    }
  }

  @Test func aProbeIsFittedWhateverTheSettingsSay() throws {
    try withTemporaryFolder { folder in
      var probe = Fixture.contender(.probe)
      probe.training.start.warmsHeads = false
      let result = try Fixture.run([probe], in: folder)
      #expect((result.rows.first?.result(on: Fixture.test)?.accuracy.value ?? 0) > 0.8)
    }
  }

  @Test func aFinishedBundleIsMeasuredAsItIs() throws {
    try withTemporaryFolder { folder in
      let (own, other) = (folder.appendingPathComponent("own"), folder.appendingPathComponent("other"))
      let mixture = Fixture.contender(.mixture)
      let before = try Fixture.run([mixture], in: own)
      let bundle = own.appendingPathComponent("members/mixture/1/model.dmoerm")
      // Added to a run that is done, and to one that knows nothing of it.
      var given = Fixture.contender(.mixture, id: "given")
      given.bundle = bundle
      let added = try Fixture.run([mixture, given], in: own)
      let alone = try Fixture.run([Fixture.contender(.probe), given], in: other)
      let expected = before.row("mixture")?.result(on: Fixture.test)?.accuracy
      #expect(expected != nil && added.row("given")?.result(on: Fixture.test)?.accuracy == expected)
      #expect(alone.row("given")?.result(on: Fixture.test)?.accuracy == expected)
      #expect(added.contenders[1].settings == ["bundle": "model.dmoerm"] && added.row("given")?.tokens == 0)
      // Another bundle under its name would be measured by the rewards that are kept.
      given.bundle = other.appendingPathComponent("members/probe/1/model.dmoerm")
      let path = own.appendingPathComponent("members/given/1").path
      #expect(
        throws: ExperimentError.changedContender("given", path: path, reason: "it is another bundle")
      ) { try Fixture.run([mixture, given], in: own) }
      // So would a contender that is trained in its place.
      #expect(
        throws: ExperimentError.changedContender(
          "given", path: path, reason: "it was a finished bundle there, and is trained here")
      ) { try Fixture.run([mixture, Fixture.contender(.mixture, id: "given")], in: own) }
      given.seeds = [1, 2]
      #expect(throws: ExperimentError.self) { try Experiment(contenders: [given], folder: own) }
    }
  }

  @Test func otherDataAndImpossiblePlansAreRefused() throws {
    try withTemporaryFolder { folder in
      _ = try Fixture.run([Fixture.contender(.probe)], in: folder)
      #expect(throws: ExperimentError.foreignFolder(path: folder.path)) {
        try Fixture.run([Fixture.contender(.probe)], in: folder, data: Fixture.data(15))
      }
      // Their rewards would be those of another set.
      for name in ["validation", "best-of-n", "test", "a/b", ""] {
        var data = try Fixture.data()
        data.tests.append(.init(name: name, samples: data.validation))
        #expect(throws: ExperimentError.self, "\(name)") {
          try Fixture.run([Fixture.contender(.length)], in: folder.appendingPathComponent("other"), data: data)
        }
      }
      let impossible: [[ExperimentContender]] = [
        [], [Fixture.contender(.single), Fixture.contender(.single)], [Fixture.contender(.single, seeds: [])],
        [Fixture.contender(.single, seeds: [1, 1])],
      ]
      for contenders in impossible {
        #expect(throws: ExperimentError.self) { try Experiment(contenders: contenders, folder: folder) }
      }
    }
  }

  @Test func settingsOfItsOwnAreTold() throws {
    var other = Fixture.contender(.single, id: "other")
    other.training.loss.debiasesLength = true
    other.model.depth = 2
    #expect(
      try other.settings(otherThan: Fixture.contender(.single)) == [
        "training.loss.debiasesLength": "true", "model.depth": "2",
      ])
    #expect(try other.settings(otherThan: other).isEmpty)
  }
}
