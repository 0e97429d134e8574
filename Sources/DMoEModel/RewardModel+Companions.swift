public import DMoECore
import DMoEData
public import Foundation

extension RewardModel {
  /// The rewards of responses with those of the companions, made one by the rule: each member's own is told as a point's.
  ///
  /// - Parameters:
  ///   - own: What the model itself says of each response.
  ///   - others: What each companion says of the same responses.
  func combined(_ own: [RewardBreakdown], _ others: [[RewardBreakdown]]) -> [RewardBreakdown] {
    guard !others.isEmpty, let combination = configuration.combination else { return own }
    let points = configuration.taxonomy.categories.first?.points.map(\.id) ?? []
    return own.enumerated().map { response, first in
      let members = [first] + others.map { $0[response] }
      let rewards = members.map(\.reward)
      return RewardBreakdown(
        reward: combination(rewards), category: first.category, routing: first.routing, isMixture: first.isMixture,
        capabilities: zip(points, rewards).map { .init(point: $0, reward: $1) }, disagreement: rewards.deviation ?? 0,
        tokenCount: first.tokenCount, isTruncated: members.contains(where: \.isTruncated))
    }
  }

  /// Several bundles, each over the backbone that it was written with; those over the same one share it.
  ///
  /// - Parameters:
  ///   - bundles: The first may lie over `backbone`; the others' are looked for beside the bundle, in the cache folder and where
  ///     they were imported from, unless it is a backbone that is loaded already.
  ///   - backbone: The first one's file or folder; `nil` looks for it as `init(contentsOf:)` does.
  ///   - checks: Whether backbones are hashed and golden texts are scored where an earlier start did so with the same files.
  ///   - progress: Told of the layers read of each backbone and of all of them.
  /// - Throws: What `init(contentsOf:backbone:options:goldens:checks:progress:)` throws.
  @_spi(Command) public static func members(
    contentsOf bundles: [URL], backbone: URL? = nil, options: ComputeOptions = ComputeOptions(),
    checks: StartChecks = .remembered, progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> [RewardModel] {
    guard let first = bundles.first else { return [] }
    let model = try RewardModel(
      contentsOf: first, backbone: backbone, options: options, checks: checks, progress: progress)
    return try [model]
      + companions(
        contentsOf: Array(bundles.dropFirst()), beside: [model.backbone], options, (.shortest, checks),
        progress: progress)
  }

  /// Bundles of which none names its backbone by the environment, whose one name is the first model's.
  static func companions(
    contentsOf bundles: [URL], beside loaded: [Backbone], nextTo place: URL? = nil, _ options: ComputeOptions,
    _ asked: (goldens: GoldenCheck, checks: StartChecks) = (.shortest, .remembered),
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> [RewardModel] {
    var loaded = loaded
    return try bundles.map { bundle in
      let record = try manifest(of: bundle)
      if let shared = loaded.first(where: { $0.fingerprint == record.backbone.fingerprint }) {
        return try RewardModel(
          contentsOf: bundle, backbone: shared, options: options, goldens: asked.goldens, checks: asked.checks)
      }
      let url = try BackboneSearch.find(
        record.backbone.name, beside: place ?? bundle, recorded: record.imported?.path, usesEnvironment: false)
      let backbone = try Backbone(contentsOf: url, options: options, checks: asked.checks, progress: progress)
      loaded.append(backbone)
      return try RewardModel(
        contentsOf: bundle, backbone: backbone, options: options, goldens: asked.goldens, checks: asked.checks)
    }
  }
}
