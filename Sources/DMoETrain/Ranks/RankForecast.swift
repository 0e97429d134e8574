import DMoECore
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
  /// The bytes that go from one machine to another if each rank is one: results, and the sums of steps that are shared out.
  public let bytes: Int
  /// What the rank that needs most holds in memory; `nil` where the backbone is not known.
  public let memory: RankMemory?

  /// How many times as fast as one rank.
  public var speedup: Double { seconds > 0 ? work / seconds : 1 }
  /// The share of the ranks' time in which they do what one rank would; the rest they wait for each other.
  public var efficiency: Double { speedup / Double(ranks) }
}

extension RankForecast {
  /// Forecasts from the folder of a run, of one process or of ranks that shared out no steps.
  ///
  /// Phases are given out as a run of several ranks does, each for the seconds that it took; phases that are not in the folder
  /// take no time. Ranks that are left help where texts are only read, and, where the run has a `TrainingConfiguration.microBatch`, in
  /// steps: phases take less time by what of them can be shared out. Reading the backbone and the data, which every rank does, is no part of it.
  ///
  /// - Parameters:
  ///   - run: The run folder.
  ///   - ranks: The numbers of ranks; each at least 1.
  ///   - network: What lies between ranks.
  /// - Throws: `TrainError.unusableRun` for a folder that is none of a run with a finished phase.
  public static func of(run: URL, ranks: [Int], network: RankNetwork = RankNetwork()) throws -> [RankForecast] {
    let record = try MeasuredRun(run)
    return ranks.map { RankSimulation(record, ranks: $0, network).forecast }
  }
}

/// How fast ranks reach each other, and what those of one machine cost each other.
///
/// ```swift
/// let ethernet = RankNetwork(latency: 0.0005, bytesPerSecond: 125e6)
/// ```
public struct RankNetwork: Sendable, Equatable {
  /// The seconds from one rank to another and to its notice.
  public var latency: Double
  /// What a rank sends in a second.
  public var bytesPerSecond: Double
  /// How many times as long ranks compute beside each other, until the last has its share; 1 where cores share nothing.
  public var crowding: Double

  /// A network; the defaults are those of ranks on one machine, which look for messages a thousand times a second, and whose cores
  /// share nothing.
  public init(latency: Double = 0.001, bytesPerSecond: Double = 1e9, crowding: Double = 1) {
    self.latency = latency
    self.bytesPerSecond = bytesPerSecond
    self.crowding = crowding
  }
}

/// What sharing out the steps of one phase would gain.
public struct PhaseForecast: Sendable, Equatable {
  /// The phase.
  public let phase: TrainingPhase
  /// What it takes on one rank.
  public let seconds: Double
  /// The number of ranks after which more of them gain less than a hundredth; 1 where its steps are not shared out.
  public let ranks: Int
  /// What it takes on so many.
  public let sharedSeconds: Double
  /// The bytes that a rank sends for a step then, on the mean.
  public let bytesPerStep: Int

  /// Forecasts each phase of a run alone.
  ///
  /// - Parameters:
  ///   - run: The run folder.
  ///   - limit: The most ranks that are looked at.
  ///   - network: What lies between ranks.
  /// - Throws: `TrainError.unusableRun` for a folder that is none of a run with a finished phase.
  public static func of(
    run: URL, upTo limit: Int, network: RankNetwork = RankNetwork()
  ) throws -> [PhaseForecast] {
    let record = try MeasuredRun(run)
    return record.plan.names.compactMap { phase in
      guard let alone = record.phases[phase] else { return nil }
      let seconds = (1...max(1, min(limit, record.limit(of: phase)))).map { alone.seconds(on: $0, network) }
      let least = seconds.min() ?? 0
      let place = seconds.firstIndex { $0 <= least * 1.01 } ?? 0
      return PhaseForecast(
        phase: phase, seconds: seconds[0], ranks: place + 1, sharedSeconds: seconds[place],
        bytesPerStep: Int(alone.bytesPerStep(on: place + 1)))
    }
  }
}

/// What the phases of a run took.
struct MeasuredRun {
  /// One that is finished.
  struct Phase {
    /// All of it, on one rank.
    var seconds: Double
    /// Of that, what gradient steps took.
    var stepSeconds = 0.0
    var steps = 0
    /// Samples that it trains on, and of those a step.
    var samples = 0
    var batch = 1
    /// What its steps have read.
    var tokens = 0
    /// Floats that steps change.
    var parameters = 0
    /// Micro-batches of a step; 1 where it is not shared out.
    var leaves = 1
    /// The most ranks that have something to do.
    var limit = 1
    /// Texts that are read or measured outside of steps, and how many of them one rank takes at a time.
    var readings: [(texts: Int, part: Int)] = []
    /// The size of its result.
    var bytes = 0

