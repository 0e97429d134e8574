public import Foundation

/// JSON by the letter (RFC 8259), for texts that people write: what Foundation's decoders pass over is an error here.
///
/// `JSONDecoder` takes a comma before a closing bracket, and the first of two equal keys; `JSONSerialization` takes the
/// last. Either way a text would be read otherwise than the next program reads it.
public enum StrictJSON {
  /// Checks that the text is one JSON value in which no object has a key twice.
  ///
  /// - Throws: `JSONSyntaxError`.
  public static func check(_ text: Data) throws(JSONSyntaxError) {
    _ = try tree(text)
  }

  /// The value that the text is.
  package static func tree(_ text: Data) throws(JSONSyntaxError) -> JSONTree {
    // A closure cannot rethrow a typed error out of `withUnsafeBytes` of Data.
    let result: Result<JSONTree, JSONSyntaxError> = text.withUnsafeBytes { bytes in
      Result { () throws(JSONSyntaxError) in
        var parser = JSONParser(bytes)
        return try parser.document()
      }
    }
    return try result.get()
  }
}
