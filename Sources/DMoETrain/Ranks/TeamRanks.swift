import DMoECore
import Foundation
import Synchronization

/// The ranks that train one phase together, as one of them sees it.
///
/// A sum over micro-batches of three or more ranks sends at most twice the length of a vector on the mean (`LeafShares`).
final class TeamRanks: Communicator {
  let rank: Int
  var size: Int { members.count }
  /// The ranks of the run that these are, in their order.
  private let members: [Int]
  private let switchboard: RankSwitchboard
  /// Hears of a rank that cannot go on, while this one waits for others.
  private let heed: @Sendable () throws -> Void
  private let heard = Mutex<(any Error)?>(nil)
  private let sent = Mutex(0)

  /// - Parameters:
  ///   - members: The ranks of the run, of which this process is one.
  ///   - switchboard: This process's.
  ///   - heed: Throws where rank 0 says that all stop.
  init(_ members: [Int], over switchboard: RankSwitchboard, heed: @escaping @Sendable () throws -> Void) {
    self.members = members
    self.switchboard = switchboard
    self.heed = heed
    rank = members.firstIndex(of: switchboard.rank) ?? 0
  }

  /// What `heed` has thrown: the reason for which an operation here has failed.
  var stop: (any Error)? { heard.withLock { $0 } }

  /// The bytes that this rank has sent to others.
  var bytesSent: Int { sent.withLock { $0 } }

  func broadcast(_ bytes: Data, from root: Int) throws(CommunicatorError) -> Data {
    guard rank == root else { return try part(from: root) }
    for other in 0..<size where other != rank { try post(bytes, to: other) }
    return bytes
  }

  func allGather(_ bytes: Data) throws(CommunicatorError) -> [Data] {
    try exchange(Array(repeating: bytes, count: size))
  }

  func exchange(_ bytes: [Data]) throws(CommunicatorError) -> [Data] {
    // Each begins with the rank behind it, so that not all send to one.
    for step in 1..<max(1, size) { try post(bytes[(rank + step) % size], to: (rank + step) % size) }
    var result: [Data] = []
    for other in 0..<size { result.append(other == rank ? bytes[other] : try part(from: other)) }
    return result
  }

  func barrier() throws(CommunicatorError) { _ = try allGather(Data()) }

  func send(_ bytes: Data, to rank: Int) throws(CommunicatorError) { try post(bytes, to: rank) }

  /// Never a message: members of a team do the same at the same time.
  func receive() -> RankMessage? { nil }

  private func post(_ bytes: Data, to other: Int) throws(CommunicatorError) {
    sent.withLock { $0 += bytes.count }
    try switchboard.send(bytes, to: members[other], .team)
  }

  private func part(from other: Int) throws(CommunicatorError) -> Data {
    var looks = 0
    while true {
      if let bytes = try switchboard.part(from: members[other]) { return bytes }
      do { try heed() } catch {
        heard.withLock { $0 = error }
        throw .rankLost(rank: members[other])
      }
      // A moment first: those who do the same work are ready at about the same time.
      looks += 1
      Thread.sleep(forTimeInterval: looks < 40 ? 0.000_05 : 0.001)
    }
  }
}
