import DMoECore
import Foundation
import Synchronization

/// How a worker and rank 0 reach each other.
protocol RankLine: Sendable {
  /// Sends to rank 0.
  func send(_ parcel: RankParcel) throws
  /// A message of rank 0; `nil` if none has come.
  func receive() throws -> RankParcel?
}

/// The line of a worker in another process.
struct RemoteLine: RankLine {
  let switchboard: RankSwitchboard

  func send(_ parcel: RankParcel) throws { try switchboard.send(parcel.bytes(), to: 0, .orders) }

  func receive() throws -> RankParcel? { try switchboard.order().map { try RankParcel($0) } }
}

/// The line of rank 0's own worker, a thread beside the one that gives out work: the same bytes, through memory.
final class OwnLine: RankLine {
  private let toWorker = Mutex<[Data]>([])
  private let fromWorker = Mutex<[Data]>([])

  func send(_ parcel: RankParcel) throws {
    let bytes = try parcel.bytes()
    fromWorker.withLock { $0.append(bytes) }
  }

  func receive() throws -> RankParcel? { try Self.next(toWorker).map { try RankParcel($0) } }

  /// Rank 0's end: sends to the worker.
  func tell(_ bytes: Data) { toWorker.withLock { $0.append(bytes) } }

  /// Rank 0's end: what the worker has sent.
  func heard() -> RankMessage? { Self.next(fromWorker) }

  private static func next(_ box: borrowing Mutex<[Data]>) -> RankMessage? {
    box.withLock { $0.isEmpty ? nil : RankMessage(sender: 0, bytes: $0.removeFirst()) }
  }
}

/// How long a rank sleeps before it looks again for a message: long enough to cost nothing, short enough to be nothing
/// beside a step.
enum RankPause {
  static func sleep() { Thread.sleep(forTimeInterval: 0.002) }
}
