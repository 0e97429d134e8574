import DMoECore
import DMoEData

extension RewardModel.Configuration {
  /// Checks that every setting is one that a model can have, whatever its backbone is.
  ///
  /// - Throws: `ModelError.invalidSetting` with the setting's path, such as `base.rank`.
  public func validate() throws {
    let require = Self.require
    for (name, adapter) in adapters { try adapter.validate(require.within(name)) }
    try require("depth", depth, .atLeast(1))
    if let lowerDepths {
      try require(
        "lowerDepths", lowerDepths.first.map { $0 >= 1 } ?? false,
        lowerDepths.isEmpty
          ? "is empty; null reads at one depth" : "begins with \(lowerDepths[0]), but depths count from 1")
      try require(
        "lowerDepths", zip(lowerDepths, lowerDepths.dropFirst()).allSatisfy { $0 < $1 },
        "is \(lowerDepths); depths are named once, from the lowest up")
      if let depth {
        try require("lowerDepths", lowerDepths.allSatisfy { $0 < depth }, Self.notBelow(lowerDepths, depth))
      }
    }
    try require("joinedRank", joinedRank, .within(1...LowRankFactorization.maximumRank))
    try require("aggregatorWidth", aggregatorWidth, .within(2...1 << 16))
    try require("maximumTokens", maximumTokens, .atLeast(1))
    try require("router.depth", router.depth, .atLeast(1))
    try require(
      "router.pooling", !router.pooling.readsResponses,
      "is \(router.pooling.rawValue), but a router reads what the user says, and no response")
    try require("router.maximumTokens", router.maximumTokens, .atLeast(1))
    switch combination {
    case .uncertaintyWeighted(let lambda): try require("combination.uncertaintyWeighted.lambda", lambda, .atLeast(0))
    case .meanLessDeviation(let lambda): try require("combination.meanLessDeviation.lambda", lambda, .atLeast(0))
    case .mean, .worstCase, nil: break
    }
    switch routing {
    case .top1: break
    case .mixture(let threshold): try require("routing.mixture.threshold", threshold, .within(0...1))
    case .fallback(let threshold, _): try require("routing.fallback.threshold", threshold, .within(0...1))
    }
  }

  /// Checks the settings, and that they fit a backbone.
  ///
  /// - Throws: `ModelError.invalidSetting`; `CoreError.tooLarge` for more than this machine's memory.
  func validate(for backbone: BackboneConfiguration) throws {
    try validate()
    let require = Self.require
    func fits(_ name: String, _ layers: Int?) throws {
      try require(
        name, layers.map { $0 <= backbone.layerCount } ?? true,
        "is \(layers ?? 0), but the backbone has \(backbone.layerCount) layers")
    }
    // Settings that are read from a file do not have their taxonomy yet; those of a model do.
    if let id = routing.fallbackCategory, taxonomy.categories.count > 1 {
      try require("routing.fallback.category", taxonomy[id] != nil, "is \(id), which is no category of the taxonomy")
    }
    try fits("depth", depth)
    try fits("router.depth", router.depth)
    if let lowerDepths {
      let depth = depth ?? backbone.layerCount
      try require("lowerDepths", lowerDepths.allSatisfy { $0 < depth }, Self.notBelow(lowerDepths, depth))
    }
    for (name, adapter) in adapters {
      try adapter.validate(require.within(name), for: backbone, layerCount: depth ?? backbone.layerCount)
    }
    try require(
      "maximumTokens", maximumTokens <= backbone.contextLength,
      "is \(maximumTokens), but the backbone reads up to \(backbone.contextLength) tokens")
    try Memory.require(floats: trainedFloats(over: backbone), for: "a model of these ranks and widths")
  }

  private static func notBelow(_ depths: [Int], _ depth: Int) -> String {
    "is \(depths), but the model reads up to layer \(depth), whose states are read in any case"
  }

  static let require = Requirement { ModelError.invalidSetting(path: $0, reason: $1) }

  private var adapters: [(name: String, adapter: LoRAConfiguration)] {
    [("base", base), ("expert", expert)] + (router.adapter.map { [("router.adapter", $0)] } ?? [])
  }

  /// About how many numbers all adapters, heads and aggregators have together, once all are trained.
  private func trainedFloats(over backbone: BackboneConfiguration) -> Double {
    func adapter(_ own: LoRAConfiguration, _ depth: Int?, rank: Int? = nil) -> Double {
      let sides = own.targets.reduce(0.0) { sum, target in
        let shape = backbone.shape(of: target)
        return sum + Double(shape.outputs) + Double(shape.inputs)
      }
      return Double(own.layers(depth: depth ?? backbone.layerCount).count) * Double(rank ?? own.rank) * sides
    }
    let state = Double(stateSize(backbone.hiddenSize))
    let width = Double(aggregatorWidth ?? backbone.hiddenSize)
    let (base, expert) = (adapter(base, depth), joinedRank.map { adapter(self.expert, depth, rank: $0) })
    let categories = taxonomy.categories.reduce(0.0) { sum, category in
      let points = Double(category.points.count)
      return sum + base + points * (expert ?? base + adapter(self.expert, depth)) + points * state * width
    }
    return categories + (router.adapter.map { adapter($0, router.depth ?? depth) } ?? 0)
  }
}
