import DMoECore
import DMoEData
import Foundation
import Testing
import _TestSupport

@testable import DMoEExperiment

@Suite struct ExperimentStoreTests {
  private typealias Fixture = MeasurementFixture
  private let test = SetID.test("test")

  private func data() throws -> ExperimentData {
    try Fixture.data(tests: [.init(name: "test", samples: try Fixture.samples())])
  }

  @Test func rewardsOfMembersWhoseNamesRunTogetherAreKeptApart() throws {
    try withTemporaryFolder { folder in
      let store = try ExperimentStore(folder, data: data())
      let members: [MemberID] = [
        .init(contender: "a", seed: 11), .init(contender: "a1", seed: 1), .init(contender: "a-1", seed: 1),
      ]
      for (index, member) in members.enumerated() {
        try store.write(Fixture.scores([Float(index), nil, nil, nil]), of: member, on: test)
      }
      let again = try ExperimentStore(folder, data: data())
      for (index, member) in members.enumerated() {
        #expect(try again.scores(of: member, on: test)?.first??.rewards == [Float(index), 0])
        #expect(try again.scores(of: member, on: .validation) == nil)
      }
    }
  }

  @Test func rewardsThatAreMissingOrOfOtherSamplesAreNamed() throws {
    try withTemporaryFolder { folder in
      let data = try data()
      let store = try ExperimentStore(folder, data: data)
      let member = MemberID(contender: "single", seed: 1)
      let set = SampleSet(id: test, samples: try Fixture.samples())
      let path = store.scoresFile(of: member, on: test).path
      func reason() -> String? {
        do { _ = try RewardTable([member], [set], in: store) } catch ExperimentError.unusableScores(path, let reason) {
          return reason
        } catch { return "\(error)" }
        return nil
      }
      #expect(reason()?.contains("not there") == true)
      // One sample fewer; three rewards for two responses.
      try store.write(Fixture.scores([1, 1, 1]), of: member, on: test)
      #expect(reason()?.contains("other samples") == true)
      var scores = Fixture.scores([1, 1, 1, 1])
      scores[2]?.rewards = [1, 2, 3]
      try store.write(scores, of: member, on: test)
      #expect(reason()?.contains("other samples") == true)
      try Data("[{".utf8).write(to: URL(fileURLWithPath: path))
      #expect(reason()?.contains("delete it") == true)
      try store.write(Fixture.scores([1, nil, 1, 1]), of: member, on: test)
      #expect(reason() == nil)
    }
  }

  /// One that was stopped while its judge was at work has no `experiment.json` yet.
  @Test func aFolderIsKnownFromItsFirstFile() throws {
    func isOne(_ files: [String]) throws -> Bool {
      try withTemporaryFolder { folder in
        for file in files {
          let url = folder.appendingPathComponent(file)
          try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
          try Data().write(to: url)
        }
        return Experiment.isOne(folder)
      }
    }
    let part = "judge/rewards-training.part-0.json"
    for own in [[part], [part, "judge/.rewards-training.part-1.json.13.0"], ["experiment.json", "notes"]] {
      #expect(try isOne(own), "\(own)")
    }
    for other in [
      [], ["notes"], [part, "notes"], ["judge/notes"], [part, "judge/notes"], ["judgement/rewards-a.json"],
    ] {
      #expect(try !isOne(other), "\(other)")
    }
  }

  /// Its rewards by category would be passed over, since they had another name.
  @Test func aFolderOfAnotherVersionIsRefused() throws {
    try withTemporaryFolder { folder in
      _ = try ExperimentStore(folder, data: data())
      let file = folder.appendingPathComponent("experiment.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      let old = text.replacingOccurrences(of: ",\"version\":3", with: "")
      #expect(old != text)
      try Data(old.utf8).write(to: file)
      #expect(throws: ExperimentError.otherVersion(path: folder.path)) { try ExperimentStore(folder, data: data()) }
    }
  }

  @Test func aSetMayBeAddedToAnExperimentThatIsDone() throws {
    try withTemporaryFolder { folder in
      let store = try ExperimentStore(folder, data: data())
      let member = MemberID(contender: "single", seed: 1)
      try store.write(Fixture.scores([1, 1, 1, 1]), of: member, on: test)
      var more = try data()
      more.tests.append(.init(name: "more", samples: Array(try Fixture.samples().prefix(2))))
      let second = try ExperimentStore(folder, data: more)
      #expect(try second.scores(of: member, on: test)?.count == 4)
      #expect(try second.scores(of: member, on: .test("more")) == nil)
      // A plan without the set leaves it known: other samples of its name are another set.
      _ = try ExperimentStore(folder, data: data())
      more.tests[1].samples = try Fixture.samples()
      #expect(throws: ExperimentError.changedSet(.test("more"), path: folder.path)) {
        try ExperimentStore(folder, data: more)
      }
      var other = try data()
      other.validation = Array(other.validation.dropLast())
      #expect(throws: ExperimentError.foreignFolder(path: folder.path)) { try ExperimentStore(folder, data: other) }
    }
  }

  /// Of before every set had a hash of its own.
  @Test func aFolderOfTheVersionBeforeGoesOn() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("experiment.json")
      // Written by version 2 for these samples: one hash of them all.
      var hash = SeededHash()
      let encoder = JSONEncoder.canonical
      let data = try data()
      func combine(_ samples: [RankedResponses]) throws {
        for sample in samples { hash.combine(String(decoding: try encoder.encode(sample), as: UTF8.self)) }
      }
      try combine(data.training)
      for set in try data.sets() {
        hash.combine(set.id.description)
        try combine(set.samples)
      }
      let text = "{\"data\":\"\(String(hash.value, radix: 16))\",\"version\":2}\n"
      try Data(text.utf8).write(to: file)
      _ = try ExperimentStore(folder, data: data)
      #expect(try String(contentsOf: file, encoding: .utf8).contains("\"version\":3"))
      try Data(text.replacingOccurrences(of: "\"data\":\"", with: "\"data\":\"0").utf8).write(to: file)
      #expect(throws: ExperimentError.foreignFolder(path: folder.path)) { try ExperimentStore(folder, data: data) }
    }
  }
}
