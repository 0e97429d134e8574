import ArgumentParser
@_spi(Command) import DMoERM
import Foundation

/// `dmoerm-mpi plan`: on how many ranks a run pays.
struct RanksPlanCommand: RanksWork {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Say how long a run would take on several ranks, by what its phases took.",
    discussion: """
      The run was one of a single process or rank, and may be a short one: fewer samples change what phases take, and hardly which \
      of them take longest. Phases are given out as `dmoerm-mpi train` does; with --micro-batch in the run, ranks that are left share \
      out steps. Started without mpirun it takes ranks to be on one machine whose cores share nothing, or --latency, --bandwidth and \
      --crowding; started by mpirun on two ranks or more it measures what lies between them, and by passes of the run how much \
      longer a rank computes while the others do.

      With the run's backbone, which is looked for as by `train`, it also says what the rank that needs most holds in memory.

      Examples:
        dmoerm-mpi plan my.run --ranks 64
        mpirun -n 2 --hostfile hosts dmoerm-mpi plan my.run

      \(ExitStatus.help)
      """)

  @Argument(help: ArgumentHelp("The run folder, such as my.run.", valueName: "run"), transform: pathWord)
  var folder: String
  @Option(help: "The most ranks that are looked at.") var ranks = 256
  @Option(help: "Milliseconds from one rank to another.") var latency: Double?
  @Option(help: "Megabytes that a rank sends in a second.") var bandwidth: Double?
  @Option(help: "How many times as long a rank computes while the other ranks of its machine do.") var crowding: Double?
  @Option(
    name: .customLong("backbone"), parsing: .unconditional,
    help: ArgumentHelp("The run's backbone, by which memory is told.", valueName: "path"), transform: pathWord)
  var backbonePath: String?
  @Flag(help: "Print JSON, a line for each number of ranks.") var json = false

  func validate() throws {
    try Bounds.check("--ranks", ranks, 1...4096)
    if let latency, !(0...1e6 ~= latency) {
      throw ValidationError("--latency must be 0 or more milliseconds, not \(latency)")
    }
    if let bandwidth, !(1e-3...1e9 ~= bandwidth) {
      throw ValidationError("--bandwidth must be above 0 megabytes, not \(bandwidth)")
    }
    if let crowding, !(1...1000 ~= crowding) {
      throw ValidationError("--crowding must be from 1 to 1000, not \(crowding)")
    }
  }

  func run(over ranks: any Communicator) throws {
    let run = URL(fileURLWithPath: folder, isDirectory: true)
    var network =
      try ranks.size > 1 ? RankNetwork.measured(over: ranks, taking: work(of: run, over: ranks)) : RankNetwork()
    guard ranks.isFirst else { return }
    if let latency { network.latency = latency / 1000 }
    if let bandwidth { network.bytesPerSecond = bandwidth * 1e6 }
    if let crowding { network.crowding = crowding }
    try InputFile(folder).checkFolder()
    let backbone = try backbone()
    var forecasts: [RankForecast]
    do {
      forecasts =
        try backbone.map {
          try RankForecast.of(run: run, ranks: Array(1...self.ranks), network: network, backbone: $0)
        } ?? []
    } catch TrainError.unusableRun where backbonePath == nil { forecasts = [] }
    if forecasts.isEmpty { forecasts = try RankForecast.of(run: run, ranks: Array(1...self.ranks), network: network) }
    if json { return Console.output.print(try forecasts.map { try JSONOutput.line(Row($0)) }) }
    let most = enough(forecasts)
    let shown = forecasts.filter { $0.ranks.nonzeroBitCount == 1 || $0.ranks == most }
    Console.output.print(table(shown))
    Console.output.print("", "More than \(Numbers.count(most, "rank")) gain nothing: phases wait for each other.")
    if network.crowding > 1 {
      Console.output.print("While other ranks compute, one takes \(Numbers.fixed(network.crowding, 2)) times as long.")
    }
    Console.output.print(memory(forecasts.first { $0.ranks == most }))
    let shared = try PhaseForecast.of(run: run, upTo: self.ranks, network: network).filter { $0.ranks > 1 }
    guard !shared.isEmpty else { return }
    let pace = Numbers.bytes(Int(network.bytesPerSecond))
    let place = "\(Numbers.fixed(network.latency * 1000, 2)) ms and \(pace) a second"
    Console.output.print(["", "Phases whose steps ranks share out, each as if it were alone (\(place) between ranks):"])
    Console.output.print(table(shared))
  }

  /// A pass of the run, of which only the first rank needs to know; nil without the run's backbone on this rank.
  private func work(of run: URL, over ranks: any Communicator) throws -> (() throws -> Void)? {
    let bytes = try RankAgreement.outcome(over: ranks) {
      guard ranks.isFirst else { return Data() }
      try InputFile(folder).checkFolder()
      return try JSONEncoder().encode(try RankPass(of: run))
    }
    let pass = try JSONDecoder().decode(RankPass.self, from: try ranks.broadcast(bytes, from: 0))
    if let backbonePath {
      return try RankAgreement.outcome(over: ranks) { try pass.work(over: try BackboneLocation.find(backbonePath)) }
    }
    return try? pass.work(over: try BackboneLocation.find(nil))
  }

  /// The one that is named, or the one that is found if there is one.
  private func backbone() throws -> Backbone? {
    let options = ComputeOptions(precision: .stored)
    if let backbonePath { return try Backbone(contentsOf: try BackboneLocation.find(backbonePath), options: options) }
    return try? Backbone(contentsOf: try BackboneLocation.find(nil), options: options)
  }

  /// What the memory of a rank is made of.
  private func memory(_ forecast: RankForecast?) -> String {
    guard let memory = forecast?.memory else { return "--backbone PATH says what a rank holds in memory, too." }
    let parts = [
      ("backbone", memory.backbone), ("adapters", memory.adapters), ("optimizer", memory.optimizer),
      ("activations", memory.activations), ("trunk", memory.trunk),
    ]
    return "Memory of a rank: "
      + parts.filter { $0.1 > 0 }.map { "\($0.0) \(Numbers.bytes($0.1))" }.joined(separator: ", ")
      + (memory.backbone == 0 ? "; the backbone is a mapped file" : "") + "."
  }

  /// The least number of ranks that no larger one beats by more than a hundredth.
  private func enough(_ forecasts: [RankForecast]) -> Int {
    let least = forecasts.map(\.seconds).min() ?? 0
    return forecasts.first { $0.seconds <= least * 1.01 }?.ranks ?? 1
  }

  private func table(_ forecasts: [RankForecast]) -> [String] {
    func line(_ cells: [String]) -> String {
      zip(cells, [5, 9, 8, 10, 11, 11]).map { $0.padded(to: $1, .right) }.joined(separator: "  ")
    }
    let head = ["ranks", "time", "speedup", "efficiency", "traffic"]
    let hasMemory = forecasts.contains { $0.memory != nil }
    return [line(head + (hasMemory ? ["memory each"] : []))]
      + forecasts.map { forecast in
        line(
          [
            "\(forecast.ranks)", DurationText.clock(forecast.seconds), Numbers.fixed(forecast.speedup, 2),
            Numbers.percent(forecast.efficiency), Numbers.bytes(forecast.bytes),
          ] + (forecast.memory.map { [Numbers.bytes($0.total)] } ?? []))
      }
  }

  private func table(_ phases: [PhaseForecast]) -> [String] {
    let width = phases.map { $0.phase.description.count }.max() ?? 0
    func line(_ cells: [String]) -> String {
      zip(cells, [-width, 9, 5, 9, 13]).map { $0.padded(to: abs($1), $1 < 0 ? .left : .right) }.joined(separator: "  ")
    }
    return [line(["phase", "alone", "ranks", "time", "bytes a step"])]
      + phases.map { phase in
        line([
          phase.phase.description, DurationText.clock(phase.seconds), "\(phase.ranks)",
          DurationText.clock(phase.sharedSeconds), Numbers.bytes(phase.bytesPerStep),
        ])
      }
  }

  private struct Row: Encodable {
    let ranks: Int
    let seconds, speedup, efficiency: Double
    let bytes: Int
    let memory: Int?
    let memoryParts: RankMemory?

    init(_ forecast: RankForecast) {
      (ranks, bytes) = (forecast.ranks, forecast.bytes)
      (memory, memoryParts) = (forecast.memory?.total, forecast.memory)
      (seconds, speedup, efficiency) = (forecast.seconds, forecast.speedup, forecast.efficiency)
    }
  }
}
