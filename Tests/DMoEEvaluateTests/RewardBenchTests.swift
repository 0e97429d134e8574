@_spi(Command) import DMoEData
import Foundation
import Testing

@_spi(Command) @testable import DMoEEvaluate

@Suite struct RewardBenchTests {
  private func item(_ id: String, _ subset: String, correct: Int = 1, incorrect: Int = 1) throws -> BenchmarkItem {
    try BenchmarkItem(
      id: id, category: subset, conversation: Conversation(prompt: "\(subset) \(id)?"),
      correct: (0..<correct).map { "right \($0)" },
      incorrect: (0..<incorrect).map { "wrong \($0)" })
  }

  @Test func sectionsWeighTheirSubsetsAsPublished() throws {
    // Chat: easy 100 right, length 95 wrong; Reasoning: math 984 right, hep-cpp 164 wrong; equal rewards are wrong.
    let items = try [
      item("1", "alpacaeval-easy"), item("2", "alpacaeval-length"), item("3", "math-prm"), item("4", "hep-cpp"),
    ]
    let result = try BenchmarkResult(
      .rewardBench, items, rewards: [[2, 1], [1, 2], [1, 0], [1, 1]])
    #expect(result.sections.map(\.name) == ["Chat", "Reasoning"])
    #expect(abs(result.sections[0].value - 100.0 / 195) < 1e-12)
    #expect(abs(result.sections[1].value - 984.0 / 1148) < 1e-12)
    #expect(result.overall == nil)
  }

  @Test func subsetsThatAreMissingOrUnknownAreNamed() throws {
    let first = try BenchmarkResult(
      .rewardBench, [item("1", "math-prm"), item("2", "shp"), item("3", "Math")],
      rewards: [[2, 1], [2, 1], [2, 1]])
    #expect(first.missingCategories.count == 25 && !first.missingCategories.contains("math-prm"))
    #expect(first.unknownCategories == ["Math"])
    let second = try BenchmarkResult(
      .rewardBench2, [item("1", "Math"), item("2", "shp")], rewards: [[2, 1], [2, 1]])
    #expect(second.missingCategories == ["Factuality", "Focus", "Precise IF", "Safety", "Ties"])
    #expect(second.unknownCategories == ["shp"])
  }

  @Test func aSectionOfOneSubsetHasItsInterval() throws {
    let result = try BenchmarkResult(
      .rewardBench, [item("1", "math-prm"), item("2", "math-prm")], rewards: [[1, 2], [1, 2]])
    #expect(result.sections[0].lower == 0 && result.subsets[0].upper < 1)
    #expect(abs(result.sections[0].upper - result.subsets[0].upper) < 1e-12)
  }

  /// Every subset of version 1 with as many items as published; those of `right` are won, all others lost.
  private func whole(
    right: Set<String>, priorSets: Bool = false, without missing: Set<String> = []
  ) throws -> BenchmarkResult {
    let counts = RewardBenchSubsets.itemCounts.filter {
      (priorSets || RewardBenchSubsets.priorSets.subsets[$0.key] == nil) && !missing.contains($0.key)
    }
    var items: [BenchmarkItem] = []
    var rewards: [[Float]?] = []
    for (subset, count) in counts {
      items += try (0..<count).map { try item("\($0)", subset) }
      rewards += Array(repeating: right.contains(subset) ? [1, 0] : [0, 1], count: count)
    }
    return try BenchmarkResult(
      .rewardBench, items, rewards: rewards)
  }

  @Test func theWholeBenchmarkHasAScore() throws {
    // 1,431 of Reasoning with math counted 984 times; a quarter of the mean of four sections.
    let result = try whole(right: ["math-prm"])
    let overall = try #require(result.overall).value
    #expect(abs(overall - 984.0 / 1968 / 4) < 1e-12)
    #expect(result.subsets.reduce(0) { $0 + $1.items } == 2985)
  }

