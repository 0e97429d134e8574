import DMoECore
import DMoEData
import DMoEEvaluate
import DMoEModel
import Foundation

/// A judge at work: puts its order and its gold in the place of those of the data.
struct Judging {
  let judge: GoldJudge
  /// Where its rewards are kept, a file a set.
  let folder: URL
  let options: ComputeOptions
  let checks: StartChecks
  /// The text of the bundle's manifest, which tells judges apart.
  private let manifest: String
  private var model: RewardModel?

  /// What a file of its rewards holds.
  private struct Kept: Codable {
    /// A hash of the judge and of the texts.
    var identity: String
    /// One list a sample; null for one that is longer than the judge reads.
    var rewards: [[Float]?]
  }

  /// Samples between two events.
  private static let samplesAtATime = 16

  /// - Throws: `ExperimentError.invalidJudge` if there is no bundle.
  init(_ judge: GoldJudge, folder: URL, options: ComputeOptions, checks: StartChecks = .remembered) throws {
    self.judge = judge
    self.folder = folder.appendingPathComponent("judge", isDirectory: true)
    self.options = options
    self.checks = checks
    guard !judge.parts.isEmpty else { throw ExperimentError.invalidJudge(reason: "it has nothing to judge") }
    let file = judge.bundle.appendingPathComponent("dmoerm.json")
    guard let content = FileManager.default.contents(atPath: file.path) else {
      throw ExperimentError.invalidJudge(reason: "\(judge.bundle.path) is no bundle: it has no dmoerm.json")
    }
    manifest = String(decoding: content, as: UTF8.self)
  }

  /// The data with the judge's word in the place of what it judges; samples that are longer than it reads are left out.
  ///
  /// - Throws: `ExperimentError.invalidJudge` for a model that cannot be read or a set of which it can read nothing; what
  ///   scoring and `onEvent` throw.
  mutating func judged(_ data: ExperimentData, _ onEvent: ExperimentRun.Observer) throws -> ExperimentData {
    var result = data
    if judge.parts.contains(.training) { result.training = try ranked(data.training, "training", onEvent) }
    if judge.parts.contains(.validation) {
      result.validation = try ranked(data.validation, "\(SetID.validation)", onEvent)
    }
    if judge.parts.contains(.tests) {
      for index in data.tests.indices {
        // A test set may be called "training".
        let name = data.tests[index].name
        result.tests[index].samples = try ranked(data.tests[index].samples, name, file: "test-\(name)", onEvent)
      }
    }
    if judge.parts.contains(.bestOfN), !data.bestOfN.isEmpty {
      let samples = try data.bestOfN.enumerated().map { try $1.ranked(id: $0) }
      let rewards = try rewards(of: samples, "\(SetID.bestOfN)", file: "\(SetID.bestOfN)", onEvent)
      result.bestOfN = try zip(data.bestOfN, rewards).compactMap { prompt, gold in
        try gold.map {
          try BestOfNPrompt(conversation: prompt.conversation, responses: prompt.responses, gold: $0.map(Double.init))
        }
      }
    }
    model = nil
    return result
  }

  /// Overall preferences in the judge's order, and capability labels as they are.
  private mutating func ranked(
    _ samples: [RankedResponses], _ name: String, file: String? = nil, _ onEvent: ExperimentRun.Observer
  ) throws -> [RankedResponses] {
    let asked = samples.filter { $0.capability == nil }
    guard !asked.isEmpty else { return samples }
    let rewards = try rewards(of: asked, name, file: file ?? name, onEvent)
    let annotator = judge.bundle.lastPathComponent
    var next = 0
    return try samples.compactMap { sample -> RankedResponses? in
      guard sample.capability == nil else { return sample }
      defer { next += 1 }
      return try rewards[next].map { try sample.ranked(by: $0, annotator: annotator) }
    }
  }

  /// The judge's rewards, kept or computed; `nil` for a sample that is longer than it reads.
  private mutating func rewards(
    of samples: [RankedResponses], _ name: String, file: String, _ onEvent: ExperimentRun.Observer
  ) throws -> [[Float]?] {
    let url = folder.appendingPathComponent("rewards-\(file).json")
    let identity = identity(of: samples)
    if let content = FileManager.default.contents(atPath: url.path),
      let kept = try? JSONDecoder().decode(Kept.self, from: content), kept.identity == identity,
      kept.rewards.count == samples.count
    {
      return kept.rewards
    }
    let model = try loaded(onEvent)
    var rewards: [[Float]?] = []
    for start in stride(from: 0, to: samples.count, by: Self.samplesAtATime) {
      try onEvent(.judging(set: name, done: start, total: samples.count))
      let part = Array(samples[start..<min(start + Self.samplesAtATime, samples.count)])
      rewards += try model.breakdowns(of: part, category: .routed).map { $0?.map(\.reward) }
    }
    let tooLong = rewards.count { $0 == nil }
    guard tooLong < samples.count else {
      throw ExperimentError.invalidJudge(
        reason: "every sample of \(name) is longer than the \(model.configuration.maximumTokens) tokens that it reads")
    }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try AtomicFile<CoreError>.write(try JSONEncoder().encode(Kept(identity: identity, rewards: rewards)), to: url)
    try onEvent(.judged(set: name, samples: samples.count, tooLong: tooLong))
    return rewards
  }

  private func identity(of samples: [RankedResponses]) -> String {
    var hash = SeededHash()
    hash.combine(manifest)
    for sample in samples {
      for turn in sample.conversation.turns {
        hash.combine(turn.role.rawValue)
        hash.combine(turn.content)
      }
      hash.combine(UInt64(sample.responses.count))
      for response in sample.responses { hash.combine(response) }
    }
    return String(hash.value, radix: 16)
  }

  private mutating func loaded(_ onEvent: ExperimentRun.Observer) throws -> RewardModel {
    if let model { return model }
    let read = try RewardModel(contentsOf: judge.bundle, backbone: judge.backbone, options: options, checks: checks) {
      try onEvent(.readingBackbone(done: $0, total: $1))
    }
    guard read.trainedCategories.count < 2 || read.isRouterTrained else {
      throw ExperimentError.invalidJudge(reason: "\(ModelError.untrainedRouter)")
    }
    model = read
    return read
  }
}

extension RankedResponses {
  /// The same sample in the order of rewards, of which equal ones are ties. What was said of the old order goes with it.
  fileprivate func ranked(by rewards: [Float], annotator: String) throws -> RankedResponses {
    let sorted = Array(Set(rewards)).sorted(by: >)
    return try RankedResponses(
      id: id, source: source, language: language, conversation: conversation, responses: responses,
      ranks: rewards.map { reward in (sorted.firstIndex(of: reward) ?? 0) + 1 }, category: category, weight: weight,
      annotator: annotator)
  }
}
