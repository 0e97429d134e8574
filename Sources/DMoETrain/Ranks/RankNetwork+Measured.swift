@_spi(Command) public import DMoECore
import Foundation

extension RankNetwork {
  /// What lies between some ranks, by messages that they send each other now: the median of small ones, and of four megabytes; and
  /// what they cost each other, by work that the first does alone and then beside all others.
  ///
  /// - Parameters:
  ///   - ranks: Two ranks or more; every one calls this.
  ///   - work: A pass such as `RankPass` gives; products of matrices where a rank has none.
  /// - Throws: `CommunicatorError`; `CoreError` where nothing can be multiplied; what the work throws.
  @_spi(Command) public static func measured(
    over ranks: any Communicator, taking work: (() throws -> Void)? = nil
  ) throws -> RankNetwork {
    let team = TeamRanks(Array(0..<ranks.size), over: RankSwitchboard(ranks)) {}
    func seconds(_ bytes: Int, rounds: Int) throws -> Double {
      let parts = Array(repeating: Data(count: bytes), count: ranks.size)
      let times = try (0..<rounds).map { _ in
        try team.barrier()
        let start = ContinuousClock.now
        _ = try team.exchange(parts)
        return start.duration(to: .now) / .seconds(1)
      }
      return times.sorted()[rounds / 2]
    }
    let latency = try seconds(8, rounds: 21)
    let size = 4 << 20
    let pace = Double(size * (ranks.size - 1)) / max(1e-9, try seconds(size, rounds: 7) - latency)
    let crowding = try crowding(of: team, taking: work)
    // Nobody sends on while another still looks.
    try ranks.barrier()
    return RankNetwork(latency: latency, bytesPerSecond: pace, crowding: crowding)
  }

  /// How many times as long work takes while every rank does it, until the last one has; those that wait sleep.
  private static func crowding(of team: TeamRanks, taking work: (() throws -> Void)?) throws -> Double {
    // Layers as of a small backbone, of more weights than a core's caches hold.
    let layers = [ComputeProbe.Shape](repeating: .init(outputs: 1536, inputs: 576), count: 16)
    var probe = try ComputeProbe(layers, rows: 256, options: ComputeOptions(threads: 1))
    let all = try team.allGather(Data([work == nil ? 0 : 1]))
    func seconds(_ end: () throws -> Void = {}) throws -> Double {
      let start = ContinuousClock.now
      if let work, all.allSatisfy({ $0 == Data([1]) }) { try work() } else { try probe.run() }
      try end()
      return start.duration(to: .now) / .seconds(1)
    }
    _ = try seconds()
    var (alone, beside): ([Double], [Double]) = ([], [])
    for _ in 0..<7 {
      try team.barrier()
      if team.rank == 0 { alone.append(try seconds()) }
      try team.barrier()
      beside.append(try seconds(team.barrier))
    }
    guard team.rank == 0 else { return 1 }
    return max(1, beside.sorted()[beside.count / 2] / alone.sorted()[alone.count / 2])
  }
}
