import DMoEData

/// What a model's rewards get on a benchmark, by the benchmark's own rules.
public struct BenchmarkResult: Sendable, Hashable, Codable {
  /// The benchmark that was scored.
  public let benchmark: Benchmark
  /// Scores by category, then by what else the benchmark looks at.
  public let tables: [BenchmarkTable]
  /// The one number that the benchmark is known by.
  ///
  /// Nil for what would be no score on the benchmark: of RewardBench, RewardBench 2 and RM-Bench, whose numbers of items are
  /// known here, for less or other than the published items (`missingCategories`, `incompleteCategories`,
  /// `unknownCategories`); of RMB without one of its four parts; of the correctness of PPE for other than its five sets.
  /// JudgeBench and the preferences of PPE are scored on the items there are.
  public let overall: BenchmarkScore?
  /// What each capability expert is worth alone, of a model that has some.
  public let experts: [BenchmarkExpert]
  /// Categories of the published set without an item here.
  public let missingCategories: [String]
  /// Categories with fewer or more items than the published set has.
  public let incompleteCategories: [String]
  /// Categories here that the published set does not have.
  public let unknownCategories: [String]
  /// Items with a response that is longer than the model reads; they are left out.
  public let overLengthItems: Int
  /// Items with a turn or a response that says nothing, which no model reads; they are left out unless they have rewards.
  public let emptyItems: Int

  /// Scores rewards that are known already.
  ///
  /// - Parameters:
  ///   - benchmark: The benchmark that the items are of.
  ///   - items: The questions, in the order of `rewards`.
  ///   - rewards: One list an item, in the order of `BenchmarkItem.responses`; nil for an item that is left out.
  ///   - temperature: That of the model which gave the rewards.
  /// - Throws: `EvaluationError.invalidRewards` for other shapes, rewards that are not finite, or no item.
  public init(
    _ benchmark: Benchmark, _ items: [BenchmarkItem], rewards: [[Float]?], temperature: Float = 1
  ) throws {
    guard items.count == rewards.count else {
      throw EvaluationError.invalidRewards(reason: "\(rewards.count) lists for \(items.count) items")
    }
    try self.init(
      benchmark, items, lines: zip(items, rewards).map { RewardLine(id: $0.id, category: $0.category, rewards: $1) },
      temperature: temperature)
  }

  /// Scores what a model and its experts have said.
  ///
  /// - Parameters:
  ///   - benchmark: The benchmark that the items are of.
  ///   - items: The questions, in the order of `lines`.
  ///   - lines: One an item.
  ///   - temperature: That of the model which gave the rewards.
  /// - Throws: `EvaluationError.invalidRewards` for other shapes, rewards that are not finite, or no item.
  public init(
    _ benchmark: Benchmark, _ items: [BenchmarkItem], lines: [RewardLine], temperature: Float = 1
  ) throws {
    guard temperature > 0, temperature.isFinite else {
      throw EvaluationError.invalidRewards(reason: "the temperature is \(temperature)")
    }
    let rule = benchmark.rule
    let scored = try ScoredItem.all(items, lines.map(\.rewards))
    let lengths = scored.map { item in
      ScoredItem(item: item.item, rewards: item.item.responses.map { Double($0.count) }, prompt: item.prompt)
    }
    if let fault = rule.fault(in: items) {
      throw EvaluationError.invalidRewards(reason: "\(items[fault.place].id): \(fault.reason)")
    }
    let found = rule.figures(scored, RuleSetting(temperature: Double(temperature)))
    let longer = rule.figures(lengths, RuleSetting(temperature: 1, resamples: false))
    self.benchmark = benchmark
    tables = found.tables.map { table in
      let beside = longer.tables.first { $0.title == table.title }?.figures ?? []
      return BenchmarkTable(
        title: table.title, unit: table.unit,
        scores: table.figures.map { figure in
          figure.score(longerReply: beside.first { $0.name == figure.name }?.value ?? .zero)
        })
    }
    experts = try BenchmarkExpert.all(rule, items, lines)
    let left = zip(items, lines).filter { $1.rewards == nil }
    emptyItems = left.count { $0.0.isUnreadable }
    overLengthItems = left.count - emptyItems
    let parts = BenchmarkParts(rule, scored)
    (missingCategories, incompleteCategories, unknownCategories) = (parts.missing, parts.incomplete, parts.unknown)
    overall = parts.isWhole ? found.overall.map { $0.score(longerReply: longer.overall?.value ?? .zero) } : nil
  }

  /// The table of a title; nil if there is none.
  public func table(_ title: String) -> BenchmarkTable? { tables.first { $0.title == title } }
}

/// How much of the published set there is.
private struct BenchmarkParts {
  let missing: [String]
  let incomplete: [String]
  let unknown: [String]
  var isWhole: Bool { missing.isEmpty && incomplete.isEmpty && unknown.isEmpty }

  init(_ rule: any BenchmarkRule.Type, _ items: [ScoredItem]) {
    let published = rule.publishedItems
    let names = Dictionary(published.keys.map { ($0.lowercased(), $0) }) { first, _ in first }
    let own = Dictionary(grouping: items) { $0.category }.mapValues(\.count)
    let found = Set(own.keys.map { $0.lowercased() })
    let optional = rule.optionalCategories
    // One may go without all of them, but not without some.
    let hasOptional = optional.contains { found.contains($0.lowercased()) }
    missing = published.keys
      .filter { !found.contains($0.lowercased()) && (hasOptional || !optional.contains($0)) }.sorted()
    unknown = published.isEmpty ? [] : own.keys.filter { names[$0.lowercased()] == nil }.sorted()
    incomplete = own.filter { name, count in
      names[name.lowercased()].flatMap { published[$0] }.map { $0 != count } ?? false
    }.keys.sorted()
  }
}
