extension Taxonomy {
  /// The categories and capability points that occur in the samples.
  ///
  /// Categories stand in order of their number of samples, most first, then by identifier; so do the points of a
  /// category. Samples without a category are not counted.
  ///
  /// - Parameters:
  ///   - samples: where to look.
  ///   - minimumCategoryCount: a category with fewer samples, of any capability, is left out.
  ///   - minimumPointCount: a point with fewer samples within its category is left out.
  /// - Throws: `DataError.emptyTaxonomy` if nothing is left, `.invalidIdentifier` if a name is not a slug.
  public static func inferred(
    from samples: some Sequence<RankedResponses>, minimumCategoryCount: Int = 1, minimumPointCount: Int = 1
  ) throws(DataError) -> Taxonomy {
    var categoryCounts: [String: Int] = [:]
    var pointCounts: [String: [String: Int]] = [:]
    for sample in samples {
      guard let category = sample.category else { continue }
      categoryCounts[category, default: 0] += 1
      if let point = sample.capability { pointCounts[category, default: [:]][point, default: 0] += 1 }
    }
    return try Taxonomy(
      frequent(categoryCounts, atLeast: minimumCategoryCount).map { category in
        let points = frequent(pointCounts[category] ?? [:], atLeast: minimumPointCount)
        return TaskCategory(id: category, points: points.map { CapabilityPoint(id: $0) })
      })
  }

  private static func frequent(_ counts: [String: Int], atLeast minimum: Int) -> [String] {
    counts.filter { $0.value >= minimum }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map(\.key)
  }
}
