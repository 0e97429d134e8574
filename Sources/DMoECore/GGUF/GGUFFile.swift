package import Foundation

/// A GGUF file of version 3, mapped; its header is checked when it is opened, its tensors are read when asked for.
///
/// The format is described in ggml's `docs/gguf.md`.
package struct GGUFFile: Sendable {
  /// The metadata by key.
  package let metadata: [String: GGUFValue]
  /// The names of all tensors, sorted.
  package let names: [String]
  private let file: MappedFile
  private let tensors: [String: GGUFTensorInfo]
  private let dataOffset: Int

  /// - Throws: `CoreError.unreadableFile`; `.malformedFile` with the first thing that is wrong;
  ///   `.unsupportedTensorType` with ggml's name of a format that is not read.
  package init(contentsOf url: URL) throws(CoreError) {
    let file = try MappedFile(contentsOf: url)
    var cursor = GGUFCursor(file)
    guard file.count >= 4, file.bytes[0..<4].elementsEqual("GGUF".utf8) else {
      throw file.malformed("it does not start with GGUF")
    }
    try cursor.skip(4, "the magic")
    let version = try cursor.read(UInt32.self, "the version")
    guard version == 3 else {
      let reason = version.byteSwapped == 3 ? "it is big endian" : "its version is \(version)"
      throw file.malformed("\(reason); little-endian GGUF of version 3 is read")
    }
    // A tensor takes at least 24 bytes of the header (name length, dimensions, type, offset), a pair 13.
    let tensorCount = try cursor.count("the tensor list", unit: 24)
    let pairCount = try cursor.count("the metadata", unit: 13)
    metadata = try Self.metadata(&cursor, pairCount)
    let alignment = try Self.alignment(metadata, file)
    var infos: [GGUFTensorInfo] = []
    for _ in 0..<tensorCount { infos.append(try GGUFTensorInfo(&cursor)) }
    let padding = (alignment - cursor.position % alignment) % alignment
    // A file without tensors may end where the padding would begin.
    let dataOffset = min(cursor.position + padding, file.count)
    tensors = try Self.table(infos, alignment: alignment, dataCount: file.count - dataOffset, file)
    names = tensors.keys.sorted()
    self.dataOffset = dataOffset
    self.file = file
  }

  /// Tells the file from others, as it was when it was opened.
  package var identity: FileIdentity { file.identity }

  /// Gives the pages that were read back to the system, for when most of the file has been turned into something else.
  package func forgetPages() { file.forgetPages() }

  private static func metadata(
    _ cursor: inout GGUFCursor, _ count: Int
  ) throws(CoreError) -> [String: GGUFValue] {
    var metadata: [String: GGUFValue] = [:]
    for _ in 0..<count {
      let key = try cursor.string("a metadata key")
      let number = try cursor.read(UInt32.self, "the type of \(key)")
      guard let kind = GGUFValue.Kind(rawValue: number) else {
        throw cursor.file.malformed("\(key) has the unknown type \(number)")
      }
      let value = try GGUFValue(kind, &cursor, key)
      guard metadata.updateValue(value, forKey: key) == nil else {
        throw cursor.file.malformed("\(key) appears twice")
      }
    }
    return metadata
  }

  private static func alignment(_ metadata: [String: GGUFValue], _ file: MappedFile) throws(CoreError) -> Int {
    // The default is the format's.
    guard let value = metadata["general.alignment"] else { return 32 }
    guard case .unsigned(let number) = value, number > 0, number <= 1 << 30, number.nonzeroBitCount == 1 else {
      throw file.malformed("general.alignment is no power of two")
    }
    return Int(number)
  }

  /// Checks that the tensors lie aligned in the file and do not overlap.
  private static func table(
    _ infos: [GGUFTensorInfo], alignment: Int, dataCount: Int, _ file: MappedFile
  ) throws(CoreError) -> [String: GGUFTensorInfo] {
    var table: [String: GGUFTensorInfo] = [:]
    var covered = 0
    for info in infos.sorted(by: { ($0.offset, $0.byteCount) < ($1.offset, $1.byteCount) }) {
      guard info.offset % alignment == 0 else {
        throw file.malformed("tensor \(info.name) starts at \(info.offset), which is not aligned to \(alignment)")
      }
      guard info.offset >= covered else { throw file.malformed("tensor \(info.name) overlaps another one") }
      guard info.offset <= dataCount, info.byteCount <= dataCount - info.offset else {
        throw file.malformed("tensor \(info.name) ends behind the end of the file; was the download broken off?")
      }
      covered = info.offset + info.byteCount
      guard table.updateValue(info, forKey: info.name) == nil else {
        throw file.malformed("tensor \(info.name) appears twice")
      }
    }
    return table
  }

  /// The format in which a tensor's numbers are stored, also if they cannot be read as weights; `nil` if it is not
  /// there.
  package func format(of name: String) -> WeightFormat? { tensors[name]?.format }
}

extension GGUFFile: TensorSource {
  /// The path of the file, for error messages.
  package var path: String { file.path }

  /// Whether the file has a tensor of this name.
  package func contains(_ name: String) -> Bool { tensors[name] != nil }

  /// The tensor of this name, whose numbers are still in the file.
  ///
  /// - Throws: `CoreError.missingTensor`, `.unsupportedTensorType`, `.malformedFile`.
  package func tensor(named name: String) throws(CoreError) -> StoredTensor {
    guard let info = tensors[name] else { throw .missingTensor(name: name, path: path) }
    return try StoredTensor(
      name: name, shape: info.shape, format: info.format, file: file, offset: dataOffset + info.offset)
  }
}
