package import DMoECore
package import Foundation
import Synchronization

/// How a worker and rank 0 reach each other.
package protocol RankLine: Sendable {
  /// Sends the bytes of a parcel to rank 0.
  func send(_ bytes: Data) throws
  /// Those of a parcel of rank 0; `nil` if none has come.
  func next() throws -> Data?
}

extension RankLine {
  /// Sends a parcel to rank 0.
  package func send(_ parcel: Parcel<some Codable & Sendable>) throws { try send(parcel.bytes()) }

  /// A message of rank 0 about phases; `nil` if none has come.
  func receive() throws -> RankParcel? { try next().map { try RankParcel(RankMessage(sender: 0, bytes: $0)) } }
}

/// The line of a worker in another process.
package struct RemoteLine: RankLine {
  let switchboard: RankSwitchboard

  /// The line through this process's switchboard.
  package init(switchboard: RankSwitchboard) { self.switchboard = switchboard }

  /// Sends the bytes of a parcel to rank 0.
  package func send(_ bytes: Data) throws { try switchboard.send(bytes, to: 0, .orders) }

  /// Those of a parcel of rank 0; `nil` if none has come.
  package func next() throws -> Data? { try switchboard.order()?.bytes }
}

/// The line of rank 0's own worker, a thread beside the one that gives out work: the same bytes, through memory.
package final class OwnLine: RankLine {
  private let toWorker = Mutex<[Data]>([])
  private let fromWorker = Mutex<[Data]>([])

  /// A line on which nothing was said.
  package init() {}

  /// Sends the bytes of a parcel to rank 0.
  package func send(_ bytes: Data) throws { fromWorker.withLock { $0.append(bytes) } }

  /// Those of a parcel of rank 0; `nil` if none has come.
  package func next() throws -> Data? { Self.next(toWorker) }

  /// Rank 0's end: sends to the worker.
  package func tell(_ bytes: Data) { toWorker.withLock { $0.append(bytes) } }

  /// Rank 0's end: what the worker has sent.
  package func heard() -> RankMessage? { Self.next(fromWorker).map { RankMessage(sender: 0, bytes: $0) } }

  private static func next(_ box: borrowing Mutex<[Data]>) -> Data? {
    box.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }
}

/// How long a rank sleeps before it looks again for a message: long enough to cost nothing, short enough to be nothing
/// beside a step.
package enum RankPause {
  /// Sleeps for a moment.
  package static func sleep() { Thread.sleep(forTimeInterval: 0.002) }
}
