import ArgumentParser
import DMoERM
import Foundation

/// Which task categories there are, and which of them the model has.
struct TaxonomyArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Task categories: paper, inferred (those of the data), single (one, without experts) or a JSON file.",
      discussion: "Default: paper; single where no row names a category or a capability point.", valueName: "name"),
    transform: pathWord)
  var taxonomy: String?
  @Option(parsing: .unconditional, help: "Train only these categories, separated by commas.") var categories: String?

  func validate() throws {
    if taxonomy == "single", categories != nil { throw Self.noChoice }
  }

  private static let noChoice = ValidationError("--categories chooses among several; a single one is trained")

  /// Samples and prompts as the model's taxonomy names them.
  struct Data {
    var taxonomy: Taxonomy
    var samples: [RankedResponses]
    var prompts: [CategorizedPrompt]
    var notes: [String]
  }

  /// Reads the data and settles the taxonomy.
  ///
  /// - Parameters:
  ///   - known: What `known()` gives.
  ///   - labels: Files of capability labels; what `samples` has already is left out of them.
  ///   - training: Says what becomes of rows without a category.
  func read(
    by known: Taxonomy?, samples: [DataFile], labels: [DataFile] = [], prompts: [DataFile], _ options: DataOptions,
    _ training: TrainingConfiguration
  ) throws -> Data {
    // A single category takes what there is, so names in the data do not matter.
    let reading = options.options(taxonomy: known)
    let advice = DataFile.Advice(inferring: "--taxonomy inferred takes the data's own categories.")
    var (all, notes) = try samples.samples(reading, advice)
    if !labels.isEmpty {
      let (labelled, more) = try labels.samples(reading, advice)
      let known = Set(all)
      all += labelled.filter { !known.contains($0) }
      notes += more
      if labelled.allSatisfy({ $0.capability == nil }) {
        notes.append("--labels: no row speaks of a capability point; they train bases and aggregators only")
      }
    }
    var routed: [CategorizedPrompt] = []
    for file in prompts {
      let result = try file.prompts(reading)
      routed += result.prompts
      notes += result.report.notes(file.name)
    }
    let isPlain =
      taxonomy == nil && training.unlabelled == .drop && all.allSatisfy { $0.category == nil && $0.capability == nil }
    if isPlain {
      notes.append("no row names a category: a plain reward model is trained, as by --taxonomy single")
    }
    let isSingle = isPlain || taxonomy == "single"
    let open = all.count { $0.category == nil }
    switch training.unlabelled {
    case .category(let id): notes.append(Self.note(on: all, routed, id, isSingle: isSingle))
    case .drop where open > 0 && !isSingle:
      notes.append(
        "without a category, and left out: \(Numbers.count(open, "sample")); --unlabelled says what else they may be")
    default: break
    }
    if isSingle {
      if categories != nil { throw Self.noChoice }
      if !prompts.isEmpty {
        notes.append("--prompts are for a router, which a single category has none of: they are not used")
      }
      let id = Taxonomy.single.categories[0].id
      all = all.filter { $0.capability == nil }.map { $0.labelled(category: id, capability: nil) }
      return Data(taxonomy: .single, samples: all, prompts: [], notes: notes)
    }
    let isOpen = all.contains { $0.category == nil }
    all = training.categorized(all)
    var whole = try known ?? inferred(all)
    if isOpen { whole = try training.taxonomy(completing: whole) }
    let taxonomy = try restricted(whole)
    // Known categories that were not asked for are left out; samples without one stay for the router.
    all.removeAll { $0.category.map { taxonomy[$0] == nil } ?? false }
    routed.removeAll { $0.category.map { taxonomy[$0] == nil } ?? false }
    guard !all.isEmpty else { throw Failure("no sample is of the categories asked for", status: .badInput) }
    return Data(taxonomy: taxonomy, samples: all, prompts: routed, notes: notes)
  }

  /// What `--unlabelled category:ID` comes to.
  private static func note(
    on samples: [RankedResponses], _ prompts: [CategorizedPrompt], _ id: String, isSingle: Bool
  ) -> String {
    let open = samples.count { $0.category == nil }
    if isSingle { return "--taxonomy single has one category for all: --unlabelled category:\(id) changes nothing" }
    guard open > 0 else { return "no sample is without a category: --unlabelled category:\(id) changes nothing" }
    let more = prompts.count { $0.category == nil }
    return "without a category, and taken as \(id): \(Numbers.count(open, "sample"))"
      + (more > 0 ? ", \(Numbers.count(more, "prompt"))" : "")
  }

  private func inferred(_ samples: [RankedResponses]) throws -> Taxonomy {
    do {
      return try Taxonomy.inferred(from: samples)
    } catch DataError.emptyTaxonomy {
      throw Failure(
        "no sample has a category to infer a taxonomy from", hint: "--taxonomy single trains one category on all.",
        status: .badInput)
    }
  }

  /// The categories that are known without the data, if they are.
  ///
  /// - Throws: `ValidationError`, `Failure` or `DataError` for a file that is missing or no taxonomy.
  func known() throws -> Taxonomy? {
    switch taxonomy {
    case "paper", nil: return .paper
    case "inferred", "single": return nil
    case let path?:
      guard FileManager.default.fileExists(atPath: path) else {
        throw ValidationError("--taxonomy is paper, inferred, single or a JSON file; there is no file \(path)")
      }
      return try TaxonomyFile.read(path)
    }
  }

  private func restricted(_ whole: Taxonomy) throws -> Taxonomy {
    guard let categories else { return whole }
    let wanted = try categories.split(separator: ",").map { word in
      let name = word.trimmingCharacters(in: .whitespaces)
      guard let category = whole.category(named: name) else {
        let known = whole.categories.map(\.id).joined(separator: ", ")
        throw ValidationError("--categories: there is no category \(name); there are \(known)")
      }
      return category.id
    }
    return try Taxonomy(whole.categories.filter { wanted.contains($0.id) })
  }
}
