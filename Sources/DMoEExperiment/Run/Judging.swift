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
  /// The ranks that judge together; the first keeps what they say.
  let ranks: any Communicator
  /// The text of the bundle's manifest, which tells judges apart.
  private let manifest: String
  private var model: RewardModel?

  /// What a file of its rewards holds.
  private struct Kept: Codable {
    /// A hash of the judge and of the texts.
    var identity: String
    /// One a sample; null for one that is longer than the judge reads.
    var judgments: [Judgment?]
  }

  /// Samples, and their responses, between two events.
  private static let (samplesAtATime, responsesAtATime) = (16, 512)

  /// - Throws: `ExperimentError.invalidJudge` if there is no bundle.
  init(
    _ judge: GoldJudge, folder: URL, options: ComputeOptions, checks: StartChecks = .remembered,
    over ranks: any Communicator = SingleRank()
  ) throws {
    self.ranks = ranks
    self.judge = judge
    self.folder = folder.appendingPathComponent(Self.name, isDirectory: true)
    self.options = options
    self.checks = checks
    guard !judge.parts.isEmpty else { throw ExperimentError.invalidJudge(reason: "it has nothing to judge") }
    let file = judge.bundle.appendingPathComponent("dmoerm.json")
    guard let content = FileManager.default.contents(atPath: file.path) else {
      throw ExperimentError.invalidJudge(reason: "\(judge.bundle.path) is no bundle: it has no dmoerm.json")
    }
    manifest = String(decoding: content, as: UTF8.self)
  }

  /// Whether all that is in an experiment's folder is what its judge has said: it was stopped before members had something to train on.
  static func isAllOf(_ folder: URL) -> Bool {
    func names(_ folder: URL) -> [String] {
      // Hidden ones are those of writers that were killed, and nothing.
      (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.filter { !$0.hasPrefix(".") } ?? []
    }
    return names(folder) == [name] && names(folder.appendingPathComponent(name)).allSatisfy { $0.hasPrefix(prefix) }
  }

  private static let (name, prefix) = ("judge", "rewards-")

  /// The data with the judge's word in the place of what it judges; samples that are longer than it reads are left out.
  ///
  /// - Throws: `ExperimentError.invalidJudge` for a model that cannot be read or has not what it is asked for, and for a set
  ///   of which it can read nothing; what scoring and `onEvent` throw.
  mutating func judged(_ data: ExperimentData, _ onEvent: ExperimentRun.Observer) throws -> ExperimentData {
    var result = data
    let (orders, labels) = (judge.parts.contains(.training), judge.parts.contains(.capabilities))
    if orders || labels {
      result.training = try judged(data.training, "training", orders: orders, onEvent)
      if labels {
        let hasLabels = result.training.contains { $0.capability != nil }
        guard hasLabels || !judge.needsLabels else {
          throw ExperimentError.invalidJudge(
            reason: "it has no capability experts, and is to label training data by them")
        }
        // Without labels the categories are the judge's all the same.
        if hasLabels || result.training.contains(where: { $0.category != nil }) {
          result.taxonomy = try Taxonomy.inferred(from: result.training)
        }
      }
    }
    if judge.parts.contains(.validation) {
      result.validation = try judged(data.validation, "\(SetID.validation)", onEvent)
    }
    if judge.parts.contains(.tests) {
      for index in data.tests.indices {
        // A test set may be called "training".
        let name = data.tests[index].name
        result.tests[index].samples = try judged(data.tests[index].samples, name, file: "test-\(name)", onEvent)
      }
    }
    if judge.parts.contains(.bestOfN), !data.bestOfN.isEmpty {
      let samples = try data.bestOfN.enumerated().map { try $1.ranked(id: $0) }
      let judgments = try judgments(of: samples, "\(SetID.bestOfN)", file: "\(SetID.bestOfN)", onEvent)
      result.bestOfN = try zip(data.bestOfN, judgments).compactMap { prompt, judgment in
        try judgment.map {
          try BestOfNPrompt(
            conversation: prompt.conversation, responses: prompt.responses, gold: $0.rewards.map(Double.init))
        }
      }
    }
    model = nil
    return result
  }

  /// Overall preferences in the judge's order. Capability labels of training data are the judge's, if it is to give them;
  /// others stay as they are.
  private mutating func judged(
    _ samples: [RankedResponses], _ name: String, file: String? = nil, orders: Bool = true,
    _ onEvent: ExperimentRun.Observer
  ) throws -> [RankedResponses] {
    let asked = samples.filter { $0.capability == nil }
    guard !asked.isEmpty else { return samples }
    let judgments = try judgments(of: asked, name, file: file ?? name, onEvent)
    let annotator = judge.bundle.lastPathComponent
    let labels = judge.parts.contains(.capabilities)
    let isTraining = file == nil && name == "training"
    var next = 0
    return try samples.flatMap { sample -> [RankedResponses] in
      guard sample.capability == nil else { return labels && isTraining ? [] : [sample] }
      defer { next += 1 }
      guard let judgment = judgments[next] else { return [] }
      let all = try sample.judged(judgment, annotator: annotator, orders: orders, labels: labels)
      return isTraining ? all : Array(all.prefix(1))
    }
  }

  /// What the judge says, kept or computed; `nil` for a sample that is longer than it reads.
  private mutating func judgments(
    of samples: [RankedResponses], _ name: String, file: String, _ onEvent: ExperimentRun.Observer
  ) throws -> [Judgment?] {
    let url = folder.appendingPathComponent("\(Self.prefix)\(file).json")
    let identity = identity(of: samples)
    if let kept = try ranks.fromFirst({ kept(at: url, identity, count: samples.count) }) { return kept }
    let parts = KeptParts<Judgment?>(folder: folder, name: Self.prefix + file, identity: identity)
    let ranges = samples.parts(samples: Self.samplesAtATime, responses: Self.responsesAtATime)
    var known = try ranks.fromFirst { ranges.enumerated().map { parts.part($0, count: $1.count) } }
    let open = known.indices.filter { known[$0] == nil }
    // A part each at a time, so that little is lost by who is stopped.
    for first in stride(from: 0, to: open.count, by: ranks.size) {
      let numbers = open[first..<min(open.count, first + ranks.size)]
      let round = try ranks.sharing(numbers.count, as: [Judgment?].self) { place in
        let range = ranges[numbers[numbers.startIndex + place]]
        let model = try loaded(onEvent)
        try onEvent(.judging(set: name, done: range.lowerBound, total: samples.count))
        return try model.breakdowns(of: Array(samples[range]), category: .routed).map { $0.map(Judgment.init) }
      }
      for (number, part) in zip(numbers, round) {
        if ranges.count > 1, ranks.rank == 0 { try parts.keep(part, as: number) }
        known[number] = part
      }
    }
    let judgments = known.flatMap { $0 ?? [] }
    let tooLong = judgments.count { $0 == nil }
    guard tooLong < samples.count else {
      throw ExperimentError.invalidJudge(
        reason: "every sample of \(name) is longer than the "
          + "\(try loaded(onEvent).configuration.maximumTokens) tokens that it reads")
    }
    if ranks.rank == 0 {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try AtomicFile<CoreError>.write(
        try JSONEncoder.canonical.encode(Kept(identity: identity, judgments: judgments)), to: url)
      try parts.removeAll()
    }
    try onEvent(.judged(set: name, samples: samples.count, tooLong: tooLong))
    return judgments
  }

  /// What is kept as a whole; `nil` where nothing is.
  private func kept(at url: URL, _ identity: String, count: Int) -> [Judgment?]? {
    guard let content = FileManager.default.contents(atPath: url.path),
      let kept = try? JSONDecoder().decode(Kept.self, from: content), kept.identity == identity,
      kept.judgments.count == count
    else { return nil }
    return kept.judgments
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
