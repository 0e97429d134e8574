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

  mutating func samples(_ names: [String]) throws -> [RankedResponses] {
    let result = try [DataFile].checked(names.map(path)).samples(options, Self.advice)
    notes += result.notes
    guard let limit = plan.maximumCharacters else { return result.samples }
    return result.samples.filter { $0.fits(limit) }
  }

  /// What the files say, or the parts of what is for training.
  mutating func parts() throws -> (training: [RankedResponses], validation: [RankedResponses], test: [RankedResponses])
  {
    let all = try samples(plan.training)
    if let files = plan.validation {
      return (all, try samples(files), [])
    }
    // There is one or the other: `ExperimentFile.plan` has looked.
    guard let split = plan.split else { return (all, [], []) }
    let test = split.test ?? 0
    let shares = [1 - split.validation - test, split.validation, test]
    let parts = try DatasetSplit(fractions: shares, seed: split.seed ?? 0).parts(of: all)
    return (parts[0], parts[1], parts[2])
  }

  mutating func prompts(_ names: [String]?) throws -> [CategorizedPrompt] {
    var all: [CategorizedPrompt] = []
    for name in names ?? [] {
      let result = try DataFile(path(name)).prompts(options)
      notes += result.report.notes(name)
      all += result.prompts
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
    return Array(result.prompts.prefix(plan.bestOfNPrompts ?? .max))
  }
}