  @Test func priorSetsCountHalf() throws {
    let result = try whole(right: ["shp", "summarize", "mt-bench-easy"], priorSets: true)
    let overall = try #require(result.overall).value
    #expect(abs(overall - (28.0 / 358 + 0.5 * 0.5) / 4.5) < 1e-12)
  }

  @Test func aPartOfThePriorSetsIsNotTheBenchmark() throws {
    let result = try whole(right: ["math-prm"], priorSets: true, without: ["summarize", "anthropic_helpful"])
    #expect(result.overall == nil && result.missingCategories == ["anthropic_helpful", "summarize"])
  }

  /// Margins of nothing but wrong responses above the right ones.
  @Test func aPageShowsScoresOutsideTheShares() throws {
    let items = try (1...6).flatMap { number in
      try [
        item("ref:\(number)", "Ties", incorrect: 2), item("tied:\(number)", "Ties", correct: 2, incorrect: 2),
      ]
    }
    func page(_ rewards: (BenchmarkItem) -> [Float]) throws -> (score: BenchmarkScore, text: String) {
      let result = try BenchmarkResult(.rewardBench2, items, rewards: items.map { rewards($0) })
      return (try #require(result.subsets.first), BenchmarkReport(title: "ties", result: result).html())
    }
    let wrong = try page { item in item.isCorrect.map { $0 ? 0 : 1 } }
    #expect(wrong.score.upper < 0 && wrong.text.contains("Ties"))
    let right = try page { item in item.isCorrect.enumerated().map { $1 ? 9 + Float($0) / 8 : 0 } }
    #expect(right.score.lower > 1 && right.text.contains("Ties"))
  }

  @Test func aPartOfTheBenchmarkHasNone() throws {
    #expect(RewardBenchSubsets.itemCounts2.values.reduce(0, +) == 1865)
    let names = ["Factuality", "Focus", "Math", "Precise IF", "Safety"]
    var items = try names.map { try item("1", $0, incorrect: 3) }
    items += try [item("ref:1", "Ties"), item("tied:1", "Ties", correct: 2)]
    let result = try BenchmarkResult(
      .rewardBench2, items, rewards: items.map { [3, 2] + Array(repeating: 0, count: $0.responses.count - 2) })
    #expect(result.missingCategories.isEmpty && result.unknownCategories.isEmpty && result.overall == nil)
    #expect(result.incompleteCategories == names + ["Ties"])
  }

  @Test func inTheSecondVersionTiedMaximaShareThePoint() throws {
    let items = try (0..<3).map { try item("\($0)", "Math", incorrect: 3) }
    let result = try BenchmarkResult(
      .rewardBench2, items, rewards: [[3, 1, 2, 0], [3, 3, 3, 0], [1, 3, 3, 0]])
    #expect(abs(result.subsets[0].value - (1 + 1.0 / 3) / 3) < 1e-12)
  }

  @Test func tiesAreScoredByTheirMargins() throws {
    // Prompt 1: both askings right, the tied answers lie within 0.5, wrong ones 2 below. Prompt 2: the tied asking is wrong.
    let items = try [
      item("ref:1", "Ties", incorrect: 2), item("tied:1", "Ties", correct: 2, incorrect: 2),
      item("ref:2", "Ties", incorrect: 2), item("tied:2", "Ties", correct: 2, incorrect: 2),
    ]
    let result = try BenchmarkResult(
      .rewardBench2, items, rewards: [[3, 1, 0], [3, 2.5, 0.5, 0], [2, 1, 0], [3, 1, 2, 0]])
    // tanh(min(2, 2) / 0.5 − 1) and tanh(min(1, −1) / 2 − 1).
    let beyond = (tanh(3.0) + tanh(-1.5)) / 2
    #expect(abs(result.subsets[0].value - (0.3 * 0.5 + 0.3 * 1 + 0.2 * 0.5 + 0.2 * 0.5 + 0.01 * beyond)) < 1e-12)
  }

  @Test func itemsThatAreTooLongAreCounted() throws {
    let items = try [item("1", "Math"), item("2", "Math")]
    let result = try BenchmarkResult(
      .rewardBench2, items, rewards: [[1, 0], nil])
    #expect(result.overLengthItems == 1 && result.subsets[0].value == 1)
  }

  @Test func rowsOfBothVersionsAreRead() throws {
    let rows = """
      {"prompt": "Q?", "chosen": "a", "rejected": "b", "subset": "Focus", "id": 7, "chosen_model": "x"}
      {"prompt": "Q?", "chosen": ["a"], "rejected": ["b", "c", "d"], "subset": "Math", "id": "m1", "num_correct": 1}
      {"question": "Q?", "chosen": "a", "rejected": "b"}
      {"chosen": [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "a"}],
      """
      .split(separator: "\n").map(String.init)
    let messages =
      rows[3] + #" "rejected": [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "b"}]}"#
    let text = (rows[..<3] + [messages]).joined(separator: "\n")
    let items = try read(text)
    #expect(items.map(\.id) == ["7", "m1", "3", "4"])
    #expect(
      items.allSatisfy {
        $0.responses.starts(with: ["a", "b"]) && $0.isCorrect[0] && !$0.isCorrect[1]
          && $0.conversation.userTurns == ["Q?"]
      })
    #expect(items[1].responses == ["a", "b", "c", "d"] && items[1].isCorrect == [true, false, false, false])
    #expect(throws: DataError.self) {
      try read(#"{"prompt": "Q?", "chosen": "a"}"#)
    }
  }

