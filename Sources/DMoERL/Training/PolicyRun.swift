import DMoECore
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
  public private(set) var metrics: [StepMetrics]
  /// How many steps were taken before this start.
  public let resumedSteps: Int
  private let order: PromptOrder
  let owner: String
  private let lock: RunLock

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
    self.folder = folder
    trainer = try PolicyTrainer(policy, configuration)
    order = try PromptOrder(prompts, seed: configuration.seed)
    // The last prompt is read as late as the first pass ends: what is wrong with it is said now.
    try policy.check(prompts.map(policy.promptIDs))
    let identity = try PolicyRunIdentity(policy, configuration, prompts: prompts, reward: reward.identity)
    do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) } catch {
      throw RLError.unusableRun(path: folder.path, reason: "it cannot be made: \(SystemReason.of(error))")
    }
    lock = try RunLock(folder)
    try identity.claim(folder)
    owner = try identity.fingerprint
    let kept = try Self.checkpoint(folder, owner).read()
    metrics = try Self.metrics(folder, length: kept?.progress.metricsBytes ?? 0)
    if let kept {
      guard metrics.count == kept.step else {
        throw RLError.unusableRun(path: folder.path, reason: "its metrics are not those of \(kept.step) steps")
      }
      try trainer.restore(kept, after: metrics)
    }
    resumedSteps = trainer.steps
  }

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
  public mutating func step(by reward: some RewardFunction) async throws -> StepMetrics {
    let prompts = order.prompts(step: trainer.steps, count: trainer.configuration.promptsPerStep)
    var next = trainer
    let step = try await next.step(prompts, by: reward)
    let file = Self.metricsURL(folder)
    let line = try JSONEncoder.line.encode(step) + Data("\n".utf8)
    let bytes: Int
    do {
      if !FileManager.default.fileExists(atPath: file.path) { try Data().write(to: file) }
      let handle = try FileHandle(forWritingTo: file)
      defer { try? handle.close() }
      try handle.seekToEnd()
      try handle.write(contentsOf: line)
      bytes = Int(try handle.offset())
    } catch { throw CoreError.unwritableFile(path: file.path, reason: SystemReason.of(error)) }
    // A kill before the checkpoint is in its place leaves a line of metrics too many, which the next start cuts off.
    try CheckpointFile(url: Self.checkpointURL(folder), owner: owner) { bytes }.write(next.state)
    trainer = next
    metrics.append(step)
    return step
  }

  /// Writes the adapter as it is now.
  ///
  /// - Throws: As `LanguageModel.writeAdapter(to:)`.
  public func writeAdapter() throws { try trainer.policy.writeAdapter(to: adapter) }

  /// Whether a folder is one of such a run.
  public static func isOne(_ folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent(PolicyRunIdentity.fileName).path)
  }

  /// Takes a run's files away, so that another can begin in its folder; the folder stays.
  ///
  /// - Throws: `RLError.unusableRun` for what cannot be taken away.
  public static func clear(_ folder: URL) throws {
    let files = [PolicyRunIdentity.fileName, "metrics.jsonl", "checkpoint.safetensors", "adapter", reportName]
    for name in files + Moment.allCases.map(\.fileName) {
      let url = folder.appendingPathComponent(name)
      guard FileManager.default.fileExists(atPath: url.path) else { continue }
      do { try FileManager.default.removeItem(at: url) } catch {
        throw RLError.unusableRun(path: url.path, reason: SystemReason.of(error))
      }
    }
  }

  private static func metricsURL(_ folder: URL) -> URL { folder.appendingPathComponent("metrics.jsonl") }
  private static func checkpointURL(_ folder: URL) -> URL { folder.appendingPathComponent("checkpoint.safetensors") }

  private static func checkpoint(_ folder: URL, _ owner: String) -> CheckpointFile {
    CheckpointFile(url: checkpointURL(folder), owner: owner)
  }

  /// The lines of the first bytes; what follows is cut off.
  private static func metrics(_ folder: URL, length: Int) throws -> [StepMetrics] {
    let url = metricsURL(folder)
    func unusable(_ reason: String) -> RLError { .unusableRun(path: url.path, reason: reason) }
    guard FileManager.default.fileExists(atPath: url.path) else {
      guard length == 0 else { throw unusable("it is missing") }
      return []
    }
    do {
      let handle = try FileHandle(forUpdating: url)
      defer { try? handle.close() }
      let data = try handle.readToEnd() ?? Data()
      guard data.count >= length else { throw unusable("it is shorter than when the last step was kept") }
      let lines = try data.prefix(length).split(separator: UInt8(ascii: "\n")).map {
        try JSONDecoder().decode(StepMetrics.self, from: $0)
      }
      try handle.truncate(atOffset: UInt64(length))
      return lines
    } catch let error as RLError { throw error } catch let error as DecodingError {
      throw unusable("a line is none of a step: \(error)")
    } catch { throw unusable(SystemReason.of(error)) }
  }
}

