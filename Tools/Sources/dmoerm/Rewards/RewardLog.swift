@_spi(Command) import DMoERM
import Foundation

/// Rewards that are written as they are computed, so that a stopped command goes on where it was.
struct RewardLog {
  /// The texts between two states of the file.
  private static let batch = 16

  private let path: String
  private let file: FileHandle
  private(set) var lines: [RewardLine] = []

  /// Opens the file, with what it has already. It is locked as long as this lasts, so that no second command writes it.
  ///
  /// - Parameters:
  ///   - path: The file; one that is there must be of the same origin.
  ///   - origin: What decides the rewards: the model, the texts, and how they are read.
  ///   - ids: The identifiers that the lines are to have, in their order.
  ///   - replaces: Begin anew where the file is of something else.
  init(_ path: String, origin: [String: String], ids: [String], replaces: Bool) throws {
    self.path = path
    let url = URL(fileURLWithPath: path)
    let descriptor = open(url.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path) }
    file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    let head = RewardFile.head(origin)
    // A pipe is written into, and keeps nothing.
    guard try isRegular() else {
      try append(head)
      return
    }
    try lock()
    guard let data = FileManager.default.contents(atPath: url.path) else { throw Self.failure(path) }
    // Without the line that a kill has torn.
    let whole = data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    let kept: RewardFile?
    do {
      kept = whole > 0 ? try RewardFile(JSONRows(data: data.prefix(whole), name: url.path)) : nil
    } catch {
      guard replaces else {
        throw Failure("--rewards-out \(path): \(error)", hint: "--replace replaces what is there.", status: .usage)
      }
      kept = nil
    }
    let isOwn = kept.map { $0.origin == origin && $0.lines.count <= ids.count } ?? head.starts(with: data)
    if let kept, isOwn, zip(kept.lines, ids).allSatisfy({ $0.id == $1 }) {
      // Of a batch that a kill has torn nothing is kept: in other company rewards may have other last digits.
      let isDone = kept.lines.count == ids.count
      lines = isDone ? kept.lines : Array(kept.lines.prefix(kept.lines.count / Self.batch * Self.batch))
      let length = isDone ? whole : Self.length(ofLines: 1 + lines.count, in: data)
      if length < data.count { try cut(at: length) }
    } else if replaces || (isOwn && kept == nil) {
      try cut(at: 0)
      try append(head)
    } else {
      throw Failure(
        isOwn
          ? "--rewards-out \(path) has lines that are not of the texts in their places"
          : "--rewards-out \(path) has rewards of another model, of other texts or read in another way",
        hint: "--replace replaces it.", status: .usage)
    }
  }

  /// How many bytes the first lines of a file have that says what it is of.
  private static func length(ofLines count: Int, in data: Data) -> Int {
    data.split(separator: UInt8(ascii: "\n")).prefix(count).last.map { $0.endIndex - data.startIndex + 1 } ?? 0
  }

  private func isRegular() throws -> Bool {
    var status = stat()
    guard fstat(file.fileDescriptor, &status) == 0 else { throw Self.failure(path) }
    return status.st_mode & S_IFMT == S_IFREG
  }

  private func lock() throws {
    while flock(file.fileDescriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      // Some network file systems have no locks to give.
      guard errno == EWOULDBLOCK else { return }
      throw Failure(
        "--rewards-out \(path): another command is writing it", hint: "Wait for it, or name another file.",
        status: .failure)
    }
  }

  private func cut(at length: Int) throws {
    guard ftruncate(file.fileDescriptor, off_t(length)) == 0 else { throw Self.failure(path) }
  }

  private func append(_ data: Data) throws {
    try data.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) in
      var written = 0
      while written < bytes.count {
        let part = UnsafeRawBufferPointer(rebasing: bytes[written...])
        let count = write(file.fileDescriptor, part.baseAddress, part.count)
        if count < 0 {
          if errno == EINTR { continue }
          throw Self.failure(path)
        }
        written += count
      }
    }
  }

  private static func failure(_ path: String) -> Failure {
    Failure("--rewards-out \(path) cannot be written: \(String(cString: strerror(errno)))")
  }

  /// Computes what is missing, a batch after the other.
  ///
  /// - Parameters:
  ///   - count: How many lines there are to be.
  ///   - batch: The lines of the items at some places.
  mutating func fill(
    _ count: Int, progress: (_ done: Int, _ total: Int) -> Void, _ batch: (Range<Int>) throws -> [RewardLine]
  ) throws {
    for places in Self.batches(from: lines.count, to: count) {
      try append(try batch(places))
      progress(lines.count, count)
    }
  }

  /// The places of the lines from one on, a batch after the other.
  static func batches(from start: Int, to count: Int) -> [Range<Int>] {
    stride(from: start, to: count, by: batch).map { $0..<min(count, $0 + batch) }
  }

  /// Writes the next lines.
  mutating func append(_ next: [RewardLine]) throws {
    try append(next.reduce(into: Data()) { $0 += $1.json })
    lines += next
  }
}