    /// Steps take as long as the largest share of their micro-batches, and their sums three rounds; what is only read or validated as
    /// long as the largest share of its parts.
    ///
    /// - Parameters:
    ///   - ranks: The ranks that the steps are shared out to.
    ///   - network: What lies between them.
    ///   - busy: How many ranks compute meanwhile, these among them; `nil` for these alone.
    func seconds(on ranks: Int, _ network: RankNetwork, beside busy: Int? = nil) -> Double {
      let crowding = (busy ?? ranks) > 1 ? network.crowding : 1
      guard ranks > 1, limit > 1 else { return crowding * seconds }
      let largest = Double(LeafShares(count: leaves, ranks: ranks).largest) / Double(leaves)
      let rounds = 3 * network.latency * Double(max(1, Int.bitWidth - (ranks - 1).leadingZeroBitCount))
      let sums = Double(steps) * (rounds + bytesPerStep(on: ranks) / network.bytesPerSecond)
      return crowding * (stepSeconds * largest + (seconds - stepSeconds) * readingShare(ranks)) + sums
    }

    /// The part of what is read outside of steps that the rank with most of it reads.
    private func readingShare(_ ranks: Int) -> Double {
      let all = readings.reduce(0) { $0 + $1.texts }
      guard all > 0 else { return 1 / Double(ranks) }
      let most = readings.reduce(0) { sum, reading in
        let parts = (reading.texts + reading.part - 1) / reading.part
        return sum + min(reading.texts, (parts + ranks - 1) / ranks * reading.part)
      }
      return Double(most) / Double(all)
    }

    /// What a rank sends.
    func bytesPerStep(on ranks: Int) -> Double {
      guard ranks > 1, leaves > 1, steps > 0 else { return 0 }
      return LeafShares(count: leaves, ranks: ranks).traffic * 4 * Double(parameters)
    }
  }

  let plan: PhasePlan
  let configuration: TrainingConfiguration
  let model: RewardModel.Configuration
  /// The fingerprint of the backbone.
  let backbone: String
  let precision: WeightPrecision
  private(set) var phases: [TrainingPhase: Phase] = [:]

  /// - Throws: `TrainError.unusableRun`.
  init(_ folder: URL) throws {
    func unusable(_ reason: String) -> TrainError { .unusableRun(path: folder.path, reason: reason) }
    guard let data = FileManager.default.contents(atPath: folder.appendingPathComponent("run.json").path),
      let identity = try? JSONDecoder().decode(RunIdentity.self, from: data),
      let configuration = try? JSONDecoder().decode(
        TrainingConfiguration.self, from: Data(identity.configuration.utf8)),
      let model = try? JSONDecoder().decode(RewardModel.Configuration.self, from: Data(identity.model.utf8))
    else { throw unusable("run.json is not there, or not what it should be") }
    self.configuration = configuration
    self.model = model
    backbone = identity.backbone
    precision = WeightPrecision(rawValue: identity.precision) ?? .float32
    let whole = PhasePlan(model.taxonomy, configuration)
    for phase in whole.names {
      let files = try RunFolder.files(of: phase, in: folder)
      guard let finished = try RunFolder.finished(phase, in: folder) else { continue }
      let samples = finished.summary.trainingSamples
      let leaves = configuration.leaves(ofStepIn: phase, samples: samples)
      phases[phase] = Phase(
        seconds: finished.summary.seconds, steps: finished.summary.steps, samples: samples,
        batch: configuration.steps(of: phase).batchSize(samples: samples), tokens: finished.summary.tokens,
        leaves: leaves, limit: configuration.onlyReads(phase, of: model) ? max(1, samples) : leaves,
        readings: [(texts: samples, part: 1)], bytes: files.values.reduce(0) { $0 + $1.count })
    }
    guard !phases.isEmpty else { throw unusable("no phase is finished") }
    let hasBases = phases.keys.contains { if case .base = $0 { true } else { false } }
    plan = PhasePlan(model.taxonomy, configuration, keepsBases: !hasBases)
    readSteps(FileManager.default.contents(atPath: folder.appendingPathComponent("metrics.jsonl").path) ?? Data())
  }

