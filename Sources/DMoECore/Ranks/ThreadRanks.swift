import Foundation

/// Ranks that are threads of one program: for tests, and for programs that spread work without MPI.
///
/// ```swift
/// let sums = ThreadRanks.run(3) { ranks in try ranks.sum([ranks.rank: [1, 2]], of: 3) }
/// print(try sums[0].get())  // [3.0, 6.0]
/// ```
public enum ThreadRanks {
  /// Runs a body once for each of some ranks, each on a thread of its own, and waits for all.
  ///
  /// - Parameters:
  ///   - count: How many ranks; at least 1.
  ///   - body: What a rank does. Where it throws, ranks that wait for this one get `CommunicatorError.rankLost`.
  /// - Returns: what came of each rank, by rank.
  public static func run<R: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (any Communicator) throws -> R
  ) -> [Result<R, any Error>] {
    precondition(count >= 1, "there is at least one rank")
    let hall = Hall<R>(count: count)
    for rank in 0..<count {
      let thread = Thread {
        let result = Result { try body(ThreadRank(rank: rank, hall: hall)) }
        hall.end(rank, with: result)
      }
      // What the main thread of a program has.
      thread.stackSize = 8 << 20
      thread.start()
    }
    return hall.results()
  }
}

/// One of them.
private struct ThreadRank<R: Sendable>: Communicator {
  let rank: Int
  let hall: Hall<R>

  var size: Int { hall.count }

  func broadcast(_ bytes: Data, from root: Int) throws(CommunicatorError) -> Data {
    try allGather(rank == root ? bytes : Data())[root]
  }

  func allGather(_ bytes: Data) throws(CommunicatorError) -> [Data] { try hall.gather(bytes, from: rank) }

  func barrier() throws(CommunicatorError) { _ = try allGather(Data()) }

  func send(_ bytes: Data, to rank: Int) throws(CommunicatorError) {
    hall.post(RankMessage(sender: self.rank, bytes: bytes), to: rank)
  }

  func receive() throws(CommunicatorError) -> RankMessage? { try hall.take(for: rank) }
}

/// Where they meet.
///
/// Unchecked for the sake of its variables, which are touched under `condition` only.
private final class Hall<R: Sendable>: @unchecked Sendable {
  let count: Int
  private let condition = NSCondition()
  private var messages: [[RankMessage]]
  /// What each rank has brought to the gathering under way.
  private var brought: [Data?]
  /// What the gathering before came to, for ranks that have not yet taken it.
  private var gathered: [Data] = []
  private var gatherings = 0
  private var ends: [Result<R, any Error>?]
  /// Ranks in the order in which they ended: the first leaves the others waiting, who then end, too.
  private var ended: [Int] = []

  init(count: Int) {
    self.count = count
    messages = Array(repeating: [], count: count)
    brought = Array(repeating: nil, count: count)
    ends = Array(repeating: nil, count: count)
  }

  func gather(_ bytes: Data, from rank: Int) throws(CommunicatorError) -> [Data] {
    condition.lock()
    defer { condition.unlock() }
    brought[rank] = bytes
    let own = gatherings
    if brought.allSatisfy({ $0 != nil }) {
      gathered = brought.compactMap { $0 }
      brought = Array(repeating: nil, count: count)
      gatherings += 1
      condition.broadcast()
    }
    while gatherings == own {
      if let lost = ended.first { throw .rankLost(rank: lost) }
      condition.wait()
    }
    // Nobody can bring the next one about before this rank has come to it.
    return gathered
  }

  func post(_ message: RankMessage, to rank: Int) {
    condition.lock()
    defer { condition.unlock() }
    messages[rank].append(message)
  }

  func take(for rank: Int) throws(CommunicatorError) -> RankMessage? {
    condition.lock()
    defer { condition.unlock() }
    if !messages[rank].isEmpty { return messages[rank].removeFirst() }
    // One that has ended well may have had no more to say; one that failed leaves the others waiting.
    let lost = ended.first { if case .failure? = ends[$0] { true } else { false } }
    if let lost { throw .rankLost(rank: lost) }
    return nil
  }

  func end(_ rank: Int, with result: Result<R, any Error>) {
    condition.lock()
    defer { condition.unlock() }
    ends[rank] = result
    ended.append(rank)
    condition.broadcast()
  }

  func results() -> [Result<R, any Error>] {
    condition.lock()
    defer { condition.unlock() }
    while ends.contains(where: { $0 == nil }) { condition.wait() }
    return ends.compactMap { $0 }
  }
}
