import DMoEData

/// RewardBench: a chosen response is right if its reward is strictly the greater; sections weigh their subsets.
///
/// Source: `rewardbench/utils.py:calculate_scores_per_section` and `constants.py` of github.com/allenai/reward-bench, 0.1.4.
enum RewardBenchRule: BenchmarkRule {
  static var publishedItems: [String: Int] { RewardBenchSubsets.itemCounts }
  static var optionalCategories: Set<String> { Set(RewardBenchSubsets.priorSets.subsets.keys) }
  static var keyUses: [String: KeyUse] { RewardBenchRow.keyUses }

  static func item(
    _ row: RowObject, at place: BenchmarkPlace, _ notes: inout RowNotes
  ) throws(DataError) -> BenchmarkItem {
    let item = try RewardBenchRow.item(row, at: place, &notes)
    guard item.responses.count == 2 else {
      throw .malformedRow(
        reason: "\(item.responses.count) responses, and RewardBench has 2: rows with more are of \"rewardbench-2\"")
    }
    try RewardBenchRow.check(
      item.category, isOf: RewardBenchSubsets.itemCounts2, named: "rewardbench-2", not: publishedItems)
    return item
  }

  static func credit(_ item: ScoredItem) -> Double? { item.strict }

  static func figures(_ items: [ScoredItem], _ setting: RuleSetting) -> RuleFigures {
    let subsets = items.byCategory
    let sections = RewardBenchSubsets.sections.map { section in
      (
        section: section,
        parts: subsets.compactMap { subset in
          section.weight(of: subset.category).map { (items: subset.items, weight: $0) }
        }
      )
    }.filter { !$0.parts.isEmpty }
    // In the overall score a section counts once, prior sets half, however many items it has.
    let all = sections.flatMap { section, parts in
      let whole = parts.reduce(0) { $0 + $1.weight }
      let weight = section.name == RewardBenchSubsets.priorSets.name ? 0.5 : 1.0
      return parts.map { (items: $0.items, weight: weight * $0.weight / whole) }
    }
    return RuleFigures(
      tables: [
        .init(title: "subset", figures: subsets.compactMap { Figure.mean($0.category, $0.items, credit) }),
        .init(title: "section", figures: sections.compactMap { Figure.mean($0.section.name, $0.parts, credit) }),
      ].filter { !$0.figures.isEmpty },
      overall: Figure.mean("RewardBench", all, credit))
  }
}

/// RewardBench 2: the best of four must be the right one, equal maxima share the point; ties are scored by margins.
///
/// Source: `rewardbench/utils.py:reroll_and_score_dataset` and `process_single_model` of github.com/allenai/reward-bench,
/// 0.1.4; the overall score is the mean of the subsets.
enum RewardBench2Rule: BenchmarkRule {
  static var publishedItems: [String: Int] { RewardBenchSubsets.itemCounts2 }
  static var keyUses: [String: KeyUse] { RewardBenchRow.keyUses }

  static func item(
    _ row: RowObject, at place: BenchmarkPlace, _ notes: inout RowNotes
  ) throws(DataError) -> BenchmarkItem {
    let item = try RewardBenchRow.item(row, at: place, &notes)
    try RewardBenchRow.check(
      item.category, isOf: RewardBenchSubsets.itemCounts, named: "rewardbench", not: publishedItems)
    return item
  }

  /// Items of the Ties subset are scored by their identifiers, which say what belongs together.
  static func fault(in items: [BenchmarkItem]) -> (place: Int, reason: String)? {
    let ties = items.indices.filter { TiesIdentifier.isNeeded(in: items[$0].category) }
    guard let first = ties.first else { return nil }
    if let odd = ties.first(where: { TiesIdentifier(items[$0].id) == nil }) {
      return (odd, "id: an item of the Ties subset has \"ref:N\" or \"tied:N\", by which it is scored")
    }
    let askings = Dictionary(grouping: ties.compactMap { TiesIdentifier(items[$0].id) }, by: \.prompt)
    guard askings.values.contains(where: { Set($0.map(\.asking)).count == 2 }) else {
      return (first, "id: no prompt of the Ties subset has both its items, \"ref:N\" and \"tied:N\"")
    }
    return nil
  }

  static func credit(_ item: ScoredItem) -> Double? {
    TiesIdentifier.isNeeded(in: item.category) ? item.strict : item.shared
  }

  static func figures(_ items: [ScoredItem], _ setting: RuleSetting) -> RuleFigures {
    let subsets = items.byCategory.compactMap { subset -> Figure? in
      TiesIdentifier.isNeeded(in: subset.category)
        ? ties(subset.category, subset.items, setting) : Figure.mean(subset.category, subset.items, credit)
    }
    return RuleFigures(
      tables: [.init(title: "subset", figures: subsets)], overall: Figure.mean("RewardBench 2", of: subsets))
  }

  /// Both askings of a prompt are drawn together.
  private static func ties(_ name: String, _ items: [ScoredItem], _ setting: RuleSetting) -> Figure? {
    let names = items.map { TiesIdentifier($0.item.id)?.prompt ?? $0.item.id }
    let numbers = Dictionary(zip(names, names.indices)) { first, _ in first }
    let group = { (place: Int) in numbers[names[place]] ?? place }
    return Figure.resampled(name, items, resamples: setting.resamples, by: group) { places in
      TiesScore(places.map { items[$0] }).value
    }
  }
}