  /// What the metrics tell beside: a run folder without them is one whose phases are not shared out.
  private mutating func readSteps(_ metrics: Data) {
    var tokens: [TrainingPhase: Double] = [:]
    var paces: [TrainingPhase: [Double]] = [:]
    var validationSamples: [TrainingPhase: Int] = [:]
    for line in metrics.split(separator: UInt8(ascii: "\n")) {
      switch try? JSONDecoder().decode(TrainingEvent.self, from: line) {
      case .phaseStarted(let start):
        phases[start.phase]?.parameters = start.trainableParameters
        validationSamples[start.phase] = start.validationSamples
      case .validation(let validation):
        phases[validation.phase]?.readings.append(
          (texts: validationSamples[validation.phase] ?? 0, part: configuration.microBatch ?? 1))
      case .step(let step) where step.tokensPerSecond > 0:
        paces[step.phase, default: []].append(1 / step.tokensPerSecond)
      case .phaseFinished(let summary): tokens[summary.phase] = Double(summary.tokens)
      default: break
      }
    }
    for (phase, paces) in paces {
      guard let steps = phases[phase]?.steps, steps > 0, let seconds = phases[phase]?.seconds else { continue }
      // Steps of about as many tokens each.
      let mean = paces.reduce(0, +) / Double(paces.count)
      phases[phase]?.stepSeconds = min(seconds, mean * (tokens[phase] ?? 0))
    }
  }

  /// The most ranks that have something to do in a phase.
  func limit(of phase: TrainingPhase) -> Int { phases[phase]?.limit ?? 1 }
}

extension TrainingConfiguration {
  /// The micro-batches of a step of a phase with so many samples.
  func leaves(ofStepIn phase: TrainingPhase, samples: Int) -> Int {
    guard let microBatch else { return 1 }
    let batch = steps(of: phase).batchSize(samples: samples)
    return max(1, (batch + microBatch - 1) / microBatch)
  }
}

/// A run on ranks that take as long for a phase as was measured, given out as a run of several ranks does.
struct RankSimulation {
  private(set) var forecast: RankForecast

  /// - Parameters:
  ///   - run: What was measured.
  ///   - ranks: How many ranks there would be.
  ///   - network: What lies between them.
  ///   - memory: Tells what phases need; `nil` where nothing does.
  init(
    _ run: MeasuredRun, ranks: Int, _ network: RankNetwork = RankNetwork(), _ memory: PhaseMemory? = nil
  ) {
    precondition(ranks >= 1, "there is at least one rank")
    func seconds(_ phase: TrainingPhase) -> Double { run.phases[phase]?.seconds ?? 0 }
    func size(_ phase: TrainingPhase) -> Int { run.phases[phase]?.bytes ?? 0 }
    var list = WorkList(run.plan.names, needs: { run.plan.needs(of: $0) }, costs: seconds)
    var now = 0.0
    var bytes = 0
    var most: RankMemory?
    var trunks = [Int](repeating: 0, count: ranks)
    var idle = Array(0..<ranks)
    var known = [Set<TrainingPhase>](repeating: [], count: ranks)
    var underWay: [(end: Double, ranks: [Int], phase: TrainingPhase)] = []
    while !list.isOver {
      var phases: [TrainingPhase] = []
      while phases.count < idle.count, let phase = list.take() { phases.append(phase) }
      let given = RankTeams(phases, idle: idle, costs: seconds, limits: run.limit)
      idle = given.idle
      let busy = ranks - idle.count
      for (phase, team) in given.teams {
        for rank in team {
          let news = run.plan.needs(of: phase).filter { known[rank].insert($0).inserted }
          // The first rank has every result.
          if rank != 0 { bytes += news.reduce(0) { $0 + size($1) } }
        }
        if team[0] != 0 { bytes += size(phase) }
        for rank in team {
          guard let memory else { break }
          // A team shares out texts, so that each keeps those that it meets.
          trunks[rank] = min(memory.trunkLimit, trunks[rank] + memory.trunk(of: phase) / team.count)
          var need = memory.need(of: phase, team: team.count)
          need.trunk = trunks[rank]
          if need.total > most?.total ?? 0 { most = need }
        }
        let own = run.phases[phase]
        bytes += Int(Double(team.count * (own?.steps ?? 0)) * (own?.bytesPerStep(on: team.count) ?? 0))
        underWay.append((now + (own?.seconds(on: team.count, network, beside: busy) ?? 0), team, phase))
      }
      guard let next = underWay.indices.min(by: { (underWay[$0].end, $0) < (underWay[$1].end, $1) }) else { break }
      let ended = underWay.remove(at: next)
      now = ended.end
      for rank in ended.ranks { known[rank].insert(ended.phase) }
      list.end(ended.phase)
      idle += ended.ranks
    }
    forecast = RankForecast(
      ranks: ranks, seconds: now, work: run.phases.values.reduce(0) { $0 + $1.seconds }, bytes: bytes, memory: most)
  }
}
