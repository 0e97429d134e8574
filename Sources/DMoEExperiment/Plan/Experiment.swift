public import DMoECore
import DMoEData
public import DMoEModel
import DMoETrain
public import Foundation

/// A comparison of several kinds of reward model, trained on the same pairs over the same backbone and measured on the
/// same test sets.
///
/// ```swift
/// let experiment = try Experiment(
///   contenders: [
///     ExperimentContender(id: "single", structure: .single, seeds: [1, 2]),
///     ExperimentContender(id: "dmoerm", structure: .mixture, seeds: [1, 2]),
///   ],
///   folder: folder)
/// let data = ExperimentData(
///   training: samples, validation: validation, tests: [.init(name: "test", samples: heldOut)], taxonomy: .paper)
/// let result = try experiment.run(data, backbone: backboneURL)
/// print(ExperimentReport(result: result, title: "Two kinds of model").markdown())
/// ```
///
/// Everything is kept in a folder: every member's run and bundle, every member's rewards on every set. A run that was
/// stopped goes on, and one with more contenders trains and scores only those. The frozen trunk runs once for all
/// members that adapt the same layers, and members may train side by side.
public struct Experiment: Sendable {
  /// The kinds of reward model that are compared.
  public let contenders: [ExperimentContender]
  /// The folder that keeps runs, bundles and rewards.
  public let folder: URL
  /// The reward model that judges in the place of people; `nil` takes the data at its word.
  public var judge: GoldJudge?
  /// Bytes of trunk outputs kept in memory, for training and again for scoring.
  public var trunkCacheBytes: Int
  /// A file that trunk outputs are kept in as well: what memory has no room for is read from it, also by later experiments and
  /// runs over the same backbone. `nil` computes that again.
  public var trunkFile: URL?
  /// Bytes that this file may take.
  public var trunkFileBytes = 32 << 30
  /// The number of members that train at a time, each on its share of the threads. Training has many short steps, so
  /// that two members on a thread each are done sooner than one after the other on two; each needs memory of its own.
  public var membersAtOnce: Int
  /// What counts of what earlier starts found out about the files of backbone and judge.
  public var checks = StartChecks.remembered

  /// - Throws: `ExperimentError.invalidPlan` for a contender that is there twice or has no seed, `.invalidContender` for settings it
  ///   cannot have.
  public init(
    contenders: [ExperimentContender], folder: URL, judge: GoldJudge? = nil, trunkCacheBytes: Int = 4 << 30,
    membersAtOnce: Int = 1
  ) throws {
    try Self.check(contenders)
    guard (1...Self.mostMembersAtOnce).contains(membersAtOnce) else {
      throw ExperimentError.invalidPlan(
        reason: "\(membersAtOnce) members are to train at a time; from 1 to \(Self.mostMembersAtOnce) may")
    }
    guard trunkCacheBytes >= 0 else {
      throw ExperimentError.invalidPlan(reason: "trunkCacheBytes is \(trunkCacheBytes), and has to be 0 or more")
    }
    self.contenders = contenders
    self.folder = folder
    self.judge = judge
    self.trunkCacheBytes = trunkCacheBytes
    self.membersAtOnce = membersAtOnce
  }

  /// Trains what is not trained, scores what is not scored, and reads the results.
  ///
  /// - Parameters:
  ///   - data: The samples to train on, to choose on and to measure with.
  ///   - backbone: The GGUF file or Hugging Face folder of the language model.
  ///   - options: The backend, threads and precision to compute with.
  ///   - onEvent: Called on the calling thread. What it throws stops the run, which can go on later.
  /// - Throws: `ExperimentError`; `TrainError.runInUse` for a folder in which another process works; what training and scoring throw.
  public func run(
    _ data: ExperimentData, backbone: URL, options: ComputeOptions = ComputeOptions(),
    onEvent: (ExperimentEvent) throws -> Void = { _ in }
  ) throws -> ExperimentResult {
    let judged = try checked(data, options, onEvent)
    let store = try ExperimentStore(folder, data: judged)
    let lock = try store.lock()
    defer { withExtendedLifetime(lock) {} }
    // What ranks have kept goes on here.
    for planned in plannedMembers { try store.settle(planned.id) }
    return try run(judged, in: store, over: read(backbone, options, onEvent), options).result(onEvent)
  }

