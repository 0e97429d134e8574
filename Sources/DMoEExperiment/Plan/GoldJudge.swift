public import Foundation

/// A reward model that judges in the place of people: an imported one, say, or any other bundle.
///
/// ```swift
/// let experiment = try Experiment(
///   contenders: [ExperimentContender(id: "single", structure: .single)], folder: folder,
///   judge: GoldJudge(bundle: URL(fileURLWithPath: "skywork.dmoerm"), parts: [.training, .validation, .tests, .bestOfN]))
/// ```
///
/// With all parts it is the set-up in which over-optimization of a reward is studied (Gao et al., 2210.10760; Coste et al.,
/// 2310.02743): a gold model labels the preferences that proxies are trained on, and says what their choices are worth.
/// Its rewards are kept in the experiment's folder, and the model is in memory only while it judges.
public struct GoldJudge: Sendable, Equatable {
  /// A part of the data that it may judge.
  public enum Part: String, Sendable, Hashable, Codable, CaseIterable {
    /// Overall preferences that members train on. Capability labels stay as they are.
    case training
    /// What the judge's experts say of those preferences: the task category that its router chooses, and a label for each
    /// capability point of it, in the place of the labels and categories that are there.
    case capabilities
    /// The validation samples.
    case validation
    /// The samples of every test set.
    case tests
    /// The gold of the responses that best of n chooses among.
    case bestOfN
  }

  /// The model's bundle.
  public var bundle: URL
  /// The backbone it is over; `nil` looks where `RewardModel.init(contentsOf:backbone:options:goldens:progress:)` does.
  public var backbone: URL?
  /// What it judges.
  public var parts: Set<Part>
  /// Whether a judge of capabilities that has not one label to give is refused: somebody learns from them.
  package var needsLabels = true

  /// A judge of these parts.
  public init(bundle: URL, backbone: URL? = nil, parts: Set<Part> = [.bestOfN]) {
    self.bundle = bundle
    self.backbone = backbone
    self.parts = parts
  }
}
