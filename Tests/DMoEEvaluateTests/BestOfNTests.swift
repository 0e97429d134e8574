import DMoEData
import Foundation
import Testing

@testable import DMoEEvaluate

@Suite struct BestOfNTests {
  /// The same by drawing every subset.
  private func bruteForce(_ values: [Double], _ rewards: [Double], _ n: Int) -> Double {
    var (sum, count) = (0.0, 0)
    for mask in 0..<(1 << values.count) where mask.nonzeroBitCount == n {
      let drawn = values.indices.filter { mask & (1 << $0) != 0 }
      let top = drawn.map { rewards[$0] }.max() ?? 0
      let best = drawn.filter { rewards[$0] == top }
      sum += best.reduce(0) { $0 + values[$1] } / Double(best.count)
      count += 1
    }
    return sum / Double(count)
  }

  @Test func theEstimateIsTheMeanOverAllSubsets() {
    let values = [0.3, -1, 2.5, 0.7, 4, -0.2, 1.1]
    let rewards = [0.1, 0.9, -2, 3, 0.5, 7, -1]
    for n in 1...values.count {
      let expected = bruteForce(values, rewards, n)
      let value = BestOfNEstimator(rewards: rewards).expectedValue(of: values, ofBestOf: n)
      #expect(abs(value - expected) < 1e-12, "n = \(n)")
    }
  }

  @Test func allRewardsEqualChooseAtRandom() {
    let values = [0.3, -1, 2.5, 0.7]
    for n in 1...4 {
      #expect(abs(BestOfNEstimator(rewards: [1, 1, 1, 1]).expectedValue(of: values, ofBestOf: n) - 0.625) < 1e-12)
    }
  }

  @Test func theGoldItselfReachesTheCeilingAndItsOppositeTheFloor() throws {
    let gold = [[1.0, 2, 3, 4], [0, 5, 2, 1]]
    let perfect = try BestOfNEvaluation(gold: gold, rewards: gold)
    #expect(perfect.points.map(\.n) == [1, 2, 3, 4])
    for point in perfect.points { #expect(abs(point.gold - point.ceiling) < 1e-12) }
    #expect(abs((perfect.points.last?.gold ?? 0) - 4.5) < 1e-12)
    let worst = try BestOfNEvaluation(gold: gold, rewards: gold.map { $0.map { -$0 } })
    #expect(abs((worst.points.last?.gold ?? 0) - 0.5) < 1e-12)
    #expect(perfect.area > worst.area && perfect.areaByPrompt.count == 2)
    #expect(zip(perfect.points, perfect.points.dropFirst()).allSatisfy { $0.proxy < $1.proxy })
  }

  @Test func theDivergenceIsThatOfTheLiterature() {
    #expect(BestOfNEvaluation.divergence(1) == 0)
    #expect(abs(BestOfNEvaluation.divergence(4) - (1.386_294_361 - 0.75)) < 1e-9)
  }

  @Test func severalModelsAreAveraged() throws {
    let gold = [[1.0, 2, 3]]
    let both = try BestOfNEvaluation(gold: gold, draws: [[[1, 2, 3]], [[3, 2, 1]]])
    #expect(abs((both.points.last?.gold ?? 0) - 2) < 1e-12)
  }

  @Test func wrongShapesAreRefused() {
    for (gold, rewards) in [
      ([[1.0]], [[1.0]]), ([[1, 2]], [[1]]), ([[1, 2]], []), ([[1, 2]], [[1, .nan]]), ([], []),
    ] {
      #expect(throws: EvaluationError.self) { try BestOfNEvaluation(gold: gold, rewards: rewards) }
    }
  }

  @Test func bothFormsOfRowsAreReadAndOthersNameTheirLine() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("bon-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let url = folder.appendingPathComponent("rows.jsonl")
    let rows = """
      {"prompt": "Hi?", "responses": ["a", "b"], "gold": [1, 2]}
      {"prompt": "Hi?", "dataset": "x", "candidates": [{"gen": "m", "text": "a", "gpt4_pref": 1.5}, {"text": "b", "gold": 0}]}
      """
    try Data(rows.utf8).write(to: url)
    let read = try BestOfNPrompt.readAll(contentsOf: url).prompts
    #expect(read.map(\.gold) == [[1, 2], [1.5, 0]] && read[1].responses == ["a", "b"])
    try Data((rows + "\n{\"prompt\": \"Hi?\", \"responses\": [\"a\", \"b\"], \"gold\": [1]}\n").utf8).write(to: url)
    #expect(throws: DataError.self) { try BestOfNPrompt.readAll(contentsOf: url) }
    #expect(try BestOfNPrompt.readAll(contentsOf: url, skipsInvalid: true).skipped == 1)
    try Data((rows + "\n{\"prompt\": \"Hi?\", \"prompt\": \"Ho?\"}\n").utf8).write(to: url)
    let twice = "the key \"prompt\" stands twice, column 19"
    #expect(throws: DataError.badLine(file: url.path, line: 3, reason: twice)) {
      try BestOfNPrompt.readAll(contentsOf: url)
    }
  }
}
