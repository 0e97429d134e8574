import Foundation
import Testing

@_spi(Command) @testable import DMoEEvaluate

/// Every rule on the same rewards as its reference: Scripts/fixtures/make_benchmarks.py ran that.
@Suite struct BenchmarkRuleTests {
  /// Sums of a few shares in float64, in another order.
  private func isClose(_ value: Double?, _ expected: Double?, _ tolerance: Double = 1e-12) -> Bool {
    guard let value, let expected else { return false }
    return abs(value - expected) < tolerance
  }

  private func expect(_ table: BenchmarkTable?, _ expected: [String: Double], _ tolerance: Double = 1e-12) {
    for (name, value) in expected {
      #expect(isClose(table?.values[name], value, tolerance), "\(name): \(table?.values[name] ?? .nan), not \(value)")
    }
  }

  @Test func rewardBenchIsScoredAsItsReferenceScoresIt() throws {
    let fixture = try BenchmarkFixture(.rewardBench, "filtered.jsonl")
    let (result, expected) = (try fixture.result(), try fixture.expected([String: [String: Double]].self))
    for title in ["subset", "section"] { expect(result.table(title), try #require(expected[title])) }
    #expect(result.table("subset")?.scores.count == 21 && result.table("section")?.scores.count == 4)
    #expect(result.overall == nil && result.missingCategories == ["donotanswer", "hep-go"])
  }

  @Test func rewardBench2IsScoredAsItsReferenceScoresIt() throws {
    struct Expected: Decodable {
      var subset: [String: Double]
      var overall: Double
    }
    let fixture = try BenchmarkFixture(.rewardBench2, "test.jsonl")
    let (result, expected) = (try fixture.result(), try fixture.expected(Expected.self))
    expect(result.table("subset"), expected.subset)
    let scored = try ScoredItem.all(fixture.items, fixture.file.lines(of: fixture.items).map(\.rewards))
    let overall = RewardBench2Rule.figures(scored, RuleSetting(resamples: false)).overall
    #expect(isClose(overall?.value, expected.overall))
  }

  @Test func rmBenchIsScoredAsItsReferenceScoresIt() throws {
    let fixture = try BenchmarkFixture(.rmBench, "total_dataset.json")
    let (result, expected) = (try fixture.result(), try fixture.expected())
    expect(result.table("domain"), expected.filter { ["chat", "math", "code", "safety"].contains($0.key) })
    for level in ["easy", "normal", "hard"] {
      #expect(isClose(result.table("level")?.values[level], expected["\(level)_acc"]), "\(level)")
    }
    let scored = try ScoredItem.all(fixture.items, fixture.file.lines(of: fixture.items).map(\.rewards))
    #expect(isClose(RMBenchRule.figures(scored, RuleSetting()).overall?.value, expected["total_avg_acc"]))
    #expect(result.incompleteCategories.count == 5 && result.overall == nil)
  }

  @Test func rmbIsScoredAsPublished() throws {
    struct Expected: Decodable {
      var goal: [String: Double]
      var overall: Double
    }
    let fixture = try BenchmarkFixture(
      .rmb,
      files: ["Pairwise_set", "BoN_set"].flatMap { set in
        ["Helpfulness/Chat/Discussion", "Helpfulness/Code/Data Management", "Harmlessness/S1"].map {
          "\(set)/\($0).json"
        }
      })
    let (result, expected) = (try fixture.result(), try fixture.expected(Expected.self))
    expect(result.table("goal"), expected.goal)
    #expect(isClose(result.overall?.value, expected.overall))
  }

  @Test func judgeBenchIsScoredAsItsReferenceScoresBothOrders() throws {
    let fixture = try BenchmarkFixture(.judgeBench, "gpt.jsonl")
    let (result, expected) = (try fixture.result(), try fixture.expected())
    expect(result.table("source"), expected.filter { $0.key != "overall" })
    #expect(isClose(result.overall?.value, expected["overall"]))
    // Four pairs have equal rewards, and are right in one order only.
    let ties = try fixture.file.lines(of: fixture.items).count { $0.rewards?[0] == $0.rewards?[1] }
    #expect(ties >= 4)
  }

  @Test func ppePreferencesAreScoredByTheWordsOfThePaper() throws {
    let fixture = try BenchmarkFixture(.ppePreference, "test.jsonl")
    let expected = try fixture.expected()
    let result = try fixture.result(temperature: Float(try #require(expected["temperature"])))
    expect(
      result.table("prompts"), expected.filter { ["all", "hard", "instruction following"].contains($0.key) })
    expect(result.table("measure"), expected.filter { $0.key.hasPrefix("Brier") || $0.key.hasPrefix("win") })
    // Equal ranks of strengths that were found by another search.
    expect(result.table("measure"), expected.filter { $0.key.hasPrefix("ranking") }, 1e-9)
    #expect(result.table("prompts")?.values["math"] == nil)
  }

  @Test func ppeCorrectnessIsScoredByTheWordsOfThePaper() throws {
    let fixture = try BenchmarkFixture(.ppeCorrectness, "gpqa.jsonl", "math.jsonl")
    let (result, expected) = (try fixture.result(), try fixture.expected([String: [String: Double]].self))
    for (file, figures) in expected {
      for (title, value) in figures { expect(result.table(title), [file: value]) }
    }
    #expect(result.overall == nil)
  }

  @Test(
    arguments: [
      (["mmlu_pro", "MATH", "gpqa", "ifeval", "mbpp-plus"], true), (["mmlu_pro", "MATH", "gpqa", "ifeval"], false),
      (["mmlu_pro", "MATH", "gpqa", "ifeval", "train"], false),
      (["mmlu_pro", "MATH", "gpqa", "ifeval", "mbpp", "math-2"], false),
    ] as [([String], Bool)])
  func ppeCorrectnessAsksForItsFiveSets(files: [String], isWhole: Bool) throws {
    let items = try files.map { file in
      try BenchmarkItem(
        id: "1", category: file, conversation: "Why?", responses: ["a", "b"], isCorrect: [true, false], pairs: [[0, 1]])
    }
    let result = try BenchmarkResult(.ppeCorrectness, items, rewards: items.map { _ in [1, 0] })
    #expect(result.overall?.value == (isWhole ? 1 : nil))
  }

  @Test func intervalsHoldTheirValueAndTheLongerReplyIsBesideIt() throws {
    for fixture in try [
      BenchmarkFixture(.judgeBench, "gpt.jsonl"), BenchmarkFixture(.rmBench, "total_dataset.json"),
      BenchmarkFixture(.rewardBench2, "test.jsonl"),
    ] {
      let lengths = fixture.items.map { $0.responses.map { Float($0.count) } }
      let longer = try BenchmarkResult(fixture.benchmark, fixture.items, rewards: lengths)
      let result = try fixture.result()
      for (table, beside) in zip(result.tables, longer.tables) {
        for (score, other) in zip(table.scores, beside.scores) {
          #expect(score.lower <= score.value && score.value <= score.upper && score.lower < score.upper, "\(score)")
          #expect(score.longerReply == other.value)
        }
      }
    }
  }
}
