public import DMoEData
public import DMoEEvaluate
public import DMoETrain

/// What an experiment found: every way of reading every contender, on every set.
public struct ExperimentResult: Sendable, Hashable, Codable {
  /// A value with its 95 % interval by resampling prompts.
  public struct Interval: Sendable, Hashable, Codable {
    public let value: Double
    public let lower: Double
    public let upper: Double
  }

  /// Accuracy on one part of a set.
  public struct Slice: Sendable, Hashable, Codable {
    public let name: String
    public let pairs: Int
    public let accuracy: Interval
  }

  /// One way of reading one contender on one set.
  public struct SetResult: Sendable, Hashable, Codable {
    /// The set.
    public let name: String
    /// Pairs of overall preferences, without those that are too long for the model.
    public let pairs: Int
    /// The mean over members; its interval is over prompts.
    public let accuracy: Interval
    /// Each member's own.
    public let accuracyByMember: [Double]
    /// Accuracy where the chosen response is the shorter one; nil without such pairs.
    public let shorterChosen: Double?
    /// Pearson's correlation of rewards with the responses' lengths, the mean over members.
    public let lengthCorrelation: Double?
    /// What differences were divided by, found on the validation set; the mean over members.
    public let temperature: Double
    /// Expected calibration error and Brier score, as the rewards are and after division by the temperature.
    public let calibrationError: Double
    public let calibrationErrorScaled: Double
    public let brier: Double
    public let brierScaled: Double
    /// The first member's bins after scaling.
    public let calibration: Calibration
    /// By the samples' own categories, "unlabelled" for those without one.
    public let categories: [Slice]
    public let sources: [Slice]
    /// On the pairs whose samples name a category: by the router's choice, and by the named category's experts.
    public let routedAccuracy: Double?
    public let labelledAccuracy: Double?
    /// Pairs that these two speak of.
    public let labelledPairs: Int
    /// Against the reference reading, on the same pairs; nil for the reference itself.
    public let comparison: PairedComparison?
  }

  /// One way of reading one contender.
  public struct Row: Sendable, Hashable, Codable {
    public let name: String
    public let contender: String
    public let structure: ExperimentContender.Structure
    public let noise: Double
    /// Members that one reward asks, and what training them cost.
    public let membersAsked: Int
    public let tokens: Int
    public let seconds: Double
    public let sets: [SetResult]
    public let bestOfN: BestOfNEvaluation?
    /// Area against the reference's, prompt by prompt, with its interval; nil for the reference itself.
    public let areaDifference: Interval?

    public func set(_ name: String) -> SetResult? { sets.first { $0.name == name } }
  }

  /// How one capability point's expert fares on the pairs of its point, first member of each contender.
  public struct Specialization: Sendable, Hashable, Codable {
    public let contender: String
    /// "category/point".
    public let point: String
    public let pairs: Int
    /// Accuracy of the point's own expert, mean accuracy of the category's other experts, and of the final reward.
    public let own: Double
    public let others: Double?
    public let final: Double
  }

  /// What was compared.
  public struct Contender: Sendable, Hashable, Codable {
    public let name: String
    public let structure: ExperimentContender.Structure
    /// Of its members; none where nothing is trained.
    public let seeds: [UInt64]
    public let noise: LabelNoise?
    /// In which it differs from the reference, by dotted path ("training.base.epochs"), with its own values as JSON.
    public let settings: [String: String]
  }

  /// In the order of the plan.
  public let contenders: [Contender]
  /// Names in the order of the contenders.
  public let rows: [Row]
  /// The row that others are compared with: the first that is a single model of its own.
  public let reference: String
  /// By contender.
  public let routers: [String: RouterEvaluation]
  public let specializations: [Specialization]
  /// The sets in their order.
  public let sets: [String]
}
