import DMoEData
public import DMoEModel
public import DMoETrain
public import Foundation

/// A kind of reward model that an experiment compares, with the settings it is trained by.
public struct ExperimentContender: Sendable, Equatable, Codable {
  /// The kind of a reward model: which layers of the double mixture it has.
  public enum Structure: String, Sendable, Hashable, Codable, CaseIterable {
    /// The longer response is the better one; nothing is trained.
    case length
    /// A linear reward on the frozen backbone's last state, fitted by Newton's method.
    case probe
    /// One adapter and value head for all tasks: an ordinary reward model.
    case single
    /// The same, trained on capability labels as if they were overall preferences, too: as much data as the mixture has.
    case pooled
    /// An ordinary reward model for every task category, chosen by the router: DMoERM without the inner layer.
    case perTask
    /// The experts of all categories under one aggregator: DMoERM without the outer layer.
    case withoutOuter
    /// DMoERM.
    case mixture
  }

  /// The name in tables and folders.
  public var id: ContenderID
  /// The kind of reward model that its members are.
  public var structure: Structure
  /// The model's configuration. Its taxonomy is replaced by the one that structure and data ask for.
  public var model: RewardModel.Configuration
  /// The settings of training. Their seed is replaced by that of each member.
  public var training: TrainingConfiguration
  /// The seeds, for each of which one member is trained.
  public var seeds: [UInt64]
  /// A finished bundle over the experiment's backbone, which is measured as it is: nothing of it is trained. `nil` trains.
  public var bundle: URL?
  /// Noise for the training labels, to see what it does: a share of them is turned round. `nil` leaves them.
  public var noise: LabelNoise?

  /// A contender of this structure; the defaults train one member with the library's settings.
  public init(
    id: ContenderID, structure: Structure, model: RewardModel.Configuration = RewardModel.Configuration(),
    training: TrainingConfiguration = TrainingConfiguration(), seeds: [UInt64] = [1], noise: LabelNoise? = nil,
    bundle: URL? = nil
  ) {
    self.id = id
    self.structure = structure
    self.model = model
    self.training = training
    self.seeds = seeds
    self.noise = noise
    self.bundle = bundle
  }

  /// Whether it has members: models that are trained, or were before.
  var isTrained: Bool { structure != .length }

  /// The category of structures that have only one.
  static let commonCategory = "all"

  /// The model's taxonomy, from that of the data.
  func taxonomy(of data: Taxonomy) throws -> Taxonomy {
    switch structure {
    case .mixture: return try completed(data)
    case .perTask:
      return try Taxonomy(
        completed(data).categories.map {
          TaskCategory(id: $0.id, name: $0.name, aliases: $0.aliases, points: [])
        })
    case .withoutOuter:
      let points = data.categories.flatMap { category in
        // Categories may have points of one name; in one category names are unique, too.
        category.points.map { CapabilityPoint(id: Self.joined(category.id, $0.id)) }
      }
      return try Taxonomy([TaskCategory(id: Self.commonCategory, name: "All", points: points)])
    case .length, .probe, .single, .pooled:
      return try Taxonomy([TaskCategory(id: Self.commonCategory, name: "All", points: [])])
    }
  }

  /// A taxonomy with the categories that its settings ask for.
  private func completed(_ data: Taxonomy) throws -> Taxonomy {
    try model.routing.taxonomy(completing: training.taxonomy(completing: data))
  }

  /// A point of a category as a point of the common category.
  static func joined(_ category: String, _ point: String) -> String { "\(category)-\(point)" }

  /// The samples as the structure trains on them.
  func samples(_ all: [RankedResponses]) -> [RankedResponses] {
    let noisy = noise.map { noise in all.map { noise.applied(to: $0) } } ?? all
    switch structure {
    case .length: return []
    case .mixture: return noisy
    case .perTask: return noisy.filter { $0.capability == nil }
    case .probe, .single:
      return noisy.filter { $0.capability == nil }.map { $0.labeled(category: Self.commonCategory, capability: nil) }
    case .pooled: return noisy.map { $0.labeled(category: Self.commonCategory, capability: nil) }
    case .withoutOuter:
      return noisy.compactMap { sample in
        guard let point = sample.capability else {
          return sample.labeled(category: Self.commonCategory, capability: nil)
        }
        guard let category = sample.category else { return nil }
        return sample.labeled(category: Self.commonCategory, capability: Self.joined(category, point))
      }
    }
  }

  /// The training configuration of one member.
  func training(seed: UInt64) -> TrainingConfiguration {
    var result = training
    result.seed = seed
    if structure == .probe {
      // The warm start is all there is.
      result.start.warmsHeads = true
      result.base.maximumSteps = 0
    }
    return result
  }

  /// The model's configuration.
  func configuration(_ taxonomy: Taxonomy) throws -> RewardModel.Configuration {
    var result = model
    result.taxonomy = try self.taxonomy(of: taxonomy)
    return result
  }
}
