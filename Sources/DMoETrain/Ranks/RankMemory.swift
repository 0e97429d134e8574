import DMoECore
@_spi(Command) public import DMoEModel
public import Foundation

/// The memory that a rank needs of its own while it trains, in bytes, as far as it can be told before.
///
/// ```swift
/// let backbone = try Backbone(contentsOf: backboneURL, options: ComputeOptions(precision: .stored))
/// for forecast in try RankForecast.of(run: runFolder, ranks: [1, 2, 4], backbone: backbone) {
///   print(forecast.ranks, forecast.memory?.total as Any)
/// }
/// ```
public struct RankMemory: Sendable, Equatable, Codable {
  /// The backbone's weights in the precision of the run; 0 where they are read from a mapped file as they are, which ranks of one
  /// machine share.
  public var backbone = 0
  /// The parameters of all phases.
  public var adapters = 0
  /// Of the phase under way: gradients and their sums, the optimizer's running means and the best state.
  public var optimizer = 0
  /// What a pass keeps for its gradient, and what it works in.
  public var activations = 0
  /// Trunk outputs of texts that are kept from epoch to epoch.
  public var trunk = 0

  /// All of it.
  public var total: Int { backbone + adapters + optimizer + activations + trunk }
}

extension RankForecast {
  /// Forecasts from the folder of a run, with the memory that ranks need.
  ///
  /// - Parameters:
  ///   - run: The run folder.
  ///   - ranks: The numbers of ranks; each at least 1.
  ///   - network: What lies between ranks.
  ///   - backbone: The backbone of the run; its precision here does not matter.
  /// - Throws: `TrainError.unusableRun` for a folder that is none of a run with a finished phase, and for a run over another backbone;
  ///   `CoreError` for a backbone whose files are gone.
  public static func of(
    run: URL, ranks: [Int], network: RankNetwork = RankNetwork(), backbone: Backbone
  ) throws -> [RankForecast] {
    let record = try MeasuredRun(run)
    guard record.backbone == backbone.fingerprint else {
      throw TrainError.unusableRun(path: run.path, reason: "it was begun with another backbone")
    }
    let memory = PhaseMemory(record, backbone.configuration, weights: try backbone.ownBytes(record.precision))
    return ranks.map { RankSimulation(record, ranks: $0, network, memory).forecast }
  }
}

extension Backbone {
  /// What the weights of all layers take beside their files.
  fileprivate func ownBytes(_ precision: WeightPrecision) throws -> Int {
    let facts = try facts()
    let isMapped = precision == .stored || precision == .float32 && facts.formats == ["F32"]
    return isMapped ? 0 : facts.memory.first { $0.precision == precision }?.bytes ?? 0
  }
}

/// The memory of single phases, by what a run of the same settings has told of them.
struct PhaseMemory {
  private let run: MeasuredRun
  private let shape: BackboneConfiguration
  private let weights: Int
  private static let number = MemoryLayout<Float>.stride

  init(_ run: MeasuredRun, _ shape: BackboneConfiguration, weights: Int) {
    self.run = run
    self.shape = shape
    self.weights = weights
  }

  /// The most bytes of trunk outputs that are kept.
  var trunkLimit: Int { run.configuration.memory.trunkCacheBytes }

  /// What a rank holds in a phase that so many train together, without trunk outputs.
  func need(of phase: TrainingPhase, team: Int) -> RankMemory {
    var result = RankMemory()
    result.backbone = weights
    result.adapters = Self.number * run.phases.values.reduce(0) { $0 + $1.parameters }
    guard let own = run.phases[phase] else { return result }
    // A gradient, two means, the best state; of micro-batches a vector and the sums that wait for their siblings.
    let sums = own.leaves > 1 ? 2 + (Int.bitWidth - (own.leaves - 1).leadingZeroBitCount) : 0
    result.optimizer = Self.number * own.parameters * (4 + sums)
    result.activations = Self.number * activations(of: phase, own)
    return result
  }

  /// The bytes of the trunk outputs that a phase reads, of all its texts.
  func trunk(of phase: TrainingPhase) -> Int {
    guard let own = run.phases[phase], own.steps > 0, firstLayer(of: phase) > 0 else { return 0 }
    return Self.number * shape.hiddenSize * Int(own.tokensPerSample * Double(own.samples))
  }

  // MARK: Numbers of floats

  private var depth: Int { run.model.depth ?? shape.layerCount }

  private func adapter(of phase: TrainingPhase) -> LoRAConfiguration {
    switch phase {
    case .router: run.model.router.adapter ?? .none
    case .sharedHead, .sharedBase, .base: run.model.base
    case .expert: run.model.expert
    case .aggregator: .none
    }
  }

  /// The first layer whose result depends on what the phase trains, or on what was trained below it.
  private func firstLayer(of phase: TrainingPhase) -> Int {
    let under = [adapter(of: phase)] + (isOverBase(phase) ? [run.model.base] : [])
    return under.filter { !$0.isNone }.map { $0.layers(depth: depth).lowerBound }.min() ?? depth
  }

  private func isOverBase(_ phase: TrainingPhase) -> Bool { if case .expert = phase { true } else { false } }

  private func activations(of phase: TrainingPhase, _ own: MeasuredRun.Phase) -> Int {
    let rows = own.rows(limit: run.configuration.memory.rowsPerPass)
    let adapter = adapter(of: phase)
    let layers = adapter.isNone ? 0 : adapter.layers(depth: depth).count
    let layer = kept(by: adapter, over: isOverBase(phase) ? run.model.base : .none)
    // What one layer works in, forward or back.
    let work = 4 * shape.hiddenSize + 3 * shape.feedForwardSize
    guard run.configuration.memory.checkpointsActivations else { return rows * (layers * layer + work) }
    return rows * (layers * shape.hiddenSize + layer + work)
  }

  /// The floats of a row that one layer keeps for its gradient.
  private func kept(by adapter: LoRAConfiguration, over base: LoRAConfiguration) -> Int {
    let (hidden, inner) = (shape.hiddenSize, shape.feedForwardSize)
    let (queries, keys) = (shape.heads * shape.headSize, shape.keyValueHeads * shape.headSize)
    // Inputs of both norms, queries, keys and values, what attention gives, gate and up.
    var floats = 2 * hidden + 2 * queries + 2 * keys + 2 * inner
    if shape.hasQueryKeyNorm { floats += queries + keys }
    if shape.hasOutputNorms { floats += 2 * hidden }
    func inputs(_ projections: [Projection], _ width: Int, isKept: Bool = false) {
      let trained = adapter.isNone ? 0 : projections.count(where: adapter.targets.contains)
      let isFrozen = !base.isNone && projections.contains(where: base.targets.contains)
      // With dropout each keeps what it has dropped of its input.
      let copies = adapter.dropout > 0 ? trained : 0
      let isShared = !isKept && (isFrozen || trained > copies)
      floats += (copies + (isShared ? 1 : 0)) * width
    }
    inputs([.query, .key, .value], hidden)
    inputs([.output], queries, isKept: true)
    inputs([.gate, .up], hidden)
    inputs([.down], inner)
    return floats
  }
}

extension MeasuredRun.Phase {
  /// Rows of a sample, on the mean.
  var tokensPerSample: Double { Double(tokens) / Double(max(1, steps * batch)) }

  /// The rows of a pass: those of a micro-batch, or as many as fit.
  func rows(limit: Int) -> Int {
    let whole = tokensPerSample * Double(batch) / Double(max(1, leaves))
    return Int(max(tokensPerSample, min(Double(limit), whole)).rounded(.up))
  }
}
