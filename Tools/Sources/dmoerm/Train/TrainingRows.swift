@_spi(Command) import DMoERM

/// Samples and prompts of a training run, with the categories that its model has.
struct TrainingRows {
  private(set) var taxonomy = Taxonomy.single
  private(set) var samples: [RankedResponses] = []
  private(set) var prompts: [CategorizedPrompt] = []
  /// What a user should know of the rows.
  private(set) var notes: [String] = []

  /// Reads the files and settles the taxonomy.
  ///
  /// - Parameters:
  ///   - arguments: Which categories there are, and which of them the model has.
  ///   - known: What `arguments.known()` gives.
  ///   - plan: Says what becomes of rows without a category, and which category is trained for all conversations.
  /// - Throws: `Failure`, `ValidationError`, `DataError`.
  init(
    of files: TrainingFiles, _ arguments: TaxonomyArguments, known: Taxonomy?, options: DataOptions,
    _ plan: TrainingPlan
  ) throws {
    // A single category takes what there is, so names in the data do not matter.
    let advice = DataFile.Advice(inferring: "--taxonomy inferred takes the data's own categories.")
    (samples, prompts, notes) = try files.read(options.options(taxonomy: known), advice)
    let unlabeled = plan.training.data.unlabeled
    let isPlain = arguments.taxonomy == nil && unlabeled == .drop && samples.allSatisfy(\.isPlain)
    if isPlain {
      notes.append("no row names a category: a plain reward model is trained, as by --taxonomy single")
    }
    let isSingle = isPlain || arguments.taxonomy == "single"
    note(unlabeled, isSingle: isSingle)
    if isSingle, let id = plan.model.routing.fallbackCategory {
      notes.append("one category has no router that could be unsure: falling back on \(id) changes nothing")
    }
    if isSingle {
      try takeAll(arguments)
    } else {
      try choose(arguments, known: known, plan)
    }
  }

  /// Everything is one category's, and there is nothing to route.
  private mutating func takeAll(_ arguments: TaxonomyArguments) throws {
    try arguments.checkSingle()
    if !prompts.isEmpty {
      notes.append("--prompts are for a router, which a single category has none of: they are not used")
      prompts = []
    }
    let id = taxonomy.categories[0].id
    samples = samples.filter { $0.capability == nil }.map { $0.labeled(category: id, capability: nil) }
  }

  /// Keeps what is of the categories asked for; samples without one stay for the router.
  private mutating func choose(
    _ arguments: TaxonomyArguments, known: Taxonomy?, _ plan: TrainingPlan
  ) throws {
    let isOpen = samples.contains { $0.category == nil }
    samples = plan.training.categorized(samples)
    var whole = try known ?? Self.inferred(samples)
    if isOpen { whole = try plan.training.taxonomy(completing: whole) }
    let chosen = try plan.model.routing.taxonomy(completing: arguments.restricted(whole))
    taxonomy = chosen
    samples.removeAll { $0.category.map { chosen[$0] == nil } ?? false }
    prompts.removeAll { $0.category.map { chosen[$0] == nil } ?? false }
    guard !samples.isEmpty else { throw Failure("no sample is of the categories asked for", status: .badInput) }
  }

  private static func inferred(_ samples: [RankedResponses]) throws -> Taxonomy {
    do { return try Taxonomy.inferred(from: samples) } catch DataError.emptyTaxonomy {
      throw Failure(
        "no sample has a category to infer a taxonomy from", hint: "--taxonomy single trains one category on all.",
        status: .badInput)
    }
  }

  /// Says what becomes of rows without a category.
  private mutating func note(_ unlabeled: TrainingConfiguration.Unlabeled, isSingle: Bool) {
    let open = samples.count { $0.category == nil }
    switch unlabeled {
    case .category(let id) where isSingle:
      notes.append("--taxonomy single has one category for all: --unlabeled category:\(id) changes nothing")
    case .category(let id) where open == 0:
      notes.append("no sample is without a category: --unlabeled category:\(id) changes nothing")
    case .category(let id):
      let more = prompts.count { $0.category == nil }
      notes.append(
        "without a category, and taken as \(id): \(Numbers.count(open, "sample"))"
          + (more > 0 ? ", \(Numbers.count(more, "prompt"))" : ""))
    case .drop where open > 0 && !isSingle:
      notes.append(
        "without a category, and left out: \(Numbers.count(open, "sample")); --unlabeled says what else they may be")
    default: break
    }
  }
}

extension RankedResponses {
  /// Whether it names neither a category nor a capability point.
  fileprivate var isPlain: Bool { category == nil && capability == nil }
}
