public import DMoECore
import Foundation

extension RankNetwork {
  /// What lies between some ranks, by messages that they send each other now: the median of small ones, and of four megabytes.
  ///
  /// - Parameter ranks: Two ranks or more; every one calls this.
  /// - Throws: `CommunicatorError`.
  @_spi(Command) public static func measured(over ranks: any Communicator) throws -> RankNetwork {
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
    // Nobody sends on while another still looks.
    try ranks.barrier()
    return RankNetwork(latency: latency, bytesPerSecond: pace)
  }
}
