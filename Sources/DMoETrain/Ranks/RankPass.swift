import DMoECore
@_spi(Command) import DMoEModel
public import Foundation

/// A pass as the steps of a run take it, forward and backward, with which it is timed how much longer ranks compute beside each other.
/// One rank makes it of the run's folder, and all take it (`RankNetwork.measured(over:taking:)`).
@_spi(Command) public struct RankPass: Sendable, Equatable, Codable {
  private let model: RewardModel.Configuration
  private let memory: TrainingConfiguration.MemorySettings
  private let backbone: String
  private let precision: WeightPrecision
  /// The samples of a pass, and the rows of each.
  private let samples: Int
  private let rows: Int

  /// A pass of the phase whose steps took longest.
  ///
  /// - Throws: `TrainError.unusableRun` for a folder that is none of a run with a finished phase.
  public init(of run: URL) throws {
    let record = try MeasuredRun(run)
    var model = record.model
    let longest = record.plan.names.max { record.phases[$0]?.stepSeconds ?? 0 < record.phases[$1]?.stepSeconds ?? 0 }
    if case .expert = longest { model.base = model.expert }
    (model.taxonomy, model.routing) = (.single, RewardModel.Configuration(taxonomy: .single).routing)
    self.model = model
    memory = record.configuration.memory
    (backbone, precision) = (record.backbone, record.precision)
    let phase = longest.flatMap { record.phases[$0] }
    rows = max(8, Int(phase?.tokensPerSample ?? 0))
    samples = max(1, (phase?.rows(limit: memory.rowsPerPass) ?? 0) / rows)
  }

  /// Reads the backbone, and gives what takes the pass on one thread.
  ///
  /// - Throws: `CoreError` for a backbone that cannot be read; `TrainError.invalidConfiguration` for another than the run's.
  public func work(over url: URL) throws -> () throws -> Void {
    let options = ComputeOptions(threads: 1, precision: precision)
    let model = try RewardModel(configuration: model, backbone: url, seed: 1, options: options)
    guard model.backbone.fingerprint == backbone else {
      throw TrainError.invalidConfiguration(reason: "the run was begun with another backbone")
    }
    let examples = (0..<samples).map { sample in
      // Texts of any words: what matters is how many.
      let ids = (0..<rows).map {
        Int32(truncatingIfNeeded: (sample * rows + $0) * 7919 % model.backbone.configuration.vocabularySize)
      }
      let (prompt, own) = (ids.prefix(rows / 3), ids.dropFirst(rows / 3))
      let responses = [own.prefix(own.count / 2), own.dropFirst(own.count / 2)].map { Array($0) }
      return RankedExample(
        EncodedResponses(prompt: Array(prompt), responses: responses), opening: UInt64(sample),
        ranking: RankedPairs(
          [.init(chosen: 0, rejected: 1, probability: 1, offset: 0)], responseCount: 2, margin: 0, weight: 1))
    }
    var configuration = TrainingConfiguration()
    configuration.memory = memory
    let task = RankingTask(
      name: "pass", expert: model.inner[0].base, reader: model.reader, data: PhaseData(training: examples),
      configuration: configuration, cache: TrunkCache(limit: 0))
    let pass = GradientPass(samples: Array(examples.indices), totalWeight: Double(samples), dropoutSeed: 1)
    return { _ = try task.gradients(pass) }
  }
}