  private func read(_ text: String) throws -> [BenchmarkItem] {
    // The second edition takes one wrong response, too.
    try Benchmark.rewardBench2.read([JSONRows(data: Data(text.utf8), name: "rows")]).items
  }

  private func reason(_ text: String) -> String? {
    do {
      _ = try read(text)
      return nil
    } catch DataError.badLine(_, _, let reason) {
      return reason
    } catch {
      return "\(error)"
    }
  }

  private static let wholeRow =
    #""chosen":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},"#
    + #"{"role":"user","content":"q"},{"role":"assistant","content":"u"}],"#
    + #""rejected":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"},"#
    + #"{"role":"user","content":"q"},{"role":"assistant","content":"v"}],"subset":"Focus"}"#

  /// reward-bench 0.1.4, `load_and_process_dataset`: the prompt is `chosen[:-1]`.
  @Test(arguments: ["{", #"{"prompt":"q","#, #"{"prompt":"a","question":null,"#])
  func theConversationOfMessagesIsAllBeforeTheLast(start: String) throws {
    let found = try read(start + Self.wholeRow)
    #expect(found.first?.conversation.turns == [.system("s"), .user("a"), .assistant("b"), .user("q")])
    #expect(found.first?.responses == ["u", "v"])
  }

  @Test(arguments: [
    (#"{"prompt":"other","# + RewardBenchTests.wholeRow, #""prompt" and "chosen" say different things"#),
    (#"{"prompt":"q","question":"r","chosen":"u","rejected":"v"}"#, #""prompt" and "question" say different things"#),
    (#"{"prompt":"q","chosen":"u"}"#, #"missing key "rejected""#),
    (#"{"chosen":"u","rejected":"v"}"#, #"missing key "prompt""#),
    (#"{"prompt":"q","chosen":["u"],"rejected":["v"," "]}"#, "rejected[1]: the response is empty"),
    (#"{"prompt":"q","chosen":["u"],"rejected":[]}"#, "rejected: no response"),
    (
      #"{"prompt":"q","chosen":["u"],"rejected":["v"],"num_correct":2}"#,
      #"num_correct: 2 responses, but "chosen" has 1"#
    ),
    (#"{"prompt":["q","r"],"chosen":"u","rejected":"v"}"#, "prompt[0]: not an object"),
    (#"{"prompt":"q","chosen":"u","rejected":[{"role":"assistant","content":"v"}]}"#, "not both texts or both lists"),
    (#"{"prompt":"q","chosen":"u","rejected":"v","system":"s"}"#, #""system" is not read here"#),
    (#"{"prompt":"q","chosen":"u","rejected":"v","tools":[{}]}"#, #""tools" would change what the model reads"#),
    (#"{"prompt":"q","chosen":"u","rejected":"v",}"#, "a comma before a closing bracket"),
  ]) func itemsThatCannotBeReadSayWhy(row: String, expected: String) {
    #expect(reason(row)?.contains(expected) == true, "\(reason(row) ?? "read")")
  }

  @Test func anEmptySystemTurnIsNone() throws {
    let row =
      #"{"chosen":[{"role":"system","content":""},{"role":"user","content":"q"},{"role":"assistant","content":"u"}],"#
      + #""rejected":[{"role":"system","content":""},{"role":"user","content":"q"},{"role":"assistant","content":"v"}]}"#
    #expect(try read(row).first?.conversation == "q")
  }

  @Test(arguments: ["18446744073709551615", "12.5"]) func anyNumberIsAnIdentifier(digits: String) throws {
    #expect(try read(#"{"id":\#(digits),"prompt":"a","chosen":"b","rejected":"c"}"#).first?.id == digits)
  }

  @Test func keysThatNothingIsKnownOfAreTold() throws {
    let row = #"{"prompt":"a","chosen":"b","rejected":"c","chosen_model":"m","num_correct":1,"rating":1}"#
    #expect(try Benchmark.rewardBench.read([JSONRows(data: Data(row.utf8), name: "rows")]).keysNotRead == ["rating"])
  }

  @Test func wrongShapesAreRefused() throws {
    let items = try [item("1", "Math")]
    #expect(throws: EvaluationError.self) {
      try BenchmarkResult(
        .rewardBench2, items, rewards: [])
    }
    #expect(throws: EvaluationError.self) {
      try BenchmarkResult(
        .rewardBench2, items, rewards: [[1]])
    }
    #expect(throws: EvaluationError.self) {
      try BenchmarkResult(
        .rewardBench2, items, rewards: [nil])
    }
    #expect(throws: EvaluationError.self) {
      try BenchmarkResult(
        .rewardBench2, [item("odd", "Ties")], rewards: [[1, 0]])
    }
  }

  @Test func identifiersOfTiesAreCheckedWhereTheyAreRead() throws {
    func row(_ id: String) -> String {
      #"{"prompt": "Q?", "chosen": ["a"], "rejected": ["b", "c"], "subset": "Ties"\#(id)}"#
    }
    func error(_ ids: String...) -> DataError? {
      #expect(throws: DataError.self) { try read(ids.map(row).joined(separator: "\n")) }
    }
    func expectFault(_ error: DataError?, line: Int, _ text: String) {
      guard case .badLine("rows", line, let reason)? = error, reason.hasPrefix("id: ") else {
        Issue.record("\(error as Any)")
        return
      }
      #expect(reason.contains(text))
    }
    let good = #", "id": "ref:1""#
    for id in ["", #", "id": "odd""#, #", "id": "ref:""#, #", "id": 7"#] {
      expectFault(error(good, id), line: 2, #""ref:N" or "tied:N""#)
    }
    expectFault(error(good, good), line: 2, "has the same")
    expectFault(error(good, #", "id": "tied:2""#), line: 1, "no prompt of the Ties subset")
    #expect(try read([good, #", "id": "tied:1""#, #", "id": "ref:2""#].map(row).joined(separator: "\n")).count == 3)
  }
}

extension BenchmarkResult {
  /// The scores by subset.
  fileprivate var subsets: [BenchmarkScore] { table("subset")?.scores ?? [] }
  /// The scores by section.
  fileprivate var sections: [BenchmarkScore] { table("section")?.scores ?? [] }
}
