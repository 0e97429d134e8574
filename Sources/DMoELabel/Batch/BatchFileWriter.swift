import DMoEFoundation
import Foundation

/// Writes the files of one batch beside their places.
struct BatchFileWriter {
  /// The place of the first of them.
  private let first: URL
  private var open: PendingFile<LabelError>?
  private var finished: [PendingFile<LabelError>] = []
  private var buffer = Data()
  private var requestCount = 0
  private var byteCount = 0
  private var files: [BatchFile] = []

  init(_ url: URL) { first = url }

  func hasRoom(for line: BatchRequestLine, _ maximumRequests: Int, _ maximumBytes: Int) -> Bool {
    requestCount < maximumRequests && byteCount + line.bytes.count <= maximumBytes
  }

  mutating func append(_ line: BatchRequestLine) throws {
    if open == nil { open = try PendingFile(replacing: url(number: files.count + 1)) }
    buffer.append(line.bytes)
    requestCount += 1
    byteCount += line.bytes.count
    if buffer.count >= 1 << 20 { try flush() }
  }

  /// Ends the file that is being written, if any.
  mutating func finishFile() throws {
    guard let file = open else { return }
    try flush()
    try file.finish()
    finished.append(file)
    open = nil
    files.append(BatchFile(url: url(number: files.count + 1), requestCount: requestCount, byteCount: byteCount))
    requestCount = 0
    byteCount = 0
  }

  /// Gives all files their names and removes those of an earlier, longer batch.
  mutating func finish() throws -> [BatchFile] {
    try finishFile()
    for file in files where Self.isForeign(file.url) { throw Self.foreign(file.url) }
    for file in finished { try file.commit() }
    let folder = first.deletingLastPathComponent()
    let name = first.deletingPathExtension().lastPathComponent + "-"
    let end = first.pathExtension.isEmpty ? "" : "." + first.pathExtension
    if files.isEmpty, FileManager.default.fileExists(atPath: first.path), !Self.isForeign(first) {
      try FileManager.default.removeItem(at: first)
    }
    for other in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where other.hasPrefix(name) && other.hasSuffix(end) && other.count >= name.count + end.count {
      let number = other.dropFirst(name.count).dropLast(end.count)
      guard number.count >= 4, let value = Int(number), value > max(1, files.count),
        other == url(number: value).lastPathComponent, !Self.isForeign(folder.appendingPathComponent(other))
      else { continue }
      try FileManager.default.removeItem(at: folder.appendingPathComponent(other))
    }
    return files
  }

  /// Removes what has no name yet.
  func discard() {
    open?.discard()
    for file in finished { file.discard() }
  }

  private mutating func flush() throws {
    try open?.append(buffer)
    buffer.removeAll(keepingCapacity: true)
  }

  /// Whether a file is there that holds something else than requests of a batch: it is nobody's to replace or remove.
  private static func isForeign(_ url: URL) -> Bool {
    guard let file = try? FileHandle(forReadingFrom: url) else { return false }
    defer { try? file.close() }
    guard let begin = try? file.read(upToCount: BatchRequestLine.begin.count), !begin.isEmpty else { return false }
    return begin != BatchRequestLine.begin
  }

  private static func foreign(_ url: URL) -> LabelError {
    .unwritableFile(path: url.path, reason: "it is there and holds no requests of a batch, so it is not replaced")
  }

  /// - Throws: `LabelError.unwritableFile` where something else has the first one's place.
  func check() throws(LabelError) { if Self.isForeign(first) { throw Self.foreign(first) } }

  private func url(number: Int) -> URL {
    guard number > 1 else { return first }
    let digits = String(number)
    let zeros = String(repeating: "0", count: max(0, 4 - digits.count))
    let name = "\(first.deletingPathExtension().lastPathComponent)-\(zeros)\(digits)"
    let url = first.deletingLastPathComponent().appendingPathComponent(name)
    return first.pathExtension.isEmpty ? url : url.appendingPathExtension(first.pathExtension)
  }
}
