import DMoECore
import DMoEFoundation
package import Foundation

/// `metrics.jsonl` of a run: a line an event or step, and the length that a checkpoint was taken at.
package final class MetricsFile: Sendable {
  /// Where it is.
  package let url: URL
  private let handle: FileHandle

  /// Opens or makes the file of a run's folder, at its end.
  ///
  /// - Throws: `Failure.unusableRun`.
  package init<Failure: RunFailure>(in folder: URL, _ failure: Failure.Type) throws(Failure) {
    url = folder.appendingPathComponent("metrics.jsonl")
    handle = try FileHandle.run(url, failure)
    do { try handle.seekToEnd() } catch {
      throw Failure.unusableRun(path: url.path, reason: SystemReason.of(error))
    }
  }

  /// How long it is.
  package func bytes() throws -> Int { Int(try handle.offset()) }

  /// Forgets what was told after a moment that the run goes back to.
  package func truncate(to bytes: Int) throws {
    guard bytes < (try self.bytes()) else { return }
    try handle.truncate(atOffset: UInt64(bytes))
    try handle.seekToEnd()
  }

  /// Adds a line.
  ///
  /// - Throws: `CoreError.unwritableFile`.
  package func append(_ value: some Encodable) throws {
    try append(lines: try JSONEncoder.line.encode(value) + Data("\n".utf8))
  }

  /// Adds lines that another file of this kind has.
  ///
  /// - Throws: `CoreError.unwritableFile`.
  package func append(lines: Data) throws {
    do { try handle.write(contentsOf: lines) } catch {
      throw CoreError.unwritableFile(path: url.path, reason: SystemReason.of(error))
    }
  }

  /// The lines of the first bytes.
  ///
  /// - Throws: `Failure.unusableRun` for a file that is shorter, or a line that is none of this type.
  package func lines<Line: Decodable, Failure: RunFailure>(
    _ type: Line.Type, to bytes: Int, _ failure: Failure.Type
  ) throws(Failure) -> [Line] {
    do {
      let data = try Data(contentsOf: url)
      guard data.count >= bytes else {
        throw Failure.unusableRun(path: url.path, reason: "it is shorter than when the last step was kept")
      }
      return try data.prefix(bytes).split(separator: UInt8(ascii: "\n")).map {
        try JSONDecoder().decode(Line.self, from: $0)
      }
    } catch let error as Failure { throw error } catch let error as DecodingError {
      throw Failure.unusableRun(path: url.path, reason: "a line is not what it should be: \(error)")
    } catch { throw Failure.unusableRun(path: url.path, reason: SystemReason.of(error)) }
  }
}
