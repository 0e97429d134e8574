import DMoEData
import DMoEPolicy
import DMoERL
@_spi(Command) import DMoERM

/// The measuring of a policy before and after a run.
struct RLMeasurement {
  let prompts: [Conversation]
  /// First the reward that trains.
  let judges: [NamedReward]
  let samples: Int
  /// After how many steps it is measured between the first and the last; `nil` for never.
  let every: Int?

  /// What the policy does at a moment of a run, read from the run's folder if it is there; `nil` if nothing is to be measured.
  func evaluation(
    _ moment: PolicyRun.Moment, _ policy: LanguageModel, of run: PolicyRun
  ) async throws -> PolicyEvaluation? {
    guard !prompts.isEmpty else { return nil }
    return try await Working.show("measuring the policy, \(moment.name)") { tell in
      try await run.evaluate(moment, policy, on: prompts, by: judges, samples: samples) { tell($0, prompts.count) }
    }
  }

  /// What was gained so far, if this is a step after which that is measured.
  func progress(since before: PolicyEvaluation?, of run: PolicyRun) async throws -> String? {
    let step = run.trainer.steps
    guard let every, step > 0, step % every == 0, run.stopReason == nil, let before,
      let now = try await evaluation(.step(step), run.trainer.policy, of: run)
    else { return nil }
    let gains = try PolicyComparison(before: before, after: now).verdicts.map { verdict in
      "\(verdict.judge) \(verdict.gain.map { Numbers.reward(Float($0.value)) } ?? "none")"
    }
    let spent = now.divergence.map { " for \(Numbers.fixed($0.value, 2)) nats an answer" } ?? ""
    return "       gained on held-out prompts: " + gains.joined(separator: ", ") + spent
  }

  /// Before and after; `nil` if nothing is to be measured.
  func comparison(with before: PolicyEvaluation?, of run: PolicyRun) async throws -> PolicyComparison? {
    guard let before, let after = try await evaluation(.after, run.trainer.policy, of: run) else { return nil }
    return try PolicyComparison(before: before, after: after)
  }
}
