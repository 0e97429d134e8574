import DMoECore
import DMoEData

/// The settings of a LoRA adapter: which layers it is put beside, and its rank (Hu et al., 2106.09685).
///
/// ```swift
/// let small = LoRAConfiguration(rank: 8, alpha: 16, targets: [.query, .key, .value, .output], topLayers: 10)
/// ```
public struct LoRAConfiguration: Sendable, Equatable, Codable {
  /// Inner size of the two factors.
  public var rank: Int
  /// Scales the product: by alpha / rank, or alpha / √rank with `usesRankStabilizedScaling`.
  public var alpha: Float
  /// The share of inputs set to 0 while training.
  public var dropout: Float
  /// The linear layers of a block that get an adapter.
  public var targets: [Projection]
  /// The number of last layers that are adapted; `nil` means all. The layers below are the trunk, shared by every
  /// expert.
  public var topLayers: Int?
  /// rsLoRA (Kalajdzievski, 2312.03732).
  public var usesRankStabilizedScaling: Bool

  /// The defaults are upstream's: rank 32, alpha 32, dropout 0.05, query and value projections.
  public init(
    rank: Int = 32, alpha: Float = 32, dropout: Float = 0.05, targets: [Projection] = [.query, .value],
    topLayers: Int? = nil, usesRankStabilizedScaling: Bool = false
  ) {
    self.rank = rank
    self.alpha = alpha
    self.dropout = dropout
    self.targets = targets
    self.topLayers = topLayers
    self.usesRankStabilizedScaling = usesRankStabilizedScaling
  }

  /// The factor that the product of both matrices is multiplied by.
  public var scaling: Float {
    alpha / (usesRankStabilizedScaling ? Float(rank).squareRoot() : Float(rank))
  }

  /// The adapted layers where the first `depth` layers of a backbone are used.
  package func layers(depth: Int) -> Range<Int> { max(0, depth - (topLayers ?? depth))..<depth }

  /// Checks that every setting is one that an adapter can have, whatever its backbone is.
  ///
  /// - Throws: `ModelError.invalidSetting`.
  func validate(_ require: Requirement<ModelError>) throws {
    if isNone { return }
    try require("rank", rank, .within(1...LowRankFactorization.maximumRank))
    try require("alpha", alpha, .above(0))
    try require("dropout", dropout, .within(0..<1))
    try require("topLayers", topLayers, .atLeast(1))
    try require("targets", !targets.isEmpty, "is empty; it has to name a projection")
    try require("targets", Set(targets).count == targets.count, "names a projection twice")
  }

  /// Checks the settings, and that they fit the first `layerCount` layers of a backbone.
  ///
  /// - Throws: `ModelError.invalidSetting`, also for a rank that is larger than the layers it is for.
  func validate(
    _ require: Requirement<ModelError>, for backbone: BackboneConfiguration, layerCount: Int
  ) throws {
    if isNone { return }
    try validate(require)
    // A larger product has no more to say than the layer itself, and takes more memory than it.
    let widest = targets.map { max(backbone.shape(of: $0).outputs, backbone.shape(of: $0).inputs) }.max() ?? rank
    try require("rank", rank <= widest, "is \(rank), more than the width \(widest) of the layers it adapts")
    try require(
      "topLayers", topLayers.map { $0 <= layerCount } ?? true,
      "is \(topLayers ?? 0), but only \(layerCount) layers are used")
  }
}

extension LoRAConfiguration: SettingsGroup {
  /// The values of what a text does not name.
  package static var defaults: Self { Self() }
}
