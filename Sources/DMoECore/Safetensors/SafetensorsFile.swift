package import Foundation

/// A safetensors file, mapped; its header is checked when it is opened, its tensors are read when asked for.
///
/// The checks are those of the reference reader (`safetensors/src/tensor.rs:Metadata.validate`): the tensors cover the
/// data buffer without holes or overlaps.
package struct SafetensorsFile: Sendable {
  /// The free text of the header's `__metadata__`; empty if there is none.
  package let metadata: [String: String]
  /// The names of all tensors, sorted.
  package let names: [String]
  private let file: MappedFile
  private let tensors: [String: Entry]

  private struct Entry: Sendable {
    let format: WeightFormat
    let shape: [Int]
    let offset: Int
  }

  /// - Throws: `CoreError.unreadableFile`, `.malformedFile` with the first thing that is wrong, or
  ///   `.unsupportedTensorType` for a dtype that is not known.
  package init(contentsOf url: URL) throws(CoreError) {
    file = try MappedFile(contentsOf: url)
    let header = try SafetensorsHeader(file)
    var tensors: [String: Entry] = [:]
    var covered = 0
    for entry in header.entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
      guard let format = WeightFormat(safetensors: entry.dtype) else {
        throw .unsupportedTensorType(name: entry.name, path: file.path, type: entry.dtype)
      }
      guard entry.begin == covered else {
        throw file.malformed(
          "tensor \(entry.name) starts at \(entry.begin) instead of \(covered): a hole or an overlap")
      }
      guard let size = format.byteCount(shape: entry.shape), entry.end >= entry.begin, entry.end - entry.begin == size
      else {
        throw file.malformed(
          "tensor \(entry.name) of \(entry.dtype) \(entry.shape) has the offsets \(entry.begin) and \(entry.end)")
      }
      covered = entry.end
      guard covered <= file.count - header.dataOffset else {
        throw file.malformed("tensor \(entry.name) ends behind the end of the file; was the download broken off?")
      }
      let kept = Entry(format: format, shape: entry.shape, offset: header.dataOffset + entry.begin)
      guard tensors.updateValue(kept, forKey: entry.name) == nil else {
        throw file.malformed("tensor \(entry.name) appears twice")
      }
    }
    guard covered == file.count - header.dataOffset else {
      throw file.malformed("the tensors take \(covered) bytes, the file has \(file.count - header.dataOffset)")
    }
    metadata = header.metadata
    names = tensors.keys.sorted()
    self.tensors = tensors
  }

  /// Tells the file from others, as it was when it was opened.
  package var identity: FileIdentity { file.identity }

  /// The format in which a tensor's numbers are stored, also if they cannot be read as weights; `nil` if it is not
  /// there.
  package func format(of name: String) -> WeightFormat? { tensors[name]?.format }
}

extension SafetensorsFile: TensorSource {
  /// The path of the file, for error messages.
  package var path: String { file.path }

  /// Whether the file has a tensor of this name.
  package func contains(_ name: String) -> Bool { tensors[name] != nil }

  /// The tensor of this name, whose numbers are still in the file.
  ///
  /// - Throws: `CoreError.missingTensor`, `.unsupportedTensorType`, `.malformedFile`.
  package func tensor(named name: String) throws(CoreError) -> StoredTensor {
    guard let entry = tensors[name] else { throw .missingTensor(name: name, path: path) }
    return try StoredTensor(
      name: name, shape: entry.shape, format: entry.format, file: file, offset: entry.offset)
  }
}

extension WeightFormat {
  /// The format that a safetensors header calls `dtype`.
  init?(safetensors dtype: String) {
    switch dtype {
    case "F64": self = .f64
    case "F32": self = .f32
    case "F16": self = .f16
    case "BF16": self = .bf16
    case "F8_E4M3": self = .f8_e4m3
    case "F8_E5M2": self = .f8_e5m2
    case "I64": self = .i64
    case "I32": self = .i32
    case "I16": self = .i16
    case "I8": self = .i8
    case "U64": self = .u64
    case "U32": self = .u32
    case "U16": self = .u16
    case "U8": self = .u8
    case "BOOL": self = .bool
    default: return nil
    }
  }
}

extension MappedFile {
  /// The error that says what is wrong with this file.
  func malformed(_ reason: String) -> CoreError { .malformedFile(path: path, reason: reason) }
}
