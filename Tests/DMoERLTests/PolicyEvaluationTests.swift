import DMoECore
import DMoEData
import DMoEModel
import DMoEPolicy
import Foundation
import Testing
import _TestSupport

@testable import DMoERL

/// What a policy writes before and after training, and what judges say of it.
@Suite struct PolicyEvaluationTests {
  private static let prompts: [Conversation] = ["Say a word", "And another", "One more"]
  private static let length = RewardClosure("length") { _, texts in texts.map { Float($0.utf8.count) / 10 } }
  private static let silent = RewardClosure("silent") { _, texts in texts.map { _ in nil } }

  private static func evaluation(_ rewards: [[Float?]], _ prompts: [Conversation] = prompts) -> PolicyEvaluation {
    PolicyEvaluation(
      judges: ["length"],
      answers: zip(prompts, rewards).map { prompt, own in
        PolicyEvaluation.Answers(
          prompt: prompt, texts: own.map { _ in "text" }, tokens: own.map { _ in 3 }, truncated: own.map { $0 == nil },
          divergences: own.map { _ in 0.5 }, rewards: [own])
      })
  }

  @Test func meansAreThoseOfPromptsAndAbstentionsAreNoNumbers() throws {
    let evaluation = Self.evaluation([[1, 3, nil], [5, 5, 5], [nil, nil, nil]])
    let reward = try #require(evaluation.reward(by: 0))
    // Of prompts with a reward: 2 and 5.
    #expect(reward.value == 3.5)
    #expect(reward.interval == 2...5)
    #expect(evaluation.abstentions(by: 0) == 4.0 / 9)
    #expect(evaluation.truncated == 4.0 / 9)
    #expect(evaluation.divergence?.value == 0.5 && evaluation.tokens?.value == 3)
    #expect(Self.evaluation([[nil], [nil], [nil]]).reward(by: 0) == nil)
  }

