public import Foundation

/// A file of requests for the batch API of a service.
@_spi(Command) public struct BatchFile: Sendable, Hashable {
  /// The place of the file.
  public let url: URL
  /// The number of requests it holds.
  public let requestCount: Int
  /// The size of the file in bytes.
  public let byteCount: Int

  /// The most requests that a service takes in one file; OpenAI's batch guide says 50,000 requests and 200 MB.
  public static let defaultMaximumRequests = 50_000
  /// The largest size of one file in bytes, with room to spare below what services take.
  public static let defaultMaximumBytes = 190_000_000

  /// Writes requests to a file and, as far as the limits demand, to others beside it: `batch.jsonl`, `batch-0002.jsonl`,
  /// `batch-0003.jsonl` and so on.
  ///
  /// Each file takes its name only when all of them are written. Files of an earlier call with the same name are
  /// replaced, and removed where there are fewer now; files that hold anything else are not. Equal requests are written once.
  ///
  /// - Throws: `CompletionError.invalidRequest`, also for a request that is longer than a whole file;
  ///   `LabelError.unwritableFile`, or an error of the file system.
  @discardableResult
  public static func write(
    _ requests: some Sequence<CompletionRequest>, to url: URL, adjustments: [String: Set<RequestAdjustment>] = [:],
    maximumRequests: Int = defaultMaximumRequests, maximumBytes: Int = defaultMaximumBytes
  ) throws -> [BatchFile] {
    precondition(maximumRequests > 0 && maximumBytes > 0, "BatchFile.write: a file could hold nothing")
    let folder = url.deletingLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var writer = BatchFileWriter(url)
    try writer.check()
    do {
      var seen: Set<RequestKey> = []
      for request in requests {
        let line = try BatchRequestLine(request, adjustments: adjustments[request.model] ?? [])
        guard line.bytes.count <= maximumBytes else {
          throw CompletionError.invalidRequest(reason: "it is longer than a batch file of \(maximumBytes) bytes")
        }
        guard seen.insert(line.key).inserted else { continue }
        if !writer.hasRoom(for: line, maximumRequests, maximumBytes) { try writer.finishFile() }
        try writer.append(line)
      }
      return try writer.finish()
    } catch {
      writer.discard()
      throw error
    }
  }
}
