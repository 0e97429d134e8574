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
    var reader = ExperimentDataReader(plan: data, folder: folder, isJudged: judgesBestOfN)
    let parts = try reader.parts()
    let all = parts.training.filter { data.trains($0.source) }
    guard parts.training.isEmpty || !all.isEmpty else {
      throw Failure("no training row is of a source that may train (onlySources, excludedSources)", status: .badInput)
    }
    let taxonomy = Self.taxonomy(of: all, minimumPointLabels: data.minimumPointLabels ?? 1)
    let training = all.known(to: taxonomy)
    let overall = training.filter { $0.capability == nil }.limited(
      to: data.limits?["training"]?.pairs ?? data.trainingPairs)
    let labels = training.filter { $0.capability != nil }.limited(to: data.trainingLabels)
    let validation = parts.validation.known(to: taxonomy)
    var tests: [ExperimentData.TestSet] = []
    if !parts.test.isEmpty {
      let samples = parts.test.known(to: taxonomy)
      tests.append(.init(name: "test", samples: samples.limited(to: data.limits?["test"]?.pairs)))
    }
    // The set named "test" is shown first.
    for name in (data.tests ?? [:]).keys.sorted(by: { ($0 != "test" ? 1 : 0, $0) < ($1 != "test" ? 1 : 0, $1) }) {
      var samples = try reader.samples(data.tests?[name] ?? [], of: name)
      // A set whose labels all have a name of their own, such as "harmless", is measured as overall preference.
      if samples.allSatisfy({ $0.capability != nil }) {
        samples = samples.map { $0.labeled(category: $0.category, capability: nil) }
      }
      samples = samples.known(to: taxonomy)
      tests.append(.init(name: name, samples: samples.limited(to: data.limits?[name]?.pairs ?? data.testPairs)))
    }
    let prompts = try reader.prompts(data.prompts, of: "prompts").filter { prompt in
      data.trains(prompt.source) && prompt.category.map { taxonomy[$0] != nil } ?? true
    }
    let result = ExperimentData(
      training: overall + labels, prompts: prompts,
      validation: validation.limited(to: data.limits?["validation"]?.pairs ?? data.validationPairs),
      tests: tests, routerTest: try reader.prompts(data.routerTest, of: "routerTest"), bestOfN: try reader.bestOfN(),
      taxonomy: taxonomy)
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
