@_spi(Command) import DMoERM
import Foundation

/// Rewards that are written as they are computed, so that a stopped command goes on where it was.
struct RewardLog {
  /// The texts between two states of the file.
  private static let batch = 64

  private let url: URL
  private let origin: [String: String]
  private(set) var lines: [RewardLine] = []

  /// Opens the file, with what it has already.
  ///
  /// - Parameters:
  ///   - path: The file; one that is there must be of the same origin.
  ///   - origin: What decides the rewards: the model, the texts, and how they are read.
  ///   - count: How many lines there are to be.
  ///   - replaces: Begin anew where the file is of something else.
  init(_ path: String, origin: [String: String], count: Int, replaces: Bool) throws {
    url = URL(fileURLWithPath: path)
    self.origin = origin
    let kept = try Self.kept(url)
    if let kept, kept.origin == origin, kept.lines.count <= count {
      lines = kept.lines
      // Without the line that a kill has torn.
      try rewrite()
    } else if kept == nil || replaces {
      try rewrite()
    } else {
      throw Failure(
        "--rewards-out \(path) has rewards of another model, of other texts or read in another way",
        hint: "--replace replaces it.", status: .usage)
    }
  }

  /// The lines of a file that is there, without the last where it is torn; nil if nothing is there.
  private static func kept(_ url: URL) throws -> RewardFile? {
    // A pipe is written into, and keeps nothing.
    let kind = try? FileManager.default.attributesOfItem(atPath: url.resolvingSymlinksInPath().path)[.type]
    guard kind as? FileAttributeType == .typeRegular, var data = FileManager.default.contents(atPath: url.path),
      !data.isEmpty
    else { return nil }
    if data.last != UInt8(ascii: "\n") {
      data = data.prefix(data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0)
    }
    return try RewardFile(JSONRows(data: data, name: url.path))
  }

  private func rewrite() throws {
    try write(lines.reduce(into: RewardFile.head(origin)) { $0 += $1.json }, mode: "w")
  }

  private func write(_ data: Data, mode: String) throws {
    guard let file = fopen(url.path, mode) else { throw failure() }
    let written = data.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, file) }
    guard fclose(file) == 0, written == data.count else { throw failure() }
  }

  private func failure() -> Failure {
    Failure("--rewards-out \(url.path) cannot be written: \(String(cString: strerror(errno)))")
  }

  /// Computes what is missing, a batch after the other.
  ///
  /// - Parameters:
  ///   - count: How many lines there are to be.
  ///   - batch: The lines of the items at some places.
  mutating func fill(
    _ count: Int, progress: (_ done: Int, _ total: Int) -> Void, _ batch: (Range<Int>) throws -> [RewardLine]
  ) throws {
    while lines.count < count {
      let places = lines.count..<min(count, lines.count + Self.batch)
      let next = try batch(places)
      try write(next.reduce(into: Data()) { $0 += $1.json }, mode: "a")
      lines += next
      progress(lines.count, count)
    }
  }
}
