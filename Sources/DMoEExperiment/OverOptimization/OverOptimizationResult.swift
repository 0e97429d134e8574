import DMoEEvaluate

/// What optimizing against each proxy gained and cost: its own reward and that of the gold model, the farther from the policy
/// that texts were first drawn from.
///
/// Gains are in deviations: what the mean over prompts rises by, divided by the standard deviation of the rewards of that
/// policy's texts to one prompt. So the gains of several models, and of gold, can be compared.
public struct OverOptimizationResult: Sendable, Hashable, Codable {
  /// What became of the texts.
  public struct Counts: Sendable, Hashable, Codable {
    /// The prompts to learn from.
    public var trainingPrompts: Int
    /// Their texts.
    public var trainingTexts: Int
    /// The pairs of these that proxies are trained on.
    public var pairs: Int
    /// The pairs by which proxies are validated.
    public var validationPairs: Int
    /// The prompts whose texts proxies choose among.
    public var heldOutPrompts: Int
    /// Their texts.
    public var heldOutTexts: Int
    /// The held-out prompts that are left out, because less than half of their texts say anything, or because the gold model or a
    /// proxy could not judge them.
    public var heldOutPromptsLeftOut: Int
    /// The texts that say nothing, which nobody judges.
    public var emptyTexts: Int
  }

  /// A place on a curve.
  public struct Point: Sendable, Hashable, Codable {
    /// How many texts the proxy chose among, or how many steps it trained a policy for.
    public let effort: Int
    /// The divergence from the policy that texts were first drawn from, in nats.
    public let divergence: Double
    /// What the proxy says was gained, in deviations.
    public let proxy: ExperimentResult.Interval
    /// What the gold model says was gained, in deviations.
    public let gold: ExperimentResult.Interval

    /// The distance that curves are drawn and fitted over: the root of the divergence.
    public var distance: Double { max(0, divergence).squareRoot() }
  }

  /// What the optimization by one proxy came to, in one way.
  public struct Curve: Sendable, Hashable, Codable {
    /// From the policy itself on.
    public let points: [Point]
    /// The gold's curve; `nil` where the points do not decide it.
    public let fit: OverOptimizationFit?
    /// The place in `points` at which gold is highest.
    public let peak: Int
    /// Gold at the end less gold where it is highest: what going too far cost, and about 0 if nothing. Where it is highest is found
    /// for each half of the prompts on the other half, since chance alone raises what was chosen for being high; `nil` of one prompt.
    public let lossAfterPeak: ExperimentResult.Interval?
    /// Gold at the end less that of the reference, prompt by prompt; `nil` for the reference itself, and where it has no such curve.
    public internal(set) var difference: ExperimentResult.Interval?
  }

  /// A policy's training by one proxy with one seed.
  public struct PolicyRunSummary: Sendable, Hashable, Codable {
    /// Which run.
    public let id: PolicyRunID
    /// How many steps it took.
    public let steps: Int
    /// Why it ended, in words.
    public let ending: String
    /// The texts of its measurements that have no reward by the gold model or the proxy, and count for divergence alone.
    public let textsWithoutReward: Int
    /// What each measurement found: steps, divergence, and gains in deviations.
    public let points: [PolicyPoint]
  }

  /// A measurement of one policy.
  public struct PolicyPoint: Sendable, Hashable, Codable {
    /// The steps before it.
    public let step: Int
    /// The divergence from the policy that texts were first drawn from, in nats a text.
    public let divergence: Double
    /// What the proxy says was gained, in deviations.
    public let proxy: Double
    /// What the gold model says was gained, in deviations.
    public let gold: Double
  }

  /// A proxy: a contender, read in one way.
  public struct Row: Sendable, Hashable, Codable {
    /// The name in tables.
    public let name: String
    /// The contender, and how its members are read.
    public let reading: ExperimentResult.Reading
    /// The kind of reward model that it is.
    public let structure: ExperimentContender.Structure
    /// The share of its training labels that were turned round, in 0 ... 1.
    public let noise: Double
    /// The choice of the best of n texts by it.
    public internal(set) var bestOfN: Curve
    /// The policies that it trained, the mean over seeds; `nil` where it trained none.
    public internal(set) var policy: Curve?
    /// The prompts that policies were measured on.
    public let policyPrompts: Int
    /// Each of these policies.
    public internal(set) var runs: [PolicyRunSummary]
    /// The prompts of policies' measurements that are left out because the gold model or the proxy could judge no text of theirs in one
    /// of them.
    public let policyPromptsLeftOut: Int
    /// The share of validation pairs that it orders as the gold model does.
    public let agreement: ExperimentResult.Interval?
    /// How long it takes to score a text, in milliseconds; `nil` for length.
    public internal(set) var millisecondsPerText: Double?
  }

  /// The proxies, in the order of the plan.
  public let rows: [Row]
  /// The proxy that others are compared with: the first single model, each member alone.
  public let reference: ExperimentResult.Reading
  /// What became of the texts.
  public let counts: Counts
  /// Gold of the text that is best by gold among the most texts, in deviations: no proxy can gain more.
  public let ceiling: Double
  /// The standard deviation of gold among the texts to one prompt, in the gold model's unit: what a deviation is.
  public let goldDeviation: Double
  /// The comparison of the proxies as reward models, on pairs that gold orders.
  public let comparison: ExperimentResult

  /// The row of a reading; `nil` if there is none.
  public subscript(reading: ExperimentResult.Reading) -> Row? { rows.first { $0.reading == reading } }
}