  /// The data as the judge has it.
  ///
  /// - Throws: `ExperimentError.invalidPlan` for data that no experiment can be made of; what judging throws.
  func checked(
    _ data: ExperimentData, _ options: ComputeOptions, over ranks: any Communicator = SingleRank(),
    _ onEvent: ExperimentRun.Observer
  ) throws -> ExperimentData {
    guard !data.training.isEmpty, !data.validation.isEmpty else {
      throw ExperimentError.invalidPlan(reason: "there are no training or no validation samples")
    }
    try Self.check(data.sets().map(\.id))
    return try judged(data, options, over: ranks, onEvent)
  }

  /// Whether a folder is one of an experiment, begun or done: the same experiment goes on in it.
  public static func isOne(_ folder: URL) -> Bool { ExperimentStore.isOne(folder) }

  /// The run on data that is checked and judged, over a backbone that is read.
  func run(
    _ data: ExperimentData, in store: ExperimentStore, over backbone: Backbone, _ options: ComputeOptions
  ) throws -> ExperimentRun {
    ExperimentRun(
      experiment: self, data: data, sets: try data.sets(), store: store, backbone: backbone, options: options,
      trunk: TrunkCache(
        limit: trunkCacheBytes, file: try trunkFile.map { try TrunkFile($0, limit: trunkFileBytes) }))
  }

  /// The data as the judge has it, if there is one.
  private func judged(
    _ data: ExperimentData, _ options: ComputeOptions, over ranks: any Communicator,
    _ onEvent: ExperimentRun.Observer
  ) throws -> ExperimentData {
    guard let judge else { return data }
    var judging = try Judging(judge, folder: folder, options: options, checks: checks, over: ranks)
    return try judging.judged(data, onEvent)
  }

  func read(
    _ backbone: URL, _ options: ComputeOptions, _ onEvent: ExperimentRun.Observer
  ) throws -> Backbone {
    try Backbone(contentsOf: backbone, options: options, checks: checks) {
      try onEvent(.readingBackbone(done: $0, total: $1))
    }
  }

  /// Each trains on a thread of its own.
  private static let mostMembersAtOnce = 1024
  private static let mostAnnotators = 1000

  private static func check(_ contenders: [ExperimentContender]) throws {
    guard !contenders.isEmpty else { throw ExperimentError.invalidPlan(reason: "there is no contender") }
    try checkDistinct(contenders.map(\.id), "contenders")
    for contender in contenders {
      guard !contender.isTrained || !contender.seeds.isEmpty, Set(contender.seeds).count == contender.seeds.count else {
        throw ExperimentError.invalidPlan(reason: "\(contender.id) needs seeds, each once")
      }
      guard contender.bundle == nil || contender.seeds.count == 1 && contender.noise == nil else {
        throw ExperimentError.invalidPlan(reason: "\(contender.id) is a finished bundle: it has one seed and no noise")
      }
      if let noise = contender.noise {
        // Read from a file, it may hold what its initializer does not take.
        guard (0...1).contains(noise.share), (1...Self.mostAnnotators).contains(noise.annotators) else {
          throw ExperimentError.invalidContender(
            contender.id,
            reason: "its noise is \(noise.share) by \(noise.annotators) annotators; it is from 0 to 1, by 1 to "
              + "\(Self.mostAnnotators)")
        }
      }
      do { try contender.training.validate() } catch {
        throw ExperimentError.invalidContender(contender.id, reason: "\(error)")
      }
    }
  }

  /// Sets are files of rewards in a member's folder, each called by its name.
  private static func check(_ sets: [SetID]) throws {
    for set in sets {
      guard ContenderID.isName(set.description) else {
        throw ExperimentError.invalidPlan(reason: "a set's name is made of letters, digits, - and _")
      }
    }
    // By name: a test set that is called "validation" would share its rewards.
    try checkDistinct(sets.map(\.description), "sets")
  }

  /// Two of one name would share their rewards.
  private static func checkDistinct(_ ids: [some Hashable & CustomStringConvertible], _ kind: String) throws {
    var seen = Set<AnyHashable>()
    for id in ids {
      guard seen.insert(id).inserted else { throw ExperimentError.invalidPlan(reason: "there are two \(kind) \(id)") }
    }
  }
}
