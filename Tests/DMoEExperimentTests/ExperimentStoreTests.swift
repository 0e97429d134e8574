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

  /// Its rewards by category would be passed over, since they had another name.
  @Test func aFolderOfAnotherVersionIsRefused() throws {
    try withTemporaryFolder { folder in
      _ = try ExperimentStore(folder, data: data())
      let file = folder.appendingPathComponent("experiment.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      let old = text.replacingOccurrences(of: ",\"version\":2", with: "")
      #expect(old != text)
      try Data(old.utf8).write(to: file)
      #expect(throws: ExperimentError.otherVersion(path: folder.path)) { try ExperimentStore(folder, data: data()) }
    }
  }
}
