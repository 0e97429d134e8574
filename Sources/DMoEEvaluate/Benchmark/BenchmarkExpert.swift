import DMoEData

/// How often one capability expert alone is right on the items that the router sent to its category.
public struct BenchmarkExpert: Sendable, Hashable, Codable {
  /// The identifier of the task category.
  public let category: String
  /// The identifier of the capability point.
  public let point: String
  /// The score by the expert's own rewards: the mean over items of what each is worth by the benchmark's rule.
  public let score: BenchmarkScore
  /// The same of the model's rewards on the same items.
  public let model: Double

  /// Every expert that says something of the items; those of which no item counts are left out.
  static func all(
    _ rule: any BenchmarkRule.Type, _ items: [BenchmarkItem], _ lines: [RewardLine]
  ) throws -> [BenchmarkExpert] {
    var points: [String: Set<String>] = [:]
    for line in lines {
      if let judge = line.judge { points[judge, default: []].formUnion(line.experts.keys) }
    }
    return try points.sorted { $0.key < $1.key }.flatMap { category, points in
      try points.sorted().compactMap { try BenchmarkExpert(rule, category, $0, items, lines) }
    }
  }

  private init?(
    _ rule: any BenchmarkRule.Type, _ category: String, _ point: String, _ items: [BenchmarkItem],
    _ lines: [RewardLine]
  ) throws {
    let own = zip(items, lines).filter { $1.judge == category && $1.rewards != nil && $1.experts[point] != nil }
    guard !own.isEmpty else { return nil }
    func figure(_ rewards: (BenchmarkItem, RewardLine) -> [Float]?) throws -> Figure? {
      Figure.mean("\(category)/\(point)", try ScoredItem.all(own.map(\.0), own.map(rewards)), rule.credit)
    }
    guard let expert = try figure({ $1.experts[point] }), let model = try figure({ $1.rewards }),
      let longer = try figure({ item, _ in item.responses.map { Float($0.count) } })
    else { return nil }
    self.category = category
    self.point = point
    score = expert.score(longerReply: longer.value)
    self.model = model.value
  }
}
