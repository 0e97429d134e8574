import DMoEFoundation
import Foundation

/// Writes the files of one batch beside their places.
struct BatchFileWriter {
  private let folder: URL
  private let name: String
  private var open: PendingFile<LabelError>?
  private var finished: [PendingFile<LabelError>] = []
  private var buffer = Data()
  private var requestCount = 0
  private var byteCount = 0
  private var files: [BatchFile] = []

  init(folder: URL, name: String) {
    self.folder = folder
    self.name = name
  }

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
    for file in finished { try file.commit() }
    let written = Set(files.map(\.url.lastPathComponent))
    for other in try FileManager.default.contentsOfDirectory(atPath: folder.path) where !written.contains(other) {
      let number = other.dropFirst(name.count + 1).dropLast(6)
      guard number.count >= 4, let value = Int(number), other == url(number: value).lastPathComponent else { continue }
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

  private func url(number: Int) -> URL {
    let digits = String(number)
    let zeros = String(repeating: "0", count: max(0, 4 - digits.count))
    return folder.appendingPathComponent("\(name)-\(zeros)\(digits).jsonl")
  }
}
