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
    let text = UnsafeRawBufferPointer(rebasing: file.bytes[8..<dataOffset])
    // The format wants the brace first, without white space.
    guard text.first == UInt8(ascii: "{") else { throw file.malformed("the header does not start with a brace") }
    let header: JSONValue
    do { header = try JSONReader.value(of: text, .strict) } catch { throw file.malformed("its header: \(error)") }
    for member in header.members {
      if member.key == "__metadata__" {
        metadata = try Self.metadata(member.value, file)
      } else {
        entries.append(try Self.entry(member.key, member.value, file))
      }
    }
    withExtendedLifetime(file) {}
  }

  private static func metadata(_ value: JSONValue, _ file: MappedFile) throws(CoreError) -> [String: String] {
    guard let members = value.object?.members else { throw file.malformed("its __metadata__ is no object") }
    var metadata: [String: String] = [:]
    for member in members {
      guard let text = member.value.string else {
        throw file.malformed("the metadata has under the key \(member.key) what is no text")
      }
      metadata[member.key] = text
    }
    return metadata
  }

  private static func entry(_ name: String, _ value: JSONValue, _ file: MappedFile) throws(CoreError) -> Entry {
    let fields = value.object
    if let stranger = fields?.keys.first(where: { !["dtype", "shape", "data_offsets"].contains($0) }) {
      throw file.malformed("tensor \(name) has the unknown field \(stranger)")
    }
    guard let dtype = fields?["dtype"]?.string, let shape = fields?["shape"]?.naturals,
      let offsets = fields?["data_offsets"]?.naturals, offsets.count == 2
    else { throw file.malformed("tensor \(name) needs dtype, shape and two data_offsets") }
    return Entry(name: name, dtype: dtype, shape: shape, begin: offsets[0], end: offsets[1])
  }
}
