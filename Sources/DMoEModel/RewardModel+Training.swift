extension RewardModel {
  /// Takes a trained base of a category; experts that are there stay.
  ///
  /// - Parameters:
  ///   - normalization: The scale of its rewards; `nil` leaves what there is.
  ///   - index: The category's place in the taxonomy.
  package mutating func install(base: Expert, normalization: RewardNormalization?, at index: Int) {
    inner[index].install(base: base, normalization: normalization)
  }

  /// Takes a trained capability expert of a category.
  ///
  /// - Parameters:
  ///   - index: The category's place in the taxonomy.
  ///   - point: The capability point's place in the category.
  /// - Throws: `ModelError.invalidModel` if the category's base is not trained.
  package mutating func install(expert: CapabilityExpert, at index: Int, point: Int) throws {
    try inner[index].install(expert, point: point, combination: configuration.combination)
  }

  /// Takes a trained aggregator of a category.
  ///
  /// - Parameters:
  ///   - normalization: The scale of its rewards; `nil` leaves what there is.
  ///   - index: The category's place in the taxonomy.
  /// - Throws: `ModelError.invalidModel` if an expert of the category is missing.
  package mutating func install(aggregator: Aggregator, normalization: RewardNormalization?, at index: Int) throws {
    try inner[index].install(aggregator, normalization: normalization, combination: configuration.combination)
  }
}
