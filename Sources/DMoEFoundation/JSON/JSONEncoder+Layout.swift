package import Foundation

extension JSONEncoder {
  /// A value as a file that people read: indented, keys in the order of their names, slashes as they are, a newline at
  /// the end.
  package static func file(_ value: some Encodable) throws -> Data {
    try JSONEncoder([.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]).encode(value) + Data("\n".utf8)
  }

  /// An encoder of lines: keys in the order of their names, slashes as they are, no newline.
  package static var line: JSONEncoder { JSONEncoder([.sortedKeys, .withoutEscapingSlashes]) }

  /// An encoder of texts that are hashed or compared: keys in the order of their names, slashes escaped, no newline.
  package static var canonical: JSONEncoder { JSONEncoder(.sortedKeys) }

  /// An encoder of the files of a run folder: as `canonical`, but indented.
  package static var indented: JSONEncoder { JSONEncoder([.prettyPrinted, .sortedKeys]) }

  private convenience init(_ layout: OutputFormatting) {
    self.init()
    outputFormatting = layout
  }
}