  @Test func aComparisonIsOfTheSamePromptsAndJudges() throws {
    let before = Self.evaluation([[1], [2], [nil]])
    let comparison = try PolicyComparison(before: before, after: Self.evaluation([[2], [2], [9]]))
    let verdict = try #require(comparison.verdicts.first)
    // The third prompt had no reward before, so that it says nothing of the difference.
    #expect(verdict.gain?.value == 0.5 && verdict.better == 0.75)
    #expect(verdict.before?.value == 1.5)
    #expect(verdict.abstainedBefore == 1.0 / 3 && verdict.abstainedAfter == 0)
    let none = try PolicyComparison(before: Self.evaluation([[nil], [nil], [nil]]), after: before)
    #expect(none.verdicts[0].better == nil && none.verdicts[0].gain == nil)
    #expect(throws: RLError.incomparable("prompts")) {
      try PolicyComparison(before: before, after: Self.evaluation([[1], [2]], ["One", "Two"]))
    }
    let other = PolicyEvaluation(judges: ["other"], answers: before.answers)
    #expect(throws: RLError.incomparable("judges")) { try PolicyComparison(before: before, after: other) }
  }

  @Test func examplesAreNotTheBestThereAre() throws {
    let prompts = (0..<12).map { Conversation(stringLiteral: "prompt \($0)") }
    let zero = Self.evaluation(prompts.map { _ in [0] }, prompts)
    // Gains 11, 10, ... 0: in the order of gains the places are turned round.
    let after = Self.evaluation(prompts.indices.map { [Float(11 - $0)] }, prompts)
    let comparison = try PolicyComparison(before: zero, after: after)
    #expect(comparison.examples() == [9, 5, 1])
    #expect(comparison.examples(20).count == 12)
  }

  @Test func aPolicyThatIsItsReferenceHasNotMovedAndTheSameSeedWritesTheSameTexts() async throws {
    let policy = try PolicyStepTests.policy(ComputeOptions(threads: 2, precision: .stored))
    let options = GenerationOptions(maximumTokens: 6, seed: 3)
    let all = try await policy.evaluate(on: Self.prompts, by: [Self.length, Self.silent], samples: 3, options: options)
    #expect(all.judges == ["length", "silent"] && all.answers.map(\.prompt) == Self.prompts)
    #expect(all.reward(by: 1) == nil && all.abstentions(by: 1) == 1)
    var narrow = options
    narrow.concurrency = 3
    // A prompt at a time instead of all side by side.
    #expect(
      try await policy.evaluate(on: Self.prompts, by: [Self.length, Self.silent], samples: 3, options: narrow) == all)
    var fresh = policy
    try fresh.beginAdapter(LoRAConfiguration(rank: 2, alpha: 4), seed: 1)
    let unmoved = try await fresh.evaluate(on: Self.prompts, by: [Self.length], options: options)
    #expect(unmoved.answers.allSatisfy { $0.divergences.allSatisfy { $0 == 0 } })
  }

  @Test func aJudgeThatGivesNoNumberOrTooFewIsAnError() async throws {
    let policy = try PolicyStepTests.policy(on: fastCompute)
    let options = GenerationOptions(maximumTokens: 4)
    let bad = RewardClosure("bad") { _, texts in texts.map { _ in .nan } }
    await #expect(throws: RLError.rewardNotFinite(prompt: 0, completion: 0)) {
      try await policy.evaluate(on: Self.prompts, by: [Self.length, bad], options: options)
    }
    let few = RewardClosure("few") { _, _ in [1] }
    await #expect(throws: RLError.rewardCount(name: "few", count: 1, expected: 4)) {
      try await policy.evaluate(on: Self.prompts, by: [few], options: options)
    }
  }

  @Test func aRunKeepsWhatWasEvaluatedAndReportsIt() async throws {
    let counter = Counter()
    let judge = RewardClosure("<b>judge</b>") { _, texts in
      await counter.count()
      return texts.map { Float($0.utf8.count) / 10 }
    }
    try await inTemporaryFolder { folder in
      let policy = try PolicyStepTests.policy(on: fastCompute)
      let configuration = RLConfiguration {
        ($0.steps, $0.promptsPerStep, $0.groupSize, $0.maximumTokens) = (2, 1, 4, 6)
        $0.objective.masksTruncated = false
      }
      var run = try PolicyRun(in: folder, policy, configuration, prompts: Self.prompts, reward: Self.length)
      let before = try await run.evaluate(.before, policy, on: ["Held <i>out</i>"], by: [judge])
      while run.stopReason == nil { try await run.step(by: Self.length) }
      // After training it is still there; another number of samples is another evaluation.
      #expect(try await run.evaluate(.before, policy, on: ["Held <i>out</i>"], by: [judge]) == before)
      #expect(await counter.calls == 1)
      // The same judge by another name.
      let renamed = NamedJudge(name: "renamed", identity: judge.identity)
      #expect(try await run.evaluate(.before, policy, on: ["Held <i>out</i>"], by: [renamed]).judges == ["renamed"])
      let after = try await run.evaluate(.after, run.trainer.policy, on: ["Held <i>out</i>"], by: [judge])
      #expect(await counter.calls == 2)
      let comparison = try PolicyComparison(before: before, after: after)
      let page = PolicyReport(metrics: run.metrics, stopReason: run.stopReason, comparison: comparison).html()
      #expect(page.contains("Held &lt;i&gt;out&lt;/i&gt;") && page.contains("&lt;b&gt;judge&lt;/b&gt;"))
      #expect(page.contains("all steps were taken") && !page.contains("<b>judge</b>"))
      #expect(try await run.evaluate(.step(2), run.trainer.policy, on: ["Held <i>out</i>"], by: [judge]) == after)
      // The policy of an earlier step is gone.
      await #expect(throws: RLError.self) {
        try await run.evaluate(.step(1), run.trainer.policy, on: ["Held <i>out</i>"], by: [judge])
      }
      try PolicyReport(metrics: run.metrics).write(to: run.report)
      try PolicyRun.clear(folder)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["lock"])
    }
  }
}

private actor Counter {
  private(set) var calls = 0
  func count() { calls += 1 }
}

/// A judge that is known under an identity, and asked for nothing.
private struct NamedJudge: RewardFunction {
  let name: String
  let identity: String
  func rewards(prompt: Conversation, completions: [String]) async throws -> [Float?] { completions.map { _ in nil } }
}