/// What must agree for a run to go on.
struct PolicyRunIdentity: Codable, Equatable {
  static let fileName = "run.json"

  var configuration: RLConfiguration
  var backbone: String
  var precision: String
  /// A hash of all prompts in their order.
  var prompts: String
  /// A hash of the adapter that the run began from.
  var start: String
  var reward: String

  init(_ policy: LanguageModel, _ configuration: RLConfiguration, prompts: [Conversation], reward: String) throws {
    var all = SeededHash()
    for prompt in prompts { all.combine(String(decoding: try JSONEncoder.canonical.encode(prompt), as: UTF8.self)) }
    var start = SeededHash()
    for (path, value) in policy.adapter?.parameterValues() ?? [] {
      start.combine(path)
      value.withElements { for element in $0 { start.combine(UInt64(element.bitPattern)) } }
    }
    self.configuration = configuration
    backbone = policy.backbone.fingerprint
    precision = policy.compute.precision.rawValue
    self.prompts = String(all.value, radix: 16)
    self.start = String(start.value, radix: 16)
    self.reward = reward
  }

  var fingerprint: String {
    get throws {
      var hash = SeededHash()
      hash.combine(String(decoding: try JSONEncoder.canonical.encode(self), as: UTF8.self))
      return "policy-" + String(hash.value, radix: 16)
    }
  }

  /// Makes a folder this run's own.
  ///
  /// - Throws: `RLError.foreignRun`, `.unusableRun`; `CoreError.unwritableFile`.
  func claim(_ folder: URL) throws {
    let file = folder.appendingPathComponent(Self.fileName)
    guard FileManager.default.fileExists(atPath: file.path) else {
      return try AtomicFile<CoreError>.write(try JSONEncoder.indented.encode(self), to: file)
    }
    guard let data = try? Data(contentsOf: file), let found = try? JSONDecoder().decode(Self.self, from: data) else {
      throw RLError.unusableRun(path: file.path, reason: "it is not what it should be")
    }
    if let difference = difference(from: found) {
      throw RLError.foreignRun(path: folder.path, reason: "it was begun with another \(difference)")
    }
  }

  private func difference(from other: Self) -> String? {
    if configuration != other.configuration { return "configuration" }
    let texts: [(String, KeyPath<Self, String>)] = [
      ("backbone", \.backbone), ("precision", \.precision), ("set of prompts", \.prompts), ("adapter", \.start),
      ("reward", \.reward),
    ]
    return texts.first { self[keyPath: $0.1] != other[keyPath: $0.1] }?.0
  }
}

/// The lock of a run's folder, held as long as one of the values that share it.
private final class RunLock: Sendable {
  private let handle: FileHandle

  init(_ folder: URL) throws {
    let url = folder.appendingPathComponent("lock")
    let descriptor = Foundation.open(url.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw RLError.unusableRun(path: url.path, reason: SystemReason.last) }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    switch FileLock(of: descriptor) {
    case .acquired: break
    case .heldElsewhere: throw RLError.runInUse(path: folder.path)
    case .unavailable(let reason):
      throw RLError.unusableRun(path: folder.path, reason: "it cannot be locked: \(reason)")
    }
  }
}
