/// The JSON header of a safetensors file as written, its syntax checked and its meaning not yet.
struct SafetensorsHeader {
  struct Entry {
    var name: String
    var dtype: String
    var shape: [Int]
    var begin: Int
    var end: Int
  }

  /// In the order of the header.
  private(set) var entries: [Entry] = []
  private(set) var metadata: [String: String] = [:]
  /// Where the data buffer starts in the file.
  let dataOffset: Int

  /// What the reference reader allows.
  static let largestHeader = 100_000_000

  /// - Throws: `CoreError.malformedFile`.
  init(_ file: MappedFile) throws(CoreError) {
    guard file.count >= 8 else { throw file.malformed("it ends within the header length") }
    let length = UInt64(littleEndian: file.bytes.loadUnaligned(as: UInt64.self))
    guard length <= Self.largestHeader else {
      throw file.malformed("a header of \(length) bytes is longer than \(Self.largestHeader)")
    }
    guard Int(length) <= file.count - 8 else {
      throw file.malformed("it ends within the header of \(length) bytes; was the download broken off?")
    }
    dataOffset = 8 + Int(length)
    var scanner = HeaderScanner(file: file, position: 8, end: dataOffset)
    var hasMetadata = false
    // The format wants the brace first, without white space.
    guard file.bytes[8..<dataOffset].first == UInt8(ascii: "{") else {
      throw file.malformed("the header does not start with a brace")
    }
    try scanner.object { scanner, name throws(CoreError) in
      if name == "__metadata__" {
        guard !hasMetadata else { throw file.malformed("the header has two __metadata__") }
        hasMetadata = true
        try scanner.object { scanner, key throws(CoreError) in
          let value = try scanner.string()
          guard metadata.updateValue(value, forKey: key) == nil else {
            throw file.malformed("the metadata has the key \(key) twice")
          }
        }
      } else {
        entries.append(try Self.entry(name, &scanner, file))
      }
    }
    try scanner.finish()
    withExtendedLifetime(file) {}
  }

  private static func entry(
    _ name: String, _ scanner: inout HeaderScanner, _ file: MappedFile
  ) throws(CoreError) -> Entry {
    var dtype: String?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.object { scanner, key throws(CoreError) in
      switch key {
      case "dtype" where dtype == nil: dtype = try scanner.string()
      case "shape" where shape == nil: shape = try scanner.naturals()
      case "data_offsets" where offsets == nil: offsets = try scanner.naturals()
      default: throw file.malformed("tensor \(name) has the unknown or repeated field \(key)")
      }
    }
    guard let dtype, let shape, let offsets, offsets.count == 2 else {
      throw file.malformed("tensor \(name) needs dtype, shape and two data_offsets")
    }
    return Entry(name: name, dtype: dtype, shape: shape, begin: offsets[0], end: offsets[1])
  }
}
