package import DMoECore
package import Foundation
import Synchronization

/// A process's end of all that ranks send each other, told apart by what it is about: the first rank gives out phases while its
/// own worker trains with others, so that two threads wait here for different messages.
package final class RankSwitchboard: Sendable {
  /// What a message is about.
  package enum Channel: UInt8, CaseIterable {
    /// Between the rank that gives out phases and a worker.
    case orders
    /// Between workers that train a phase together.
    case team
  }

  private struct Boxes {
    var orders: [RankMessage] = []
    /// By sender.
    var team: [Int: [Data]] = [:]
  }

  /// The number of this process.
  package let rank: Int
  /// How many there are.
  package let size: Int
  private let ranks: any Communicator
  /// Ranks are used by one thread at a time.
  private let boxes = Mutex(Boxes())

  /// The switchboard of a process among some ranks.
  package init(_ ranks: any Communicator) {
    self.ranks = ranks
    (rank, size) = (ranks.rank, ranks.size)
  }

  /// Sends a message to a rank.
  package func send(_ bytes: Data, to rank: Int, _ channel: Channel) throws(CommunicatorError) {
    let message = Data([channel.rawValue]) + bytes
    let result = boxes.withLock { _ in
      Result<Void, CommunicatorError> { () throws(CommunicatorError) in try ranks.send(message, to: rank) }
    }
    try result.get()
  }

  /// A message about orders; `nil` if none has come.
  package func order() throws(CommunicatorError) -> RankMessage? {
    try look { boxes in boxes.orders.isEmpty ? nil : boxes.orders.removeFirst() }
  }

  /// What a rank of the same team has sent; `nil` if nothing has come.
  func part(from sender: Int) throws(CommunicatorError) -> Data? {
    try look { boxes in
      guard let first = boxes.team[sender]?.first else { return nil }
      boxes.team[sender]?.removeFirst()
      return first
    }
  }

  private func look<R: Sendable>(_ take: @Sendable (inout Boxes) -> R?) throws(CommunicatorError) -> R? {
    let result = boxes.withLock { boxes in
      Result<R?, CommunicatorError> { () throws(CommunicatorError) in
        if let found = take(&boxes) { return found }
        // All that has come, so that nobody waits for this rank to take it. A rank that is lost may have said why before.
        do throws(CommunicatorError) {
          while let message = try ranks.receive() { try Self.sort(message, into: &boxes) }
        } catch {
          guard let found = take(&boxes) else { throw error }
          return found
        }
        return take(&boxes)
      }
    }
    return try result.get()
  }

  private static func sort(_ message: RankMessage, into boxes: inout Boxes) throws(CommunicatorError) {
    let content = Data(message.bytes.dropFirst())
    switch message.bytes.first.flatMap({ Channel(rawValue: $0) }) {
    case .orders: boxes.orders.append(RankMessage(sender: message.sender, bytes: content))
    case .team: boxes.team[message.sender, default: []].append(content)
    case nil: throw .malformedMessage(sender: message.sender, reason: "it is about nothing")
    }
  }
}
