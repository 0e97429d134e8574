import DMoECore
public import DMoEData
import DMoEFoundation
public import DMoEPolicy
import DMoETrain
public import Foundation

extension PolicyRun {
  /// When a policy is evaluated.
  public enum Moment: Sendable, Equatable {
    /// Before the first step.
    case before
    /// After so many steps, counted from 1: now, or at an earlier time whose result is kept.
    case step(Int)
    /// After the last one.
    case after

    /// The word by which a result is kept.
    public var name: String {
      switch self {
      case .before: "before"
      case .step(let step): "step-\(step)"
      case .after: "after"
      }
    }

    static let filePrefix = "evaluation-"
    var fileName: String { "\(Self.filePrefix)\(name).json" }
  }

  /// Evaluates a policy of this run and keeps the result in its folder, where a later start finds it.
  ///
  /// - Parameters:
  ///   - moment: When: the result is kept by it.
  ///   - policy: The policy that the run began from, or as it is now.
  ///   - prompts: What is answered: prompts that the run does not train on.
  ///   - judges: Who judges; first the reward that trains.
  ///   - samples: How many texts a prompt gets; at least 1.
  ///   - progress: Told of every prompt that is done; what it throws breaks the evaluation off.
  /// - Throws: `RLError.unusableRun` for an earlier step whose result is not kept; as `LanguageModel.evaluate(on:by:samples:options:progress:)`; `CoreError.unwritableFile`.
  public func evaluate(
    _ moment: Moment, _ policy: LanguageModel, on prompts: [Conversation], by judges: [any RewardFunction],
    samples: Int = 4, progress: (_ prompts: Int) throws -> Void = { _ in }
  ) async throws -> PolicyEvaluation {
    let file = folder.appendingPathComponent(moment.fileName)
    let identity = try identity(moment, prompts, judges, samples)
    if ranks.size > 1, let other = try ranks.difference(in: [RankFact("set of prompts or judges", identity)]) {
      throw TrainError.ranksDiffer(rank: other.rank, reason: other.name)
    }
    // The first rank alone knows what is kept.
    let data = try ranks.fromFirst { (try? Data(contentsOf: file)) ?? Data() }
    if let kept = try? JSONDecoder().decode(KeptEvaluation.self, from: data), kept.identity == identity {
      // By the names of now: the same judge may have been called otherwise.
      return PolicyEvaluation(judges: judges.map(\.name), answers: kept.evaluation.answers)
    }
    if case .step(let step) = moment, step != trainer.steps {
      throw RLError.unusableRun(
        path: folder.path, reason: "there is no such evaluation after step \(step), and it has taken \(trainer.steps)")
    }
    let configuration = trainer.configuration
    let options = GenerationOptions(
      maximumTokens: configuration.maximumTokens, sampling: configuration.sampling,
      seed: RandomSource.seed(configuration.seed, stream: Self.evaluationStream))
    let evaluation = try await policy.evaluate(
      on: prompts, by: judges, samples: samples, options: options, over: ranks, progress: progress)
    guard ranks.rank == 0 else { return evaluation }
    let kept = KeptEvaluation(identity: identity, evaluation: evaluation)
    try AtomicFile<CoreError>.write(try JSONEncoder.indented.encode(kept), to: file)
    return evaluation
  }

  /// What decides an evaluation.
  private func identity(
    _ moment: Moment, _ prompts: [Conversation], _ judges: [any RewardFunction], _ samples: Int
  ) throws -> String {
    var hash = SeededHash()
    hash.combine(owner)
    let steps =
      switch moment {
      case .before: 0
      case .step(let step): step
      case .after: trainer.steps
      }
    hash.combine(UInt64(steps))
    hash.combine(UInt64(samples))
    for judge in judges { hash.combine(judge.identity) }
    hash.combine(String(decoding: try JSONEncoder.canonical.encode(prompts), as: UTF8.self))
    return String(hash.value, radix: 16)
  }

  /// Apart from the streams of steps, whose numbers are counted from 0.
  private static let evaluationStream = UInt64.max
  static let reportName = "report.html"

  /// Where the command keeps the page that tells of the run.
  public var report: URL { folder.appendingPathComponent(Self.reportName) }
}

/// An evaluation as a file keeps it.
private struct KeptEvaluation: Codable {
  var identity: String
  var evaluation: PolicyEvaluation
}
