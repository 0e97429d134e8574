import DMoEData
import Foundation
import Testing

@testable import DMoEEvaluate

@Suite struct RewardBenchTests {
  private func item(_ id: String, _ subset: String, correct: Int = 1, incorrect: Int = 1) throws -> RewardBenchItem {
    try RewardBenchItem(
      id: id, subset: subset, conversation: "Hi?", correct: (0..<correct).map { "right \($0)" },
      incorrect: (0..<incorrect).map { "wrong \($0)" })
  }

  @Test func sectionsWeighTheirSubsetsAsPublished() throws {
    // Chat: easy 100 right, length 95 wrong; Reasoning: math 984 right, hep-cpp 164 wrong; equal rewards are wrong.
    let items = try [
      item("1", "alpacaeval-easy"), item("2", "alpacaeval-length"), item("3", "math-prm"), item("4", "hep-cpp"),
    ]
    let result = try RewardBenchResult(version: .one, items: items, rewards: [[2, 1], [1, 2], [1, 0], [1, 1]])
    #expect(result.sections.map(\.name) == ["Chat", "Reasoning"])
    #expect(abs(result.sections[0].value - 100.0 / 195) < 1e-12)
    #expect(abs(result.sections[1].value - 984.0 / 1148) < 1e-12)
    #expect(abs(result.overall - (100.0 / 195 + 984.0 / 1148) / 2) < 1e-12)
  }

  @Test func subsetsThatAreMissingOrUnknownAreNamed() throws {
    let first = try RewardBenchResult(
      version: .one, items: [item("1", "math-prm"), item("2", "shp"), item("3", "Math")],
      rewards: [[2, 1], [2, 1], [2, 1]])
    #expect(first.missingSubsets.count == 22 && !first.missingSubsets.contains("math-prm"))
    #expect(first.unknownSubsets == ["Math"])
    let second = try RewardBenchResult(
      version: .two, items: [item("1", "Math"), item("2", "shp")], rewards: [[2, 1], [2, 1]])
    #expect(second.missingSubsets == ["Factuality", "Focus", "Precise IF", "Safety", "Ties"])
    #expect(second.unknownSubsets == ["shp"])
  }

  @Test func aSectionOfOneSubsetHasItsInterval() throws {
    let result = try RewardBenchResult(
      version: .one, items: [item("1", "math-prm"), item("2", "math-prm")], rewards: [[1, 2], [1, 2]])
    #expect(result.sections[0].lower == 0 && result.subsets[0].upper < 1)
    #expect(abs(result.sections[0].upper - result.subsets[0].upper) < 1e-12)
  }

  @Test func priorSetsCountHalf() throws {
    let items = try [item("1", "donotanswer"), item("2", "shp"), item("3", "summarize")]
    let result = try RewardBenchResult(version: .one, items: items, rewards: [[2, 1], [1, 2], [2, 1]])
    #expect(abs(result.overall - (1 + 0.5 * 0.5) / 1.5) < 1e-12)
  }

  @Test func inTheSecondVersionTiedMaximaShareThePoint() throws {
    let items = try (0..<3).map { try item("\($0)", "Math", incorrect: 3) }
    let result = try RewardBenchResult(
      version: .two, items: items, rewards: [[3, 1, 2, 0], [3, 3, 3, 0], [1, 3, 3, 0]])
    #expect(abs(result.overall - (1 + 1.0 / 3) / 3) < 1e-12)
  }

  @Test func tiesAreScoredByTheirMargins() throws {
    // Prompt 1: both askings right, the tied answers lie within 0.5, wrong ones 2 below. Prompt 2: the tied asking is wrong.
    let items = try [
      item("ref:1", "Ties", incorrect: 2), item("tied:1", "Ties", correct: 2, incorrect: 2),
      item("ref:2", "Ties", incorrect: 2), item("tied:2", "Ties", correct: 2, incorrect: 2),
    ]
    let result = try RewardBenchResult(
      version: .two, items: items, rewards: [[3, 1, 0], [3, 2.5, 0.5, 0], [2, 1, 0], [3, 1, 2, 0]])
    // tanh(min(2, 2) / 0.5 − 1) and tanh(min(1, −1) / 2 − 1).
    let beyond = (tanh(3.0) + tanh(-1.5)) / 2
    #expect(abs(result.overall - (0.3 * 0.5 + 0.3 * 1 + 0.2 * 0.5 + 0.2 * 0.5 + 0.01 * beyond)) < 1e-12)
  }

  @Test func itemsThatAreTooLongAreCounted() throws {
    let items = try [item("1", "Math"), item("2", "Math")]
    let result = try RewardBenchResult(version: .two, items: items, rewards: [[1, 0], nil])
    #expect(result.overLengthItems == 1 && result.overall == 1)
  }

  @Test func rowsOfBothVersionsAreRead() throws {
    let rows = """
      {"prompt": "Q?", "chosen": "a", "rejected": "b", "subset": "shp", "id": 7, "chosen_model": "x"}
      {"prompt": "Q?", "chosen": ["a"], "rejected": ["b", "c", "d"], "subset": "Math", "id": "m1", "num_correct": 1}
      {"question": "Q?", "chosen": "a", "rejected": "b"}
      {"chosen": [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "a"}],
      """
      .split(separator: "\n").map(String.init)
    let messages =
      rows[3] + #" "rejected": [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "b"}]}"#
    let text = (rows[..<3] + [messages]).joined(separator: "\n")
    let items = try RewardBenchItem.readAll(JSONLines(data: Data(text.utf8), name: "rows"))
    #expect(items.map(\.id) == ["7", "m1", "3", "4"])
    #expect(items.allSatisfy { $0.correct == ["a"] && $0.incorrect[0] == "b" && $0.conversation.userTurns == ["Q?"] })
    #expect(items[1].incorrect == ["b", "c", "d"])
    #expect(throws: DataError.self) {
      try RewardBenchItem.readAll(JSONLines(data: Data(#"{"prompt": "Q?", "chosen": "a"}"#.utf8), name: "rows"))
    }
  }

  @Test func wrongShapesAreRefused() throws {
    let items = try [item("1", "Math")]
    #expect(throws: EvaluationError.self) { try RewardBenchResult(version: .two, items: items, rewards: []) }
    #expect(throws: EvaluationError.self) { try RewardBenchResult(version: .two, items: items, rewards: [[1]]) }
    #expect(throws: EvaluationError.self) { try RewardBenchResult(version: .two, items: items, rewards: [nil]) }
    #expect(throws: EvaluationError.self) {
      try RewardBenchResult(version: .two, items: [item("odd", "Ties")], rewards: [[1, 0]])
    }
  }
}
