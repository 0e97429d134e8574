import DMoEData
import Testing

@testable import DMoEEvaluate

@Suite struct BenchmarkExpertTests {
  @Test func anExpertIsJudgedOnTheItemsOfItsCategory() throws {
    let items = try (0..<4).map { place in
      try BenchmarkItem(
        id: "\(place)", category: "livecodebench", conversation: Conversation(prompt: "\(place)?"),
        correct: ["long one"],
        incorrect: ["no"])
    }
    let lines = [
      RewardLine(id: "0", rewards: [2, 1], judge: "chat", experts: ["logic": [1, 2], "empathy": [2, 1]]),
      RewardLine(id: "1", rewards: [1, 2], judge: "chat", experts: ["logic": [1, 2], "empathy": [2, 1]]),
      RewardLine(id: "2", rewards: [2, 1], judge: "code", experts: ["logic": [2, 1]]),
      RewardLine(id: "3", rewards: nil),
    ]
    let experts = try BenchmarkResult(.judgeBench, items, lines: lines).experts
    #expect(experts.map { "\($0.category)/\($0.point)" } == ["chat/empathy", "chat/logic", "code/logic"])
    #expect(experts.map(\.score.value) == [1, 0, 1] && experts.map(\.score.items) == [2, 2, 1])
    #expect(experts.map(\.model) == [0.5, 0.5, 1] && experts.map(\.score.longerReply) == [1, 1, 1])
  }
}
