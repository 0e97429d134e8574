import DMoEData
import DMoEEvaluate
import Foundation
import Testing
import _TestSupport

@testable import DMoEExperiment

/// What takes long is kept in parts, and nobody computes a part twice.
@Suite struct KeptPartsTests {
  private typealias Fixture = ExperimentFixture

  @Test func aPartIsThereForItsOwnListOnly() throws {
    try withTemporaryFolder { folder in
      let parts = KeptParts<Int?>(folder: folder, name: "list", identity: "a")
      try parts.keep([1, nil], as: 0)
      try KeptParts<Int?>(folder: folder, name: "list-2", identity: "a").keep([9], as: 0)
      #expect(parts.part(0, count: 2) == [1, nil] && parts.part(0, count: 3) == nil && parts.part(1, count: 2) == nil)
      #expect(KeptParts<Int?>(folder: folder, name: "list", identity: "b").part(0, count: 2) == nil)
      try Data("{".utf8).write(to: folder.appendingPathComponent("list.part-1.json"))
      #expect(parts.part(1, count: 1) == nil)
      try parts.removeAll()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["list-2.part-0.json"])
    }
  }

  @Test func partsHoldSoManySamplesAndResponsesAtMost() throws {
    let samples = try [2, 2, 2, 5, 2].enumerated().map { index, count in
      try RankedResponses(
        id: "\(index)", conversation: "Why?", responses: (0..<count).map { "r\($0)" },
        ranks: Array(1...count))
    }
    #expect(samples.parts(samples: 2, responses: 100) == [0..<2, 2..<4, 4..<5])
    #expect(samples.parts(samples: 9, responses: 4) == [0..<2, 2..<3, 3..<4, 4..<5])
    #expect([RankedResponses]().parts(samples: 2, responses: 2).isEmpty)
  }

  /// A set that was broken off goes on behind the parts that are there: a figure that is changed in one stays so.
  @Test func aSetThatWasBrokenOffGoesOnBehindItsParts() throws {
    struct Stop: Error {}
    var data = try Fixture.data()
    data.bestOfN = try (0..<3).map { index in
      try BestOfNPrompt(
        conversation: Conversation(prompt: "tell \(index)"), responses: (0..<260).map { "yes \($0)" },
        gold: (0..<260).map(Double.init))
    }
    try withTemporaryFolder { folder in
      func run(_ onEvent: (ExperimentEvent) throws -> Void) throws -> ExperimentResult {
        try Fixture.run([Fixture.contender(.probe)], in: folder, data: data, onEvent: onEvent)
      }
      #expect(throws: Stop.self) {
        _ = try run { if case .scoring(.bestOfN, 2, _) = $0 { throw Stop() } }
      }
      let member = folder.appendingPathComponent("members/probe/1")
      let part = member.appendingPathComponent("scores-best-of-n.part-1.json")
      try editJSON(part) { object in
        var elements = object["elements"] as? [[String: Any]] ?? []
        elements[0]["category"] = "changed"
        object["elements"] = elements
      }
      _ = try run { _ in }
      let file = member.appendingPathComponent("scores-best-of-n.json")
      let scores = try JSONDecoder().decode([ScoredSample?].self, from: try Data(contentsOf: file))
      #expect(scores.map { $0?.category } == ["all", "changed", "all"])
      #expect(!FileManager.default.fileExists(atPath: part.path))
    }
  }
}
