import DMoECore

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

  /// - Parameter layerCount: How many of the backbone's layers are used.
  /// - Throws: `ModelError.invalidModel`, also for a rank that is larger than the layers it is for.
  func validate(for backbone: BackboneConfiguration, layerCount: Int) throws {
    if isNone { return }
    func require(_ condition: Bool, _ reason: String) throws {
      if !condition { throw ModelError.invalidModel(reason: reason) }
    }
    try require(rank > 0, "LoRA rank is \(rank)")
    // A larger product has no more to say than the layer itself, and takes more memory than it.
    let widest = targets.map { max(backbone.shape(of: $0).outputs, backbone.shape(of: $0).inputs) }.max() ?? rank
    try require(rank <= widest, "LoRA rank is \(rank), more than the width \(widest) of the layers it adapts")
    try require(alpha.isFinite && alpha > 0, "LoRA alpha is \(alpha)")
    try require(dropout >= 0 && dropout < 1, "LoRA dropout is \(dropout)")
    try require(!targets.isEmpty && Set(targets).count == targets.count, "LoRA targets are empty or repeated")
    try require(
      topLayers.map { $0 > 0 && $0 <= layerCount } ?? true, "LoRA covers \(topLayers ?? 0) of \(layerCount) layers")
  }
}
