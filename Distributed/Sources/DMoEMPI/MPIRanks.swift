import CMPI
public import DMoERM
import Synchronization

public import struct Foundation.Data

/// The ranks of an MPI job, which `mpirun` or a batch system has started; alone in a process that nobody has.
///
/// ```swift
/// let ranks = try MPIRanks()
/// try pipeline.run(&model, samples: samples, over: ranks)
/// if ranks.rank == 0 { try model.write(to: bundleURL) }
/// ranks.end(status: 0)
/// ```
///
/// One a process. Waiting costs no core: between two looks a rank sleeps.
public final class MPIRanks: Communicator {
  /// The number of this process, from 0.
  public let rank: Int
  /// How many there are.
  public let size: Int
  /// What came while this rank was sending.
  private let waiting = Mutex<[RankMessage]>([])

  /// Starts MPI.
  ///
  /// - Throws: `CommunicatorError.failed`.
  public init() throws(CommunicatorError) {
    var (rank, size) = (Int32(0), Int32(1))
    try Self.check(cmpi_start(&rank, &size), "start")
    (self.rank, self.size) = (Int(rank), Int(size))
  }

  /// The MPI library, as it describes itself.
  public static var library: String {
    text { cmpi_library($0, $1) }
  }

  /// Gives all ranks the bytes of one of them.
  ///
  /// - Parameters:
  ///   - bytes: What is given; those of the other ranks are passed over.
  ///   - root: The rank whose bytes they are.
  /// - Throws: `CommunicatorError.failed`, as all of these do.
  public func broadcast(_ bytes: Data, from root: Int) throws(CommunicatorError) -> Data {
    let count = try counts(rank == root ? bytes.count : 0)[root]
    var result = rank == root ? bytes : Data(count: count)
    try Self.check(result.withUnsafeMutableBytes { cmpi_broadcast($0.baseAddress, count, Int32(root)) }, "broadcast")
    return result
  }

  /// Gives all ranks the bytes of all, by rank.
  public func allGather(_ bytes: Data) throws(CommunicatorError) -> [Data] {
    let counts = try counts(bytes.count)
    var all = Data(count: counts.reduce(0, +))
    let error = all.withUnsafeMutableBytes { all in
      bytes.withUnsafeBytes { cmpi_gather($0.baseAddress, counts, all.baseAddress) }
    }
    try Self.check(error, "gather")
    var rest = all[...]
    return counts.map { count in
      defer { rest = rest.dropFirst(count) }
      return Data(rest.prefix(count))
    }
  }

  /// Waits until every rank has come here.
  public func barrier() throws(CommunicatorError) { try Self.check(cmpi_barrier(), "wait for each other") }

  /// Sends a message to one rank, and waits until it is on its way or taken; meanwhile it takes in what others send, so that two ranks
  /// may send to each other.
  ///
  /// - Parameters:
  ///   - bytes: The message.
  ///   - rank: Who gets it.
  public func send(_ bytes: Data, to rank: Int) throws(CommunicatorError) {
    let error = bytes.withUnsafeBytes { bytes in
      cmpi_send(
        bytes.baseAddress, bytes.count, Int32(rank),
        { own in own.map { Unmanaged<MPIRanks>.fromOpaque($0).takeUnretainedValue().takeIn() } ?? 0 },
        Unmanaged.passUnretained(self).toOpaque())
    }
    try Self.check(error, "send to rank \(rank)")
  }

  /// A message that has come; `nil` if none has.
  public func receive() throws(CommunicatorError) -> RankMessage? {
    if let message = waiting.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { return message }
    var message: RankMessage?
    try Self.check(Self.next(&message), "receive")
    return message
  }

  /// Keeps what has come for later.
  private func takeIn() -> Int32 {
    var message: RankMessage?
    let error = Self.next(&message)
    if let message { waiting.withLock { $0.append(message) } }
    return error
  }

  private static func next(_ message: inout RankMessage?) -> Int32 {
    var (hasCome, sender, count) = (Int32(0), Int32(0), 0)
    let error = cmpi_probe(&hasCome, &sender, &count)
    guard error == 0, hasCome != 0 else { return error }
    var bytes = Data(count: count)
    let problem = bytes.withUnsafeMutableBytes { cmpi_receive($0.baseAddress, count, sender) }
    message = RankMessage(sender: Int(sender), bytes: bytes)
    return problem
  }

  /// Ends this rank's part of the job. Where all went well, ranks wait for each other. Where not, rank 0 waits for two seconds, and
  /// the others for five minutes, in which rank 0 can say what happened; after that the job is ended on all.
  ///
  /// - Parameter status: The status that this process ends with.
  public func end(status: Int32) {
    var together: Int32 = 0
    let error = cmpi_end(status == 0 ? -1 : rank == 0 ? 2 : 300, &together)
    if error != 0 || together == 0 { cmpi_abort(status == 0 ? 1 : status) }
  }

  private func counts(_ own: Int) throws(CommunicatorError) -> [Int] {
    var counts = [Int](repeating: 0, count: size)
    try Self.check(cmpi_gather_counts(own, &counts), "gather")
    return counts
  }

  private static func check(_ error: Int32, _ operation: String) throws(CommunicatorError) {
    guard error != 0 else { return }
    throw .failed(operation: operation, reason: text { cmpi_error(error, $0, $1) })
  }

  private static func text(_ write: (UnsafeMutablePointer<CChar>, Int) -> Void) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer in
      guard let start = buffer.baseAddress else { return "" }
      write(start, buffer.count)
      return String(cString: start)
    }
  }
}
