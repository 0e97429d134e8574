/// A key of a file as an error may name it.
package enum KeyText {
  /// The key in quotes if it looks like one; a stray key could be anything, even a prompt.
  package static func quoted(_ key: String) -> String {
    let isPlain =
      key.utf8.count <= 64
      && key.utf8.allSatisfy { byte in
        (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || "_-.:[]".utf8.contains(byte)
      }
    return isPlain ? "\"\(key)\"" : "of \(key.utf8.count) bytes"
  }
}
