import DMoEData
import DMoEModel
import DMoEPolicy
import DMoERL
import Foundation

/// The training of a policy by a proxy, measured on held-out prompts every few steps.
struct PolicyOptimization: Sendable {
  let id: PolicyRunID
  let settings: OverOptimizationSettings
  let folder: URL
  /// The policy before it has an adapter.
  let policy: LanguageModel
  let training: [Conversation]
  let heldOut: [Conversation]
  let gold: RewardModel
  let proxy: RewardModel

  /// Trains what is not trained, and measures what is not measured.
  ///
  /// - Throws: What training and judging throw; `RLError.unusableRun` where a measurement of an earlier step is missing.
  func measured(_ onEvent: ExperimentRun.Observer) async throws -> MeasuredPolicy {
    var start = policy
    try start.beginAdapter(settings.policies.adapter, seed: id.seed)
    var run = try PolicyRun(
      in: folder, start, settings.policyTraining(seed: id.seed), prompts: training, reward: proxy)
    var measurements = [try await measurement(.before, step: 0, start, run, onEvent)]
    for step in stride(from: settings.policies.every, to: run.trainer.steps, by: settings.policies.every) {
      measurements.append(try await measurement(.step(step), step: step, run.trainer.policy, run, onEvent))
    }
    while true {
      let step = run.trainer.steps
      if step > 0, step % settings.policies.every == 0 || run.stopReason != nil {
        measurements.append(try await measurement(.step(step), step: step, run.trainer.policy, run, onEvent))
      }
      if let reason = run.stopReason {
        return try finished(run, "\(reason)", measurements, onEvent)
      }
      do { try onEvent(.policyStep(id, try await run.step(by: proxy))) } catch let error as RLError {
        // Where optimizing ends so, that is a result: the policy is as it was before the step, at every start.
        guard case .diverged = error else { throw error }
        if measurements.last?.step != step {
          measurements.append(try await measurement(.step(step), step: step, run.trainer.policy, run, onEvent))
        }
        return try finished(run, "it diverged in step \(step + 1)", measurements, onEvent)
      }
    }
  }

  private func finished(
    _ run: PolicyRun, _ ending: String, _ measurements: [MeasuredPolicy.Measurement],
    _ onEvent: ExperimentRun.Observer
  ) throws -> MeasuredPolicy {
    try onEvent(.policyFinished(id, steps: run.trainer.steps, ending: ending))
    try run.writeAdapter()
    return MeasuredPolicy(id: id, steps: run.trainer.steps, ending: ending, measurements: measurements)
  }

  private func measurement(
    _ moment: PolicyRun.Moment, step: Int, _ policy: LanguageModel, _ run: PolicyRun, _ onEvent: ExperimentRun.Observer
  ) async throws -> MeasuredPolicy.Measurement {
    let evaluation = try await run.evaluate(
      moment, policy, on: heldOut, by: [gold, proxy], samples: settings.policies.samples
    ) { done in try onEvent(.policyMeasuring(id, step: step, done: done, total: heldOut.count)) }
    return MeasuredPolicy.Measurement(step: step, evaluation)
  }
}

/// A policy that a proxy trained, with what gold model and proxy say of its texts.
struct MeasuredPolicy: Sendable {
  /// What was found after some steps, prompt by prompt.
  struct Measurement: Sendable {
    let step: Int
    /// In nats a text, of all texts.
    let divergences: [Double]
    /// The mean rewards of the texts that both judge; `nil` where there is none.
    let rewards: [(gold: Double, proxy: Double)?]
    /// The texts that one of them could not judge.
    var textsWithoutReward = 0
  }

  let id: PolicyRunID
  let steps: Int
  /// Why it ended, in words.
  let ending: String
  /// In the order of the steps, from 0 on.
  let measurements: [Measurement]
}

extension MeasuredPolicy.Measurement {
  /// - Parameter evaluation: By the gold model, then by the proxy.
  init(step: Int, _ evaluation: PolicyEvaluation) {
    self.step = step
    divergences = evaluation.answers.map { $0.divergences.mean ?? 0 }
    var unjudged = 0
    rewards = evaluation.answers.map { answers in
      let both = zip(answers.rewards[0], answers.rewards[1]).compactMap { gold, proxy -> (Double, Double)? in
        guard let gold, let proxy else { return nil }
        return (Double(gold), Double(proxy))
      }
      unjudged += answers.rewards[0].count - both.count
      guard let gold = both.map(\.0).mean, let proxy = both.map(\.1).mean else { return nil }
      return (gold, proxy)
    }
    textsWithoutReward = unjudged
  }
}
