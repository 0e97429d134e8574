@_spi(Command) public import DMoEData
public import Foundation

/// A reader of the results of a batch, in memory that does not grow with the file.
///
/// The order is the service's, not that of the requests.
@_spi(Command) public struct BatchResults: ~Copyable, Sendable {
  private var lines: JSONLines

  /// Opens a file of results, or of errors, as a service gives it out.
  ///
  /// - Throws: `DataError.unreadableFile`.
  public init(contentsOf url: URL) throws(DataError) { lines = try JSONLines(contentsOf: url) }

  /// Reads lines from wherever they come.
  public init(_ lines: consuming JSONLines) { self.lines = lines }

  /// The next result; nil at the end.
  ///
  /// - Throws: `DataError.badLine` for a line that is no result, after which the following one can still be read;
  ///   `.unreadableFile`, `.compressedFile`.
  public mutating func next() throws(DataError) -> BatchResultLine? {
    guard let line = try lines.next() else { return nil }
    do {
      return try BatchResultLine(line.bytes)
    } catch {
      let reason = if case .malformedReply(let reason) = error { reason } else { error.description }
      throw .badLine(file: lines.file, line: line.number, reason: reason)
    }
  }
}
