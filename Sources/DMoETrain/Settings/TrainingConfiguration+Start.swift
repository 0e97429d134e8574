extension TrainingConfiguration {
  /// The settings of what heads, bases and aggregators start from.
  public struct StartSettings: Sendable, Equatable, Codable {
    /// The weights that bases start from, if there are several categories; the paper shares nothing between them. A shared
    /// head needs warm heads; a shared base needs adapters.
    public var bases = BaseStart.sharedHead
    /// A base's head starts as the best linear reward on the untrained states (Newton steps; linear probing, then
    /// fine-tuning: Kumar et al., 2202.10054); otherwise small and random (the paper).
    public var warmsHeads = true
    /// The aggregator starts as the best linear reward on the experts' states; otherwise at random (the paper).
    public var warmsAggregator = true
    /// Ridges that the warm starts try, on standardized states; cross-validation on the training samples chooses, and
    /// where there is a head to start near, it is left as it is unless a correction gains more than its standard error.
    public var ridges: [Double] = [0.1, 1, 10, 100, 1000, 10_000]
    /// What categories have in common is corrected for one of them, in its base and in its aggregator, only by what gains on
    /// sources that the correction was not fitted on: a category whose samples are of one source keeps what is common, for
    /// what sets it apart may be the source and not the task. `nil` is no: other prompts of the same sources are left out.
    public var leavesSourcesOut: Bool?

    /// The defaults.
    public init() {}
  }

  /// The weights that the bases of several categories start from.
  public enum BaseStart: String, Sendable, Codable, CaseIterable {
    /// Each from nothing (the paper).
    case own
    /// Every head near the best linear reward on all categories together: a category with few preferences is then
    /// never far from what the others know.
    case sharedHead
    /// Adapter and head from those of a base of all categories, a phase of its own (`TrainingPhase.sharedBase`).
    case sharedBase
  }
}
