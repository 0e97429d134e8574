public import Foundation

/// JSON by the letter (RFC 8259), for texts that people write: what Foundation's decoders pass over is an error here.
@_spi(Command) public enum StrictJSON {
  /// Why a text is not JSON, and where; the text itself is not part of it.
  public struct Fault: Error, Equatable, Sendable {
    /// The line of the text, from 1.
    public let line: Int
    /// The byte of the line, from 1.
    public let column: Int
    /// What is wrong, without its place.
    public let reason: String

    /// A fault at a place.
    public init(line: Int, column: Int, reason: String) {
      self.line = line
      self.column = column
      self.reason = reason
    }
  }

  /// Checks that the text is one JSON value in which no object has a key twice.
  ///
  /// - Throws: `Fault`.
  public static func check(_ text: Data) throws(Fault) {
    do { _ = try JSONReader.value(of: text, .strict) } catch {
      throw Fault(line: error.line, column: error.column, reason: error.reason)
    }
  }
}
