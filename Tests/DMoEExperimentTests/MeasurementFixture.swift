import DMoEData
import DMoEEvaluate
import DMoETrain
import Foundation
import _TestSupport

@testable import DMoEExperiment

/// Experiments whose rewards are written down instead of scored, so that every figure can be derived by hand.
enum MeasurementFixture {
  /// Three prompts. Pairs in order (chosen, rejected; characters): a (1, 4), b (4, 1) and, on b's prompt again, c (4, 1), d (2, 2).
  static func samples() throws -> [RankedResponses] {
    try [
      sample("a", prompt: "one", ["y", "noon"], category: "chat", source: "x"),
      sample("b", prompt: "two", ["yeah", "n"], category: "code", source: "x"),
      sample("c", prompt: "two", ["yess", "n"], category: "code"), sample("d", prompt: "three", ["ja", "no"]),
    ]
  }

  static func sample(
    _ id: String, prompt: String, _ responses: [String], category: String? = nil, capability: String? = nil,
    source: String? = nil
  ) throws -> RankedResponses {
    try RankedResponses(
      id: id, source: source, conversation: Conversation(prompt: prompt), responses: responses,
      ranks: Array(1...responses.count), category: category, capability: capability)
  }

  static func data(tests: [ExperimentData.TestSet], bestOfN: [BestOfNPrompt] = []) throws -> ExperimentData {
    ExperimentData(
      training: try samples(), validation: try samples(), tests: tests, bestOfN: bestOfN,
      taxonomy: try Taxonomy([
        TaskCategory(
          id: "chat", name: "Chat", points: [CapabilityPoint(id: "empathy"), CapabilityPoint(id: "style")]),
        TaskCategory(id: "code", name: "Code", points: []),
      ]))
  }

  /// One reward a response, as margins of a better first response over a second of reward 0; nil is too long to score.
  static func scores(_ margins: [Float?]) -> [ScoredSample?] {
    margins.map { $0.map { ScoredSample(rewards: [$0, 0], category: "chat", experts: [[], []]) } }
  }

  /// The result of contenders whose rewards are known.
  ///
  /// - Parameter scores: Of every member, by set.
  static func result(
    _ contenders: [ExperimentContender], _ data: ExperimentData, costs: [MemberID: TrainingCost] = [:],
    scores: [MemberID: [SetID: [ScoredSample?]]]
  ) throws -> ExperimentResult {
    try withTemporaryFolder { folder in
      let store = try ExperimentStore(folder, data: data)
      for (member, sets) in scores {
        for (set, scores) in sets { try store.write(scores, of: member, on: set) }
      }
      let sets = try data.sets()
      let table = try RewardTable(contenders.flatMap(\.members), sets, in: store)
      return try ExperimentMeasurement(contenders: contenders, data: data, sets: sets, table: table, costs: costs)
        .result(routers: [:])
    }
  }
}
