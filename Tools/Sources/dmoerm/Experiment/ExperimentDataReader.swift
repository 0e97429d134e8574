import DMoEExperiment
@_spi(Command) import DMoERM
import Foundation

/// Reads an experiment's files and collects notes.
struct ExperimentDataReader {
  let plan: ExperimentFile.DataPlan
  let folder: URL
  /// Whether a judge says the gold of best of n.
  let isJudged: Bool
  var notes: [String] = []

  private var options: ReadingOptions { ReadingOptions(skipsInvalidLines: plan.skipInvalid == true) }

  private static let advice = DataFile.Advice(skipping: "\"skipInvalid\": true leaves such lines out and counts them.")

  private func path(_ name: String) -> String { URL(fileURLWithPath: name, relativeTo: folder).path }

  /// The samples of a set's files that are not too long for it.
  mutating func samples(_ names: [String], of set: String) throws -> [RankedResponses] {
    let result = try [DataFile].checked(names.map(path)).samples(options, Self.advice)
    notes += result.notes
    return fitting(result.samples, set)
  }

  private func fitting(_ samples: [RankedResponses], _ set: String) -> [RankedResponses] {
    guard let limit = plan.limits?[set]?.maximumCharacters ?? plan.maximumCharacters else { return samples }
    return samples.filter { $0.fits(limit) }
  }

  /// What the files say, or the parts of what is for training.
  mutating func parts() throws -> (training: [RankedResponses], validation: [RankedResponses], test: [RankedResponses])
  {
    if let files = plan.validation {
      return (try samples(plan.training, of: "training"), try samples(files, of: "validation"), [])
    }
    // A prompt goes to the same part whatever the limits of the parts are.
    let result = try [DataFile].checked(plan.training.map(path)).samples(options, Self.advice)
    notes += result.notes
    let all = result.samples
    // There is one or the other: `ExperimentFile.plan` has looked.
    guard let split = plan.split else { return (fitting(all, "training"), [], []) }
    let test = split.test ?? 0
    let shares = [1 - split.validation - test, split.validation, test]
    let parts = try DatasetSplit(fractions: shares, seed: split.seed ?? 0).parts(of: all)
    return (fitting(parts[0], "training"), fitting(parts[1], "validation"), fitting(parts[2], "test"))
  }

  /// The prompts of a set's files that are not too long for it.
  mutating func prompts(_ names: [String]?, of set: String) throws -> [CategorizedPrompt] {
    // As long as texts that train may be, unless it is said otherwise.
    let limit =
      plan.limits?[set]?.maximumCharacters ?? plan.limits?["training"]?.maximumCharacters ?? plan.maximumCharacters
    var all: [CategorizedPrompt] = []
    for name in names ?? [] {
      let result = try DataFile(path(name)).prompts(options)
      notes += result.report.notes(name)
      all += limit.map { limit in result.prompts.filter { $0.fits(limit) } } ?? result.prompts
    }
    return all
  }

  mutating func bestOfN() throws -> [BestOfNPrompt] {
    guard let name = plan.bestOfN else { return [] }
    _ = try [DataFile].checked([path(name)])
    let result = try BestOfNPrompt.readAll(
      contentsOf: URL(fileURLWithPath: path(name)), skipsInvalid: plan.skipInvalid == true, needsGold: !isJudged)
    if result.skipped > 0 { notes.append("\(name): \(Numbers.count(result.skipped, "invalid line")) left out") }
    guard !result.prompts.isEmpty else {
      throw Failure("\(name) has no prompt with \(isJudged ? "responses" : "judged responses")", status: .badInput)
    }
    let limit = plan.limits?["bestOfN"]?.maximumCharacters
    let fitting = limit.map { limit in result.prompts.filter { $0.fits(limit) } } ?? result.prompts
    if let limit, fitting.isEmpty {
      throw Failure("\(name) has no prompt whose texts have at most \(limit) characters", status: .badInput)
    }
    return Array(fitting.prefix(plan.bestOfNPrompts ?? .max))
  }
}
