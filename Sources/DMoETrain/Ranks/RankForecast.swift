import DMoEModel
public import Foundation

/// How long a run would take on several ranks, by how long each of its phases took when it was trained.
///
/// ```swift
/// for forecast in try RankForecast.of(run: runFolder, ranks: [1, 2, 4, 8]) { print(forecast.ranks, forecast.seconds) }
/// ```
public struct RankForecast: Sendable, Equatable {
  /// How many ranks there would be.
  public let ranks: Int
  /// The seconds from the first phase to the end of the last.
  public let seconds: Double
  /// The seconds of all phases: what one rank takes.
  public let work: Double
  /// The bytes of results that go from one machine to another if each rank is one.
  public let bytes: Int

  /// How many times as fast as one rank.
  public var speedup: Double { seconds > 0 ? work / seconds : 1 }
  /// The share of the ranks' time in which they train; the rest they wait for phases to end that others need.
  public var efficiency: Double { speedup / Double(ranks) }
}

extension RankForecast {
  /// Forecasts from the folder of a run, which may have been of any number of ranks.
  ///
  /// Phases are given out as a run of several ranks does, each for the seconds that it took; phases that are not in the folder
  /// take no time. Reading the backbone and the data, which every rank does, is no part of it.
  ///
  /// - Parameters:
  ///   - run: The run folder.
  ///   - ranks: The numbers of ranks; each at least 1.
  /// - Throws: `TrainError.unusableRun` for a folder that is none of a run with a finished phase.
  public static func of(run: URL, ranks: [Int]) throws -> [RankForecast] {
    let record = try MeasuredRun(run)
    return ranks.map { RankSimulation(record, ranks: $0).forecast }
  }
}

/// What the phases of a run took.
struct MeasuredRun {
  let plan: PhasePlan
  /// By phase; those that are not finished are not there.
  private(set) var seconds: [TrainingPhase: Double] = [:]
  /// The size of each result.
  private(set) var bytes: [TrainingPhase: Int] = [:]

  /// - Throws: `TrainError.unusableRun`.
  init(_ folder: URL) throws {
    func unusable(_ reason: String) -> TrainError { .unusableRun(path: folder.path, reason: reason) }
    guard let data = FileManager.default.contents(atPath: folder.appendingPathComponent("run.json").path),
      let identity = try? JSONDecoder().decode(RunIdentity.self, from: data),
      let configuration = try? JSONDecoder().decode(
        TrainingConfiguration.self, from: Data(identity.configuration.utf8)),
      let model = try? JSONDecoder().decode(RewardModel.Configuration.self, from: Data(identity.model.utf8))
    else { throw unusable("run.json is not there, or not what it should be") }
    let whole = PhasePlan(model.taxonomy, configuration)
    for phase in whole.names {
      let files = try RunFolder.files(of: phase, in: folder)
      guard let finished = try RunFolder.finished(phase, in: folder) else { continue }
      seconds[phase] = finished.summary.seconds
      bytes[phase] = files.values.reduce(0) { $0 + $1.count }
    }
    guard !seconds.isEmpty else { throw unusable("no phase is finished") }
    let hasBases = seconds.keys.contains { if case .base = $0 { true } else { false } }
    plan = PhasePlan(model.taxonomy, configuration, keepsBases: !hasBases)
  }
}

/// A run on ranks that take as long for a phase as was measured.
struct RankSimulation {
  private(set) var forecast: RankForecast

  init(_ run: MeasuredRun, ranks: Int) {
    precondition(ranks >= 1, "there is at least one rank")
    var list = WorkList(run.plan.names, needs: { run.plan.needs(of: $0) }, costs: { run.seconds[$0] ?? 0 })
    var now = 0.0
    var bytes = 0
    var idle = Array(0..<ranks)
    var known = [Set<TrainingPhase>](repeating: [], count: ranks)
    var underWay: [(end: Double, rank: Int, phase: TrainingPhase)] = []
    while !list.isOver {
      while let rank = idle.first, let phase = list.take() {
        idle.removeFirst()
        let news = run.plan.needs(of: phase).filter { known[rank].insert($0).inserted }
        // The first rank has every result.
        if rank != 0 { bytes += news.reduce(run.bytes[phase] ?? 0) { $0 + (run.bytes[$1] ?? 0) } }
        underWay.append((now + (run.seconds[phase] ?? 0), rank, phase))
      }
      guard let next = underWay.indices.min(by: { (underWay[$0].end, $0) < (underWay[$1].end, $1) }) else { break }
      let ended = underWay.remove(at: next)
      now = ended.end
      known[ended.rank].insert(ended.phase)
      list.end(ended.phase)
      idle.append(ended.rank)
    }
    forecast = RankForecast(
      ranks: ranks, seconds: now, work: run.seconds.values.reduce(0, +), bytes: bytes)
  }
}
