public import DMoEFoundation
public import Foundation

/// JSON by the letter (RFC 8259), for texts that people write: what Foundation's decoders pass over is an error here.
@_spi(Command) public enum StrictJSON {
  /// Checks that the text is one JSON value in which no object has a key twice.
  ///
  /// - Throws: `JSONSyntaxError`.
  public static func check(_ text: Data) throws(JSONSyntaxError) { _ = try JSONReader.value(of: text, .strict) }
}
