import DMoECore
public import DMoEData
import DMoEFoundation
public import DMoEModel

/// Groups of like prompts: task categories for preferences that name none.
///
/// ```swift
/// let model = try RewardModel(
///   configuration: RewardModel.Configuration(taxonomy: .single), backbone: backboneURL, seed: 1)
/// let clusters = try model.promptClusters(of: samples.map(\.conversation), count: 6)
/// let categorized = zip(samples, clusters.assignments).map { sample, cluster in
///   sample.labeled(category: PromptClusters.identifier(of: cluster), capability: sample.capability)
/// }
/// ```
///
/// Clusters are counted from 0, the largest first.
public struct PromptClusters: Sendable, Hashable {
  /// The cluster of every prompt, in the order of the prompts.
  public let assignments: [Int]
  /// How many distinct prompts each cluster has.
  public let sizes: [Int]
  /// How much nearer prompts are to the center of their own cluster than to that of the next, from −1 to 1: above 0.5 where
  /// clusters lie apart, near 0 where they only divide what hangs together.
  public let silhouette: Double
  /// How far divisions that begin elsewhere agree with this one: 1 where all find the same clusters, 0 where they agree by
  /// chance alone (the mean adjusted Rand index).
  public let stability: Double
  /// The prompts nearest to each cluster's center, by their places, the nearest first; equal prompts once.
  let byNearness: [[Int]]

  /// The number of clusters.
  public var count: Int { sizes.count }

  /// The places of the prompts that are most like their cluster, the most typical first.
  ///
  /// - Parameters:
  ///   - cluster: Counted from 0.
  ///   - limit: How many to name at most.
  public func typicalPrompts(of cluster: Int, limit: Int) -> [Int] { Array(byNearness[cluster].prefix(max(0, limit))) }

  /// How far the clusters agree with another division of the same prompts, beyond chance: 1 where they are the same, about 0
  /// where they have nothing to do with each other (the adjusted Rand index; Hubert and Arabie, 1985).
  ///
  /// - Parameter labels: One for every prompt, such as the category that a person gave it; prompts without one are left out.
  public func agreement(with labels: [(some Hashable)?]) -> Double {
    precondition(
      labels.count == assignments.count, "PromptClusters: \(labels.count) labels of \(assignments.count) prompts")
    let known = labels.indices.compactMap { place in labels[place].map { (assignments[place], $0) } }
    return Agreement.adjustedRand(known.map(\.0), known.map(\.1))
  }

  /// The identifier of a cluster as a task category: `cluster-1` for the first.
  public static func identifier(of cluster: Int) -> String { "cluster-\(cluster + 1)" }
}

extension RewardModel {
  /// Divides prompts into clusters by the states that this model's router reads of them, in one pass over the frozen backbone.
  ///
  /// k-means by the cosine of the standardized states, the best of ten starts. Equal prompts count once and fall into one
  /// cluster. The router and the experts of the model have no part in it.
  ///
  /// - Parameters:
  ///   - prompts: The user's turns are read.
  ///   - count: The number of clusters, from 2 to the number of distinct prompts.
  ///   - seed: The same prompts, seed and backbone give the same clusters on one machine.
  ///   - progress: Called with the prompts read so far and their number; what it throws stops the work.
  /// - Throws: `TrainError.impossibleClusters`; `ModelError.emptyInput`, `.invalidToken`; `TokenizerError`.
  public func promptClusters(
    of prompts: [Conversation], count: Int, seed: UInt64 = 0,
    progress: (_ done: Int, _ total: Int) throws -> Void = { _, _ in }
  ) throws -> PromptClusters {
    let texts = try prompts.map { try reader.encodeUserTurns(of: $0, limit: configuration.router.maximumTokens) }
    let distinct = Distinct(texts)
    guard count >= 2, count <= distinct.values.count else {
      throw TrainError.impossibleClusters(count: count, prompts: distinct.values.count)
    }
    let router = untrainedRouter
    let cache = TrunkCache(limit: 0)
    let states = Matrix(
      stacking: try distinct.values.reading(progress) { try cache.features($0, router, reader) })
    let x = Standardization(of: states)(states, reader.compute).withRowsOfLengthOne
    return PromptClusters(x, count: count, seed: seed, reader.compute).spread(over: distinct)
  }

  /// A router like this model's that has read nothing, without an adapter of its own.
  var untrainedRouter: Router {
    var settings = configuration.router
    settings.adapter = nil
    return Router(
      untrained: settings, categories: inner.count, hiddenSize: backbone.configuration.hiddenSize, adapter: nil)
  }
}

extension PromptClusters {
  private static let startCount = 10

  /// The clusters of rows of length 1.
  init(_ x: Matrix, count: Int, seed: UInt64, _ compute: Compute) {
    let divisions = (0..<Self.startCount).map {
      SphericalKMeans(x, count: count, seed: RandomSource.seed(seed, stream: UInt64($0)), compute)
    }
    let best = divisions.indices.max { divisions[$0].cohesion < divisions[$1].cohesion } ?? 0
    let division = divisions[best]
    let others = divisions.indices.filter { $0 != best }.map {
      Agreement.adjustedRand(division.assignments, divisions[$0].assignments)
    }
    var members = [[Int]](repeating: [], count: count)
    for (row, cluster) in division.assignments.enumerated() { members[cluster].append(row) }
    // The largest first; of equal ones the one with the first prompt.
    let order = members.indices.sorted {
      (-members[$0].count, members[$0].first ?? 0) < (-members[$1].count, members[$1].first ?? 0)
    }
    var places = [Int](repeating: 0, count: count)
    for (place, cluster) in order.enumerated() { places[cluster] = place }
    assignments = division.assignments.map { places[$0] }
    sizes = order.map { members[$0].count }
    silhouette = division.silhouette
    stability = others.reduce(0, +) / Double(max(1, others.count))
    byNearness = order.map { cluster in
      members[cluster].sorted { (-division.cosines[$0, cluster], $0) < (-division.cosines[$1, cluster], $1) }
    }
  }

  private init(_ other: PromptClusters, assignments: [Int], byNearness: [[Int]]) {
    self.assignments = assignments
    sizes = other.sizes
    silhouette = other.silhouette
    stability = other.stability
    self.byNearness = byNearness
  }

  /// The same of all texts, where this is of those that differ.
  fileprivate func spread(over distinct: Distinct<[Int32]>) -> PromptClusters {
    let places = distinct.places
    var first: [Int: Int] = [:]
    for (place, value) in places.enumerated() where first[value] == nil { first[value] = place }
    return PromptClusters(
      self, assignments: places.map { assignments[$0] }, byNearness: byNearness.map { $0.compactMap { first[$0] } })
  }
}
