public import DMoEEvaluate

/// The result of an experiment: every way of reading every contender, on every set.
public struct ExperimentResult: Sendable, Hashable, Codable {
  /// A value with its 95 % interval by resampling prompts.
  public struct Interval: Sendable, Hashable, Codable {
    /// The estimate from all prompts.
    public let value: Double
    /// The lower end of the interval.
    public let lower: Double
    /// The upper end of the interval.
    public let upper: Double
  }

  /// The accuracy on one part of a test set.
  public struct Slice: Sendable, Hashable, Codable {
    /// The name of the part: a category or a source.
    public let name: String
    /// The number of pairs in the part.
    public let pairs: Int
    /// The share of those pairs whose chosen response has the greater reward.
    public let accuracy: Interval
  }

  /// The measures of one contender, read in one way, on one test set.
  public struct SetResult: Sendable, Hashable, Codable {
    /// The set.
    public let set: SetID
    /// Pairs of overall preferences, without those that are too long for the model.
    public let pairs: Int
    /// The mean over members; its interval is over prompts.
    public let accuracy: Interval
    /// The accuracy of each member on its own.
    public let accuracyByMember: [Double]
    /// Accuracy where the chosen response is the shorter one; nil without such pairs.
    public let shorterChosen: Double?
    /// Pearson's correlation of rewards with the responses' lengths, the mean over members.
    public let lengthCorrelation: Double?
    /// The temperature that differences of rewards were divided by, found on the validation set; the mean over members.
    public let temperature: Double
    /// The expected calibration error of the rewards as they are.
    public let calibrationError: Double
    /// The expected calibration error after division by the temperature.
    public let calibrationErrorScaled: Double
    /// The Brier score of the rewards as they are.
    public let brier: Double
    /// The Brier score after division by the temperature.
    public let brierScaled: Double
    /// The first member's bins after scaling.
    public let calibration: Calibration
    /// The accuracy on the pairs of each category; "unlabeled" stands for samples without one.
    public let categories: [Slice]
    /// The accuracy on the pairs of each source of the data.
    public let sources: [Slice]
    /// The accuracy by the length of what is read, the conversation with a sample's longest response, in characters.
    public let lengths: [Slice]
    /// What the first member's rewards know besides length.
    public let lengthControl: LengthControl
    /// The accuracy on the pairs whose samples name a category, if the router chooses it; nil without such pairs.
    public let routedAccuracy: Double?
    /// The accuracy on those pairs if the experts of the named category are asked.
    public let labeledAccuracy: Double?
    /// The number of pairs that these two accuracies are of.
    public let labeledPairs: Int
    /// The comparison with the reference reading, on the same pairs; nil for the reference itself.
    public let comparison: PairedComparison?
  }

  /// A row of the result: one contender, read in one way.
  public struct Row: Sendable, Hashable, Codable {
    /// The name of the row in tables. Rows are told apart by their readings.
    public let name: String
    /// The contender, and how its members are read.
    public let reading: Reading
    /// The kind of reward model that it is.
    public let structure: ExperimentContender.Structure
    /// The share of its training labels that were turned round, in 0 ... 1.
    public let noise: Double
    /// The number of members that one reward asks.
    public let membersAsked: Int
    /// The tokens that training those members read.
    public let tokens: Int
    /// The seconds that training those members took.
    public let seconds: Double
    /// The measures on every test set, in the order of the sets.
    public let sets: [SetResult]
    /// The best-of-n curve; `nil` if the experiment has no prompts for it.
    public let bestOfN: BestOfNEvaluation?
    /// The area under the best-of-n curve less that of the reference, prompt by prompt; nil for the reference itself.
    public let areaDifference: Interval?

    /// The contender.
    public var contender: ContenderID { reading.contender }

    /// The measures on a set; `nil` if none of its pairs could be scored.
    public func result(on set: SetID) -> SetResult? { sets.first { $0.set == set } }
  }

  /// The accuracy of one capability expert on the pairs of its own point, for the first member of a contender.
  public struct Specialization: Sendable, Hashable, Codable {
    /// The contender.
    public let contender: ContenderID
    /// The identifier of the task category.
    public let category: String
    /// The identifier of the capability point in its category.
    public let point: String
    /// The number of pairs of the point.
    public let pairs: Int
    /// The accuracy of the point's own expert.
    public let own: Double
    /// The mean accuracy of the category's other experts; `nil` if it has no others.
    public let others: Double?
    /// The accuracy of the final reward.
    public let final: Double
  }

  /// A kind of model that was compared, with its settings.
  public struct Contender: Sendable, Hashable, Codable {
    /// The contender.
    public let id: ContenderID
    /// The kind of reward model that it is.
    public let structure: ExperimentContender.Structure
    /// The seeds of its members; none where nothing is trained.
    public let seeds: [UInt64]
    /// The noise that was put on its training labels; `nil` for none.
    public let noise: LabelNoise?
    /// The settings in which it differs from the reference, by dotted path ("training.base.epochs"), with its own
    /// values as JSON.
    public let settings: [String: String]
  }

  /// The kinds of model that were compared, in the order of the plan.
  public let contenders: [Contender]
  /// The readings with their figures, in the order of the contenders.
  public let rows: [Row]
  /// The reading that others are compared with: the first contender that is a single model, each member alone.
  public let reference: Reading
  /// The accuracy of each contender's router.
  public let routers: [ContenderID: RouterEvaluation]
  /// The measures of every capability expert on the pairs of its point.
  public let specializations: [Specialization]
  /// The sets in their order.
  public let sets: [SetID]

  /// The row of a reading; `nil` if the experiment does not have it.
  public subscript(reading: Reading) -> Row? { rows.first { $0.reading == reading } }

  /// The rows as reports show them: contenders as they are, the reference first, then what is read out of them.
  public var contendersFirst: [Row] {
    let plain = rows.filter { $0.reading.isPlain && $0.reading != reference }
    return rows.filter { $0.reading == reference } + plain
      + rows.filter { !$0.reading.isPlain && $0.reading != reference }
  }

  /// The name of the reference in tables.
  public var referenceName: String { self[reference]?.name ?? "\(reference.contender)" }
}
