public import DMoEData

extension TrainingConfiguration {
  /// The settings of which samples a phase trains on.
  public struct DataSettings: Sendable, Equatable, Codable {
    /// The share of prompts that bases train on (phase 1), 60 % in the paper; the rest is the aggregators' (phase 3).
    public var baseFraction = 0.6
    /// The share of each part's prompts that training is validated on; the paper's released code means 0.3.
    public var validationFraction = 0.15
    /// The prompts that capability experts train on; all but validation prompts in the paper's released code.
    public var expertPrompts = ExpertPrompts.baseTraining
    /// The treatment of samples without a category; the paper's released code routes all of them.
    public var unlabeled = Unlabeled.drop
    /// Samples longer than the model reads are left out and counted; otherwise the first of them stops the run.
    public var skipsOverLength = true
    /// Phases with fewer training samples are left out, with a reason.
    public var minimumSamples = 4

    /// The defaults.
    public init() {}
  }

  /// The treatment of samples without a category: leave them out, let the router assign one, or make them a category.
  public enum Unlabeled: Sendable, Equatable, Codable {
    /// They train nothing.
    case drop
    /// The trained router gives them one, if it is at least this sure (the paper's released code routes all).
    case route(minimumProbability: Float)
    /// They, and prompts without a category, are a category of their own, which the router learns as the others: for data
    /// of which a good part fits none. The model's taxonomy has to have it (`taxonomy(completing:)`).
    case category(id: String)
  }
}

extension TrainingConfiguration.Unlabeled: SettingForms {
  /// One of each form.
  package static let examples: [Self] = [.drop, .route(minimumProbability: 0.5), .category(id: "general")]
}
