public import Foundation

/// JSON by the letter (RFC 8259), for texts that people write: what Foundation's decoders pass over is an error here.
public enum StrictJSON {
  /// Checks that the text is one JSON value in which no object has a key twice.
  ///
  /// - Throws: `DataError.malformedRow`, with the line and the column.
  public static func check(_ text: Data) throws(DataError) {
    do { _ = try JSONReader.value(of: text, .strict) } catch { throw .malformedRow(reason: "\(error)") }
  }
}
