public import struct Foundation.Data

/// A process that works alone.
public struct SingleRank: Communicator {
  /// Always 0.
  public var rank: Int { 0 }
  /// Always 1.
  public var size: Int { 1 }

  /// The communicator of a process that works alone.
  public init() {}

  /// The bytes themselves.
  ///
  /// - Parameters:
  ///   - bytes: What is given.
  ///   - root: Always 0.
  public func broadcast(_ bytes: Data, from root: Int) -> Data { bytes }

  /// The bytes themselves, as those of rank 0.
  public func allGather(_ bytes: Data) -> [Data] { [bytes] }

  /// Does nothing: everybody is here.
  public func barrier() {}

  /// There is nobody to send to.
  ///
  /// - Parameters:
  ///   - bytes: The message.
  ///   - rank: Who should get it.
  /// - Throws: `CommunicatorError.failed`.
  public func send(_ bytes: Data, to rank: Int) throws(CommunicatorError) {
    throw .failed(operation: "send to rank \(rank)", reason: "this process works alone")
  }

  /// Never a message.
  public func receive() -> RankMessage? { nil }
}
