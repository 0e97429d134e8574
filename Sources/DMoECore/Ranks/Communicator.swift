public import struct Foundation.Data

/// Processes that work on one task together, as one of them sees it: which it is among how many, and how they pass each
/// other bytes.
///
/// A program without such processes passes none, or a `SingleRank`; `ThreadRanks` are threads of one program, and the package
/// `Distributed` has one over MPI. Messages between two ranks come in the order in which they were sent. A communicator is used
/// by one thread at a time.
///
/// ```swift
/// let totals = try ranks.allGather(Data("\(ranks.rank)".utf8))  // the same on every rank
/// ```
public protocol Communicator: Sendable {
  /// The number of this process, from 0.
  var rank: Int { get }
  /// How many there are; at least 1.
  var size: Int { get }

  /// Gives all ranks the bytes of one of them. Every rank calls this, and waits for the others where it has to.
  ///
  /// - Parameters:
  ///   - bytes: What is given; those of the other ranks are passed over.
  ///   - root: The rank whose bytes they are.
  /// - Throws: `CommunicatorError`, as all of these do.
  func broadcast(_ bytes: Data, from root: Int) throws(CommunicatorError) -> Data

  /// Gives all ranks the bytes of all, by rank. Every rank calls this, and waits for the others.
  func allGather(_ bytes: Data) throws(CommunicatorError) -> [Data]

  /// Gives each rank the bytes that every rank has for it (all-to-all). Every rank calls this, and waits for the others.
  ///
  /// One that does not bring its own has it by `allGather`, which sends all of it to everyone.
  ///
  /// - Parameter bytes: What each rank is to get, by rank.
  /// - Returns: what each rank had for this one, by rank.
  func exchange(_ bytes: [Data]) throws(CommunicatorError) -> [Data]

  /// Waits until every rank has come here.
  func barrier() throws(CommunicatorError)

  /// Sends a message to one rank, which asks for it by `receive`; may wait until it does.
  ///
  /// - Parameters:
  ///   - bytes: The message.
  ///   - rank: Who gets it; never this rank itself.
  func send(_ bytes: Data, to rank: Int) throws(CommunicatorError)

  /// A message that has come, whoever sent it; `nil` if none has. Does not wait, so that a rank with nothing to do can sleep
  /// between two questions and costs nothing.
  func receive() throws(CommunicatorError) -> RankMessage?
}

extension Communicator {
  /// Gives each rank the bytes that every rank has for it, by `allGather`.
  ///
  /// - Parameter bytes: What each rank is to get, by rank.
  /// - Returns: what each rank had for this one, by rank.
  /// - Throws: `CommunicatorError`.
  public func exchange(_ bytes: [Data]) throws(CommunicatorError) -> [Data] {
    var own = Data()
    for part in bytes { withUnsafeBytes(of: UInt64(part.count).littleEndian) { own.append(contentsOf: $0) } }
    for part in bytes { own.append(part) }
    var result: [Data] = []
    for (sender, all) in try allGather(own).enumerated() {
      func cut() -> CommunicatorError { .malformedMessage(sender: sender, reason: "it is cut off") }
      guard all.count >= size * 8 else { throw cut() }
      let counts = all.withUnsafeBytes { raw in
        (0..<size).map { Int(truncatingIfNeeded: raw.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
      }
      let start = size * 8 + counts.prefix(rank).reduce(0, +)
      guard counts.allSatisfy({ 0...all.count ~= $0 }), start + counts[rank] <= all.count else { throw cut() }
      result.append(Data(all[all.startIndex + start..<all.startIndex + start + counts[rank]]))
    }
    return result
  }
}

/// A message from one rank to another.
public struct RankMessage: Sendable, Equatable {
  /// Who sent it.
  public let sender: Int
  /// What it says.
  public let bytes: Data

  /// A message as it came.
  public init(sender: Int, bytes: Data) {
    self.sender = sender
    self.bytes = bytes
  }
}
