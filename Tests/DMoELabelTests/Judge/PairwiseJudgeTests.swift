@_spi(Command) import DMoEData
@_spi(Command) import DMoELabel
import Testing

@Suite struct PairwiseJudgeTests {
  /// Prefers the response that has a word, wherever it stands.
  private struct Preferring: LanguageModelClient {
    let word: String

    func complete(_ request: CompletionRequest) async throws -> CompletionReply {
      let text = request.messages.last?.content ?? ""
      let second = text.components(at: "Response 2:")
      return CompletionReply(text: second.contains(word) ? #"{"verdict":"2"}"# : "1")
    }
  }

  private struct Failing: LanguageModelClient {
    struct Failure: Error {}
    func complete(_ request: CompletionRequest) async throws -> CompletionReply { throw Failure() }
  }

  @Test func aJudgeThatReadsIsConsistentInBothOrders() async throws {
    let judge = PairwiseJudge(client: Preferring(word: "kind"), model: "m")
    let there = try await judge.compare(prompt: "p", responses: ["kind words", "rude"])
    #expect(there.outcome == .consistent(chosen: 0))
    let back = try await judge.compare(prompt: "p", responses: ["rude", "kind words"])
    #expect(back.outcome == .consistent(chosen: 1))
    let neither = try await judge.compare(prompt: "p", responses: ["rude", "gruff"])
    #expect(neither.outcome == .inconsistent)
  }

  @Test func failuresReachTheCaller() async throws {
    let judge = PairwiseJudge(client: Failing(), model: "m")
    await #expect(throws: Failing.Failure.self) { try await judge.judge(comparison()) }
    await #expect(throws: DataError.rankCountMismatch(responses: 3, ranks: 2)) {
      try await judge.compare(prompt: "p", responses: ["a", "b", "c"])
    }
    await #expect(throws: DataError.self) { try await judge.compare(prompt: "", responses: ["a", "b"]) }
  }

  @Test func requestsCarryTheSampling() throws {
    let plain = PairwiseJudge(client: Failing(), model: "m")
    let request = plain.request(for: try comparison(), order: .forward)
    #expect(plain.name == "m")
    #expect(request.temperature == 0)
    #expect(request.maximumTokens == JudgeSampling.defaultMaximumTokens)
    #expect(request.topLogProbabilities == nil)
    #expect(request.responseSchema == ComparisonPrompt.english.verdictSchema)
    #expect(request != plain.request(for: try comparison(), order: .reversed))

    let reasoned = PairwiseJudge(
      name: "j", client: Failing(), model: "m", prompts: .standard(asksForReason: true),
      sampling: JudgeSampling(temperature: 0.7, seed: 3, topLogProbabilities: 5, usesSchema: false))
    let other = reasoned.request(for: try comparison(language: "zh"), order: .forward)
    #expect(other.temperature == 0.7)
    #expect(other.maximumTokens == JudgeSampling.defaultMaximumTokens)
    #expect(other.seed == 3)
    #expect(other.topLogProbabilities == 5)
    #expect(other.responseSchema == nil)
    #expect(other.messages == ComparisonPrompt.chinese(asksForReason: true).render(try comparison(), order: .forward))
  }

  @Test func repliesAreReadInTheSamplesLanguage() throws {
    let judge = PairwiseJudge(client: Failing(), model: "m")
    let reply = CompletionReply(text: "平局")
    #expect(judge.reading(of: reply, to: try comparison(language: "zh")).verdict == .tie)
    #expect(judge.reading(of: reply, to: try comparison(language: "en")).problem == .unreadable)
  }
}

extension String {
  /// What stands after a text.
  fileprivate func components(at text: String) -> String {
    split(separator: text, omittingEmptySubsequences: false).dropFirst().joined()
  }
}
