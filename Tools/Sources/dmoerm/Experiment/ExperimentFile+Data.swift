import DMoEExperiment
@_spi(Command) import DMoERM
import Foundation

extension ExperimentFile {
  /// Looks at every file that is named, before one is read.
  ///
  /// - Throws: `Failure` for what is no file that can be read.
  func checkFiles(in folder: URL) throws {
    let names =
      data.training + (data.validation ?? []) + (data.tests ?? [:]).sorted { $0.key < $1.key }.flatMap(\.value)
      + (data.prompts ?? []) + (data.routerTest ?? []) + (data.bestOfN.map { [$0] } ?? [])
    for name in names { try InputFile(URL(fileURLWithPath: name, relativeTo: folder).path).check() }
  }

  /// Reads all data, and what is to be said of it.
  ///
  /// - Parameter folder: What paths are relative to.
  func read(from folder: URL) throws -> (data: ExperimentData, notes: [String]) {
    var reader = ExperimentDataReader(plan: data, folder: folder)
    let parts = try reader.parts()
    let all = parts.training.filter { data.trains($0.source) }
    guard parts.training.isEmpty || !all.isEmpty else {
      throw Failure("no training row is of a source that may train (onlySources, excludedSources)", status: .badInput)
    }
    let taxonomy = Self.taxonomy(of: all, minimumPointLabels: data.minimumPointLabels ?? 1)
    let training = all.known(to: taxonomy)
    let overall = training.filter { $0.capability == nil }.limited(to: data.trainingPairs)
    let labels = training.filter { $0.capability != nil }.limited(to: data.trainingLabels)
    let validation = parts.validation.known(to: taxonomy)
    var tests: [ExperimentData.TestSet] = []
    if !parts.test.isEmpty { tests.append(.init(name: "test", samples: parts.test.known(to: taxonomy))) }
    // The set named "test" is shown first.
    for name in (data.tests ?? [:]).keys.sorted(by: { ($0 != "test" ? 1 : 0, $0) < ($1 != "test" ? 1 : 0, $1) }) {
      var samples = try reader.samples(data.tests?[name] ?? [])
      // A set whose labels all have a name of their own, such as "harmless", is measured as overall preference.
      if samples.allSatisfy({ $0.capability != nil }) {
        samples = samples.map { $0.labelled(category: $0.category, capability: nil) }
      }
      samples = samples.known(to: taxonomy)
      tests.append(.init(name: name, samples: samples.limited(to: data.testPairs)))
    }
    let prompts = try reader.prompts(data.prompts).filter { prompt in
      data.trains(prompt.source) && prompt.category.map { taxonomy[$0] != nil } ?? true
    }
    let result = ExperimentData(
      training: overall + labels, prompts: prompts, validation: validation.limited(to: data.validationPairs),
      tests: tests, routerTest: try reader.prompts(data.routerTest), bestOfN: try reader.bestOfN(), taxonomy: taxonomy)
    return (result, reader.notes)
  }

  /// The categories and points of the training samples; one category if they name none.
  private static func taxonomy(of samples: [RankedResponses], minimumPointLabels: Int) -> Taxonomy {
    (try? Taxonomy.inferred(from: samples, minimumPointCount: minimumPointLabels)) ?? .single
  }
}

extension ExperimentFile.DataPlan {
  /// Whether a source may be trained on.
  fileprivate func trains(_ source: String?) -> Bool {
    guard let source else { return onlySources == nil }
    if let excludedSources, excludedSources.contains(source) { return false }
    return onlySources.map { $0.contains(source) } ?? true
  }
}

/// Reads an experiment's files and collects notes.
private struct ExperimentDataReader {
  let plan: ExperimentFile.DataPlan
  let folder: URL
  var notes: [String] = []

  private var options: ReadingOptions { ReadingOptions(invalidLines: plan.skipInvalid == true ? .skip : .fail) }

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
      contentsOf: URL(fileURLWithPath: path(name)), skipsInvalid: plan.skipInvalid == true)
    if result.skipped > 0 { notes.append("\(name): \(Numbers.count(result.skipped, "invalid line")) left out") }
    guard !result.prompts.isEmpty else {
      throw Failure("\(name) has no prompt with judged responses", status: .badInput)
    }
    return Array(result.prompts.prefix(plan.bestOfNPrompts ?? .max))
  }
}

extension RankedResponses {
  /// Whether prompt and longest response have at most so many characters, or the Chinese that are as many tokens.
  fileprivate func fits(_ limit: Int) -> Bool {
    let count = conversation.turns.reduce(responses.map(\.count).max() ?? 0) { $0 + $1.content.count }
    return Double(count) * (language == "zh" ? 2.5 : 1) <= Double(limit)
  }
}

extension [RankedResponses] {
  /// Without labels of points that the taxonomy lacks; of other categories than its own, overall preferences stay as
  /// unlabelled ones.
  fileprivate func known(to taxonomy: Taxonomy) -> [RankedResponses] {
    compactMap { sample in
      guard let category = sample.category.flatMap({ taxonomy[$0] }) else {
        return sample.capability == nil ? sample.labelled(category: nil, capability: nil) : nil
      }
      guard let point = sample.capability else { return sample }
      return category.points.contains { $0.id == point } ? sample : nil
    }
  }

  /// At most about so many, without tearing the samples of a prompt apart; the order stays.
  fileprivate func limited(to limit: Int?) -> [RankedResponses] {
    guard let limit, limit < count else { return self }
    let groups = Dictionary(grouping: indices) { self[$0].conversation.orderKey }
    var kept: [Int] = []
    for key in groups.keys.sorted() where kept.count < limit { kept += groups[key] ?? [] }
    return kept.sorted().map { self[$0] }
  }
}

extension Conversation {
  /// A number that looks random and is the same everywhere.
  fileprivate var orderKey: UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in turns.map(\.content).joined(separator: "\u{0}").utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    hash ^= hash >> 31
    hash = hash &* 0x94D0_49BB_1331_11EB
    return hash ^ (hash >> 29)
  }
}
