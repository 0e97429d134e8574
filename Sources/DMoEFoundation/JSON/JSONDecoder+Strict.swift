package import Foundation

extension JSONDecoder {
  /// A value of a text that is JSON by the letter: what Foundation's decoders pass over is an error here.
  ///
  /// They take a comma before a closing bracket, and the first of two equal keys; `JSONSerialization` takes the last.
  /// Either way a text would be read otherwise than the next program reads it.
  ///
  /// - Throws: `JSONSyntaxError`, or what the value's own decoding throws.
  package static func strictly<Value: Decodable>(_ type: Value.Type, from text: Data) throws -> Value {
    _ = try JSONReader.value(of: text, .strict)
    return try JSONDecoder().decode(type, from: text)
  }
}
