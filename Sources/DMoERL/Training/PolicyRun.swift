public import DMoECore
public import DMoEData
import DMoEFoundation
import DMoEModel
public import DMoEPolicy
import DMoETrain
public import Foundation

/// A run that a folder keeps: broken off anywhere, even by a kill, it goes on from its last step, and ends with the same
/// adapter as if nothing had happened.
///
/// ```swift
/// var policy = try LanguageModel(contentsOf: backboneURL)
/// try policy.beginAdapter(LoRAConfiguration(rank: 16, alpha: 32), seed: 1)
/// let brief = RewardClosure("brief") { _, texts in texts.map { -Float($0.count) / 100 } }
/// var run = try PolicyRun(
///   in: URL(fileURLWithPath: "tuned"), policy, RLConfiguration { $0.steps = 50 }, prompts: ["Why is the sky blue?"],
///   reward: brief)
/// while run.stopReason == nil { print(try await run.step(by: brief).reward as Any) }
/// ```
///
/// The folder holds `run.json` (what must agree for a run to go on), `metrics.jsonl` (a line a step), `checkpoint.safetensors`
/// (adapter and optimizer after the last step) and, from the end on, `adapter`; where the policy is evaluated, what it wrote
/// and what judges said of it, before and after.
public struct PolicyRun: Sendable {
  /// Where it is kept.
  public let folder: URL
  /// The trainer, with the policy as it is now.
  public private(set) var trainer: PolicyTrainer
  /// The metrics of all steps so far, those of earlier starts included.
  public private(set) var metrics: [PolicyStepMetrics]
  /// How many steps were taken before this start.
  public let resumedSteps: Int
  private let order: PromptOrder
  let owner: String
  /// The folder's files; of several ranks only the first has them.
  private let files: PolicyRunFiles?

  /// Begins a run, or goes on with the one in the folder.
  ///
  /// - Parameters:
  ///   - folder: The folder; it is made if it is missing.
  ///   - policy: The language model with the adapter that the run begins from.
  ///   - configuration: The settings.
  ///   - prompts: All prompts of the run, of which each step takes some.
  ///   - reward: What will judge: a run goes on with the same reward only, by its `identity`.
  /// - Throws: `RLError.foreignRun` for the folder of another run, `.runInUse`, `.unusableRun`; what
  ///   `PolicyTrainer.init(_:_:)` and `PromptOrder.init(_:seed:)` throw.
  public init(
    in folder: URL, _ policy: LanguageModel, _ configuration: RLConfiguration = RLConfiguration(),
    prompts: [Conversation], reward: some RewardFunction
  ) throws {
    try self.init(in: folder, policy, configuration, prompts: prompts, reward: reward, over: SingleRank())
  }

  /// Begins a run on several ranks, or goes on with the one in the folder, which may be one of any number of ranks.
  ///
  /// Every rank calls this, and whatever follows, at the same time with the same arguments; rank 0 keeps the folder, which others
  /// need not reach. The policy, and what is kept, are byte for byte those of one process with the same
  /// `RLConfiguration.microBatch`. After an error the ranks are not used for another run, but after `RLError.foreignRun`,
  /// which all get.
  ///
  /// - Parameters:
  ///   - folder: The folder; it is made if it is missing.
  ///   - policy: The language model with the adapter that the run begins from.
  ///   - configuration: The settings.
  ///   - prompts: All prompts of the run.
  ///   - reward: What will judge.
  ///   - ranks: The ranks.
  /// - Throws: As the other; `TrainError.ranksDiffer` on every rank where they do not have the same; `CommunicatorError`, also where
  ///   another rank met an error.
  public init(
    in folder: URL, _ policy: LanguageModel, _ configuration: RLConfiguration, prompts: [Conversation],
    reward: some RewardFunction, over ranks: any Communicator
  ) throws {
    self.folder = folder
    trainer = try PolicyTrainer(policy, configuration, over: ranks)
    order = try PromptOrder(prompts, seed: configuration.seed)
    // The last prompt is read as late as the first pass ends: what is wrong with it is said now.
    try policy.check(prompts.map(policy.promptIDs))
    let identity = try PolicyRunIdentity(policy, configuration, prompts: prompts, reward: reward.identity)
    try identity.agree(over: ranks, policy.compute)
    owner = try identity.fingerprint
    let opened = try PolicyRunFiles.open(folder, identity, over: ranks)
    files = opened.files
    metrics = opened.kept.metrics
    if let state = opened.kept.state { try trainer.restore(state, after: metrics) }
    resumedSteps = trainer.steps
  }

  /// The ranks that take the steps together.
  var ranks: any Communicator { trainer.ranks }

  /// Why there is no further step; `nil` while there is one.
  public var stopReason: StopReason? {
    trainer.stopReason ?? (trainer.steps >= trainer.configuration.steps ? .finished : nil)
  }

  /// Where the adapter of a run that ended is, as a PEFT folder.
  public var adapter: URL { folder.appendingPathComponent("adapter", isDirectory: true) }

  /// Takes the next step and keeps it.
  ///
  /// - Throws: What `PolicyTrainer.step(_:by:)` throws; `CoreError.unwritableFile`. The run is then as after the last step.
  @discardableResult
  public mutating func step(by reward: some RewardFunction) async throws -> PolicyStepMetrics {
    let prompts = order.prompts(step: trainer.steps, count: trainer.configuration.promptsPerStep)
    var next = trainer
    let step = try await next.step(prompts, by: reward)
    try files?.keep(step, next.state)
    trainer = next
    metrics.append(step)
    return step
  }

  /// Writes the adapter as it is now; of several ranks the first does.
  ///
  /// - Throws: As `LanguageModel.writeAdapter(to:)`.
  public func writeAdapter() throws {
    if ranks.rank == 0 { try trainer.policy.writeAdapter(to: adapter) }
  }

  /// Whether a folder is one of such a run, also of one that was ended before it said whose it is.
  public static func isOne(_ folder: URL) -> Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    // Hidden ones are those of writers that were killed, and nothing.
    return names.contains(PolicyRunIdentity.fileName) || names.filter { !$0.hasPrefix(".") } == [RunLock.fileName]
  }

  /// Takes a run's files away, so that another can begin in its folder; the folder stays.
  ///
  /// - Throws: `RLError.unusableRun` for what cannot be taken away.
  public static func clear(_ folder: URL) throws {
    let files = [PolicyRunIdentity.fileName, "metrics.jsonl", PolicyRunFiles.checkpointName, "adapter", reportName]
    let kept = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in files + kept.filter({ $0.hasPrefix(Moment.filePrefix) }) {
      let url = folder.appendingPathComponent(name)
      guard FileManager.default.fileExists(atPath: url.path) else { continue }
      do { try FileManager.default.removeItem(at: url) } catch {
        throw RLError.unusableRun(path: url.path, reason: SystemReason.of(error))
      }
    }
  }
}
