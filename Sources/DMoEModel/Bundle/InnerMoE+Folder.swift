import DMoECore
import DMoEData
import Foundation

extension InnerMoE {
  private static let aggregatorName = "aggregator.safetensors"

  /// What a bundle says of the category, beside its weights.
  var record: BundleManifest.CategoryRecord {
    let points = category.points.map(\.id)
    return .init(
      id: category.id, isBaseTrained: isBaseTrained, hasAggregator: aggregator != nil,
      experts: zip(points, experts).filter { $1 != nil }.map(\.0), normalization: normalization,
      expertNormalizations: expertScales.map { Dictionary(uniqueKeysWithValues: zip(points, $0)) },
      isBaseBare: isBaseTrained && base.isBare ? true : nil)
  }

  /// Writes what is trained of the category into a folder of a bundle.
  func write(to home: URL, backboneName: String) throws {
    if isBaseTrained { try base.write(to: home.appendingPathComponent("base"), backboneName: backboneName) }
    for (point, expert) in zip(category.points, experts) {
      try expert?.expert.write(to: home.appendingPathComponent(point.id), backboneName: backboneName)
    }
    if let aggregator {
      try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
      try aggregator.write(to: home.appendingPathComponent(Self.aggregatorName))
    }
  }

  /// Reads what a bundle holds of a category whose base is trained.
  ///
  /// - Parameters:
  ///   - record: What the bundle says of the category.
  ///   - configuration: The settings of the model, whose taxonomy has the category.
  ///   - home: The category's folder.
  /// - Throws: `ModelError.malformedBundle`, `.unknownCategory`; what reading its adapters and tensors throws.
  init(
    _ record: BundleManifest.CategoryRecord, of configuration: RewardModel.Configuration, in home: URL,
    for backbone: BackboneConfiguration
  ) throws {
    guard let category = configuration.taxonomy[record.id] else { throw ModelError.unknownCategory(record.id) }
    let pooling = configuration.pooling
    let scales = try record.scales(of: category.points, path: home.path)
    let base = home.appendingPathComponent("base")
    do {
      try self.init(
        category: category,
        base: record.isBaseBare == true
          ? Expert(bare: base, for: backbone, pooling: pooling)
          : Expert(contentsOf: base, for: backbone, pooling: pooling),
        experts: category.points.enumerated().map { place, point in
          guard record.experts.contains(point.id) else { return nil }
          return CapabilityExpert(
            try Expert(contentsOf: home.appendingPathComponent(point.id), for: backbone, pooling: pooling),
            scale: scales.map { $0[place] })
        },
        aggregator: record.hasAggregator
          ? Aggregator(
            contentsOf: home.appendingPathComponent(Self.aggregatorName),
            inputs: category.points.count * pooling.width(backbone.hiddenSize)) : nil,
        normalization: record.normalization, combination: configuration.combination)
    } catch ModelError.invalidModel(let reason) {
      throw ModelError.malformedBundle(path: home.path, reason: reason)
    }
  }
}

extension BundleManifest.CategoryRecord {
  /// The scales of the experts' own rewards, in the order of the points; `nil` if they were not recorded.
  ///
  /// - Throws: `ModelError.malformedBundle` for a scale that is missing or that no rewards have.
  fileprivate func scales(of points: [CapabilityPoint], path: String) throws(ModelError) -> [RewardNormalization]? {
    for (name, scale) in [("its", normalization)] + (expertNormalizations ?? [:]).map({ ("the expert \($0)'s", $1) })
    where !(scale.deviation > 0 && scale.deviation.isFinite && scale.mean.isFinite) {
      // One below 0 would turn the order of responses round.
      throw .malformedBundle(
        path: path, reason: "\(name) rewards are normalized by \(scale.deviation) about \(scale.mean)")
    }
    guard let expertNormalizations else { return nil }
    var result: [RewardNormalization] = []
    for point in points {
      guard let own = expertNormalizations[point.id] else {
        throw .malformedBundle(path: path, reason: "the scale of \(point.id)'s rewards is missing")
      }
      result.append(own)
    }
    return result
  }
}
