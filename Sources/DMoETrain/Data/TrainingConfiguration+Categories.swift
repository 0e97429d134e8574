public import DMoEData

/// The rule by which samples and prompts belong to the categories of a run.
extension TrainingConfiguration {
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
    return samples.map { $0.category == nil ? $0.labeled(category: id, capability: $0.capability) : $0 }
  }

  /// The same for prompts.
  public func categorized(_ prompts: [CategorizedPrompt]) -> [CategorizedPrompt] {
    guard case .category(let id) = data.unlabeled else { return prompts }
    return prompts.map { $0.category == nil ? CategorizedPrompt($0, category: id) : $0 }
  }

  /// The samples as a model of a taxonomy trains on them: `Taxonomy.single` takes every overall preference, whatever
  /// category it names or whether it names one; any other takes samples by their categories.
  ///
  /// - Throws: `TrainError.invalidConfiguration` if there are samples for a category that the taxonomy lacks.
  func taking(_ samples: [RankedResponses], for taxonomy: Taxonomy) throws -> [RankedResponses] {
    if taxonomy == .single, let id = taxonomy.categories.first?.id {
      return samples.filter { $0.capability == nil }.map {
        $0.category == id ? $0 : $0.labeled(category: id, capability: nil)
      }
    }
    if case .category(let id) = data.unlabeled, taxonomy[id] == nil, samples.contains(where: { $0.category == nil }) {
      throw TrainError.invalidConfiguration(reason: "the taxonomy lacks \(id), the category of unlabeled samples")
    }
    return samples
  }
}
