public import DMoEData

extension TrainingConfiguration {
  /// The samples of overall preference that no phase trains on: the validation parts of the splits.
  ///
  /// - Throws: `DataError.invalidFractions`.
  public func validationSamples(_ samples: [RankedResponses]) throws -> [RankedResponses] {
    let split = try PhaseSplit(
      baseFraction: data.baseFraction, validationFraction: data.validationFraction, seed: seed,
      expertPrompts: data.expertPrompts)
    return samples.filter { $0.capability == nil && split.part(of: $0.conversation).isValidation }
  }

  /// A taxonomy with the category that unlabeled samples are to be, added at the end if it is missing.
  ///
  /// - Throws: `DataError` for an identifier that is none.
  public func taxonomy(completing taxonomy: Taxonomy) throws -> Taxonomy {
    guard case .category(let id) = data.unlabeled, taxonomy[id] == nil else { return taxonomy }
    return try Taxonomy(taxonomy.categories + [TaskCategory(id: id)])
  }

  /// Samples as the phases see them: those without a category, capability labels included, in the category of unlabeled
  /// ones, if there is to be one.
  public func categorized(_ samples: [RankedResponses]) -> [RankedResponses] {
    guard case .category(let id) = data.unlabeled else { return samples }
    return samples.map { $0.category == nil ? $0.labelled(category: id, capability: $0.capability) : $0 }
  }

  /// The same for prompts.
  public func categorized(_ prompts: [CategorizedPrompt]) -> [CategorizedPrompt] {
    guard case .category(let id) = data.unlabeled else { return prompts }
    return prompts.map { $0.category == nil ? CategorizedPrompt($0, category: id) : $0 }
  }
}
