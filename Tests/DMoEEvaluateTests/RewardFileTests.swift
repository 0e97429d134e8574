@_spi(Command) import DMoEData
import Foundation
import Testing

@_spi(Command) @testable import DMoEEvaluate

@Suite struct RewardFileTests {
  private func file(_ text: String) throws -> RewardFile {
    try RewardFile(JSONRows(data: Data(text.utf8), name: "rewards"))
  }

  private func items() throws -> [BenchmarkItem] {
    try ["chat", "math"].flatMap { category in
      try ["1", "2"].map { id in
        try BenchmarkItem(
          id: id, category: category, conversation: Conversation(prompt: "\(category) \(id)?"), correct: ["a"],
          incorrect: ["b"])
      }
    }
  }

  @Test func whatIsWrittenIsReadAgain() throws {
    let lines = [
      RewardLine(
        id: "a \"b\"", category: "chat", rewards: [0.1, -3e-8], judge: "chat",
        experts: ["logic": [1, 2], "empathy": [3, 4]]),
      RewardLine(id: "2", rewards: nil),
    ]
    let origin = ["model": "x", "temperature": "1.5"]
    let bytes = lines.reduce(into: RewardFile.head(origin)) { $0 += $1.json }
    let found = try RewardFile(JSONRows(data: bytes, name: "rewards"))
    #expect(found.lines == lines && found.origin == origin)
  }

  @Test(arguments: [
    (#"{"id":1}"#, "missing key \"rewards\""), (#"{"rewards":[1]}"#, "missing key \"id\""),
    (#"{"id":1,"rewards":[1,NaN]}"#, "NaN"), (#"{"id":1,"rewards":[1,"2"]}"#, "rewards[1]: not a finite number"),
    (#"{"id":1,"rewards":[1e99]}"#, "rewards[0]: not a finite number"),
    (#"{"id":1,"rewards":1}"#, "rewards: not a list"),
    (#"{"id":1,"rewards":[1],"reward":2}"#, "unknown key \"reward\""),
    (#"{"id":1,"rewards":[1],"experts":{"logic":[1,2]}}"#, "experts.logic: 2 rewards, but \"rewards\" has 1"),
  ]) func aLineThatIsNoneSaysWhy(row: String, expected: String) {
    do {
      _ = try file("\n" + row)
      Issue.record("\(row) was read")
    } catch DataError.badLine("rewards", 2, let reason) {
      #expect(reason.contains(expected), "\(reason)")
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test func linesFindTheirItemsInAnyOrder() throws {
    let found = try file(
      """
      {"id": "2", "category": "math", "rewards": [4, 4]}
      {"id": "1", "category": "math", "rewards": [3, 3]}
      {"id": 2, "category": "chat", "rewards": null}
      {"id": 1, "category": "chat", "rewards": [1, 1]}
      """
    ).lines(of: items())
    #expect(found.map(\.rewards) == [[1, 1], nil, [3, 3], [4, 4]])
  }

  @Test(arguments: [
    (#"{"id":"1","rewards":[1,2]}"#, "2 items have it"), (#"{"id":"7","rewards":[1,2]}"#, "there is no such item"),
    (#"{"id":"1","category":"chat","rewards":[1]}"#, "rewards: 1, and the item has 2 responses"),
    (
      #"{"id":"1","category":"chat","rewards":[1,2]}"# + "\n" + #"{"id":"1","category":"chat","rewards":[1,2]}"#,
      "another line has the same"
    ),
  ]) func aLineOfNoItemIsRefused(rows: String, expected: String) throws {
    let (file, items) = (try file(rows), try items())
    do {
      _ = try file.lines(of: items)
      Issue.record("\(rows) was taken")
    } catch DataError.badLine("rewards", _, let reason) {
      #expect(reason.contains(expected), "\(reason)")
    }
  }

  @Test func itemsWithoutRewardsAreCounted() throws {
    let file = try file(#"{"id":"1","category":"math","rewards":[1,2]}"#)
    let items = try items()
    #expect(throws: EvaluationError.missingRewards(file: "rewards", items: 3, first: "1")) { try file.lines(of: items) }
  }

  private func sample(_ id: String, point: String? = nil, responses: [String] = ["x", "y"]) throws -> RankedResponses {
    try RankedResponses(
      id: id, conversation: Conversation(prompt: "\(id)?"), responses: responses, ranks: Array(1...responses.count),
      category: "chat", capability: point)
  }

  @Test func linesOfSamplesAreFoundByIdentifier() throws {
    let samples = try [sample("a"), sample("b")]
    let rows = #"{"id":"b","rewards":[1,2]}"# + "\n" + #"{"id":"a","rewards":[2,1]}"#
    #expect(try file(rows).lines(of: samples).map(\.rewards) == [[2, 1], [1, 2]])
    // A line of a sample that is not asked for is passed over.
    #expect(try file(rows).lines(of: [samples[0]]).map(\.id) == ["a"])
    #expect(throws: EvaluationError.missingRewards(file: "rewards", items: 1, first: "b")) {
      try file(#"{"id":"a","rewards":[2,1]}"#).lines(of: samples)
    }
    #expect(throws: DataError.self) { try file(rows).lines(of: [sample("a", responses: ["x", "y", "z"])]) }
  }

  /// Overall preference and capability points of one pair have one identifier.
  @Test func linesOfOneIdentifierAreInTheirOrder() throws {
    func file(_ rewards: String...) throws -> RewardFile {
      try self.file(rewards.map { #"{"id":"a","rewards":\#($0)}"# }.joined(separator: "\n"))
    }
    let samples = try [sample("a"), sample("a", point: "logic")]
    #expect(try file("[1,2]", "[3,4]").lines(of: samples).map(\.rewards) == [[1, 2], [3, 4]])
    // A model that knows one point more: its lines are all the same, or nobody knows which are meant.
    #expect(try file("[1,2]", "[1,2]", "[1,2]").lines(of: samples).map(\.rewards) == [[1, 2], [1, 2]])
    #expect(throws: DataError.self) { try file("[1,2]", "[3,4]", "[5,6]").lines(of: samples) }
  }

  @Test func rewardsThatSayTheyAreOfOtherTextsAreRefused() throws {
    let items = try items()
    func file(of texts: [BenchmarkItem]) throws -> RewardFile {
      let lines = items.map { RewardLine(id: $0.id, category: $0.category, rewards: [1, 2]) }
      let head = RewardFile.head(["texts": RewardFile.fingerprint(of: texts)])
      return try RewardFile(JSONRows(data: lines.reduce(into: head) { $0 += $1.json }, name: "rewards"))
    }
    #expect(try file(of: items).lines(of: items).count == 4)
    // The files of the benchmark may be named in another order.
    #expect(try file(of: items).lines(of: Array(items.reversed())).map(\.id) == ["2", "1", "2", "1"])
    var others = items
    others[3] = try BenchmarkItem(
      id: items[3].id, category: items[3].category, conversation: items[3].conversation, correct: ["c"],
      incorrect: ["b"])
    do {
      _ = try file(of: others).lines(of: items)
      Issue.record("they were taken")
    } catch DataError.badLine("rewards", 1, let reason) {
      #expect(reason.contains("other texts"), "\(reason)")
    }
  }

  @Test func otherTextsHaveAnotherHash() throws {
    let items = try items()
    let whole = RewardFile.fingerprint(of: items)
    #expect(whole == RewardFile.fingerprint(of: items) && whole != RewardFile.fingerprint(of: Array(items.dropLast())))
  }
}
