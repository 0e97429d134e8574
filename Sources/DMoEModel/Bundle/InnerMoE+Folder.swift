import DMoECore
import DMoEData
import Foundation

extension InnerMoE {
  private static let aggregatorName = "aggregator.safetensors"

  /// What a bundle says of the category, beside its weights.
  var record: BundleManifest.CategoryRecord {
    let points = category.points.map(\.id)
    var bare = zip(points, experts).filter { $1?.expert.isBare ?? false }.map(\.0)
    if isBaseTrained, base.isBare { bare.insert(Expert.baseName, at: 0) }
    return .init(
      id: category.id, isBaseTrained: isBaseTrained, hasAggregator: aggregator != nil,
      experts: zip(points, experts).filter { $1 != nil }.map(\.0), normalization: normalization,
      expertNormalizations: expertScales.map { Dictionary(uniqueKeysWithValues: zip(points, $0)) },
      bare: bare.isEmpty ? nil : bare, gate: gate?.record)
  }

  /// Writes what is trained of the category into a folder of a bundle.
  func write(to folder: URL, backboneName: String) throws {
    if isBaseTrained { try base.write(to: folder.appendingPathComponent(Expert.baseName), backboneName: backboneName) }
    for (point, expert) in zip(category.points, experts) {
      try expert?.expert.write(to: folder.appendingPathComponent(point.id), backboneName: backboneName)
    }
    if let aggregator {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try aggregator.write(to: folder.appendingPathComponent(Self.aggregatorName))
    }
    try gate?.write(to: folder.appendingPathComponent(ObjectiveGate.fileName))
  }

  /// Reads what a bundle holds of a category whose base is trained.
  ///
  /// - Parameters:
  ///   - record: What the bundle says of the category.
  ///   - configuration: The settings of the model, whose taxonomy has the category.
  ///   - folder: The category's folder.
  /// - Throws: `ModelError.malformedBundle`, `.unknownCategory`; what reading its adapters and tensors throws.
  init(
    _ record: BundleManifest.CategoryRecord, of configuration: RewardModel.Configuration, in folder: URL,
    for backbone: BackboneConfiguration
  ) throws {
    guard let category = configuration.taxonomy[record.id] else { throw ModelError.unknownCategory(record.id) }
    let stateSize = configuration.stateSize(backbone.hiddenSize)
    let scales = try record.scales(of: category.points, path: folder.path)
    func expert(_ name: String) throws -> Expert {
      let folder = folder.appendingPathComponent(name)
      return record.isBare(name)
        ? try Expert(bare: folder, for: backbone, stateSize: stateSize)
        : try Expert(contentsOf: folder, for: backbone, stateSize: stateSize)
    }
    if let gate = record.gate {
      let all = try category.points.map { try expert($0.id) }
      let base = try expert(Expert.baseName)
      guard base.isBare, all.allSatisfy(\.isBare) else {
        throw ModelError.malformedBundle(
          path: folder.path, reason: "it has a gate, but its objectives are no heads over the bare backbone")
      }
      self.init(
        category: category, base: base, objectives: all,
        gate: try ObjectiveGate(
          contentsOf: folder.appendingPathComponent(ObjectiveGate.fileName), gate, objectives: all.count,
          hiddenSize: backbone.hiddenSize), normalization: record.normalization)
      return
    }
    do {
      try self.init(
        category: category,
        base: expert(Expert.baseName),
        experts: category.points.enumerated().map { place, point in
          guard record.experts.contains(point.id) else { return nil }
          return CapabilityExpert(try expert(point.id), scale: scales.map { $0[place] })
        },
        aggregator: record.hasAggregator
          ? Aggregator(
            contentsOf: folder.appendingPathComponent(Self.aggregatorName),
            inputs: category.points.count * stateSize) : nil,
        normalization: record.normalization, combination: configuration.combination)
    } catch ModelError.invalidModel(let reason) {
      throw ModelError.malformedBundle(path: folder.path, reason: reason)
    }
  }
}

extension BundleManifest.CategoryRecord {
  /// Whether the folder of the base or of a point holds a value head without an adapter.
  func isBare(_ name: String) -> Bool { bare?.contains(name) ?? false }

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
