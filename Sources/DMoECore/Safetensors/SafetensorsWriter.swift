package import Foundation

/// Writes `Float` tensors as a safetensors file.
package enum SafetensorsWriter {
  /// Replaces the file at `url`, atomically. The same tensors and metadata give the same bytes.
  ///
  /// Shapes: each shape has as many elements as its matrix. Names are unique and not `__metadata__`.
  /// The tensors lie in the order of their names, the header is padded with spaces to a multiple of 8 bytes.
  ///
  /// - Throws: `CoreError.unwritableFile` if the file cannot be written.
  package static func write(
    _ tensors: [(name: String, shape: [Int], values: Matrix)], metadata: [String: String] = [:], to url: URL
  ) throws(CoreError) {
    let file = try finished(tensors, metadata: metadata, for: url)
    do throws(CoreError) { try file.commit() } catch {
      file.discard()
      throw error
    }
  }

  /// The same file, finished and not yet in its place, for who puts several in their places at once.
  ///
  /// - Throws: `CoreError.unwritableFile`; nothing is left of the file then.
  package static func finished(
    _ tensors: [(name: String, shape: [Int], values: Matrix)], metadata: [String: String] = [:], for url: URL
  ) throws(CoreError) -> PendingFile<CoreError> {
    let sorted = tensors.sorted { precedes($0.name, $1.name) }
    for (tensor, next) in zip(sorted, sorted.dropFirst()) {
      precondition(tensor.name != next.name, "SafetensorsWriter: \(tensor.name) is there twice")
    }
    let header = header(sorted, metadata)
    let output = try PendingFile<CoreError>(replacing: url)
    do throws(CoreError) {
      try output.append(header)
      for tensor in sorted {
        try tensor.values.withElements { elements throws(CoreError) in
          try output.append(UnsafeRawBufferPointer(elements))
        }
      }
      try output.finish()
    } catch {
      output.discard()
      throw error
    }
    return output
  }

  /// The header with its length in front.
  private static func header(
    _ tensors: [(name: String, shape: [Int], values: Matrix)], _ metadata: [String: String]
  ) -> Data {
    let quoted = JSONText.quoted
    var members: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { precedes($0.key, $1.key) }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.append("\"__metadata__\":{\(pairs.joined(separator: ","))}")
    }
    var begin = 0
    for (name, shape, values) in tensors {
      precondition(name != "__metadata__", "SafetensorsWriter: __metadata__ is no tensor name")
      precondition(
        WeightFormat.f32.byteCount(shape: shape) == 4 * values.count,
        "SafetensorsWriter: \(name) has the shape \(shape) and \(values.count) elements")
      let end = begin + 4 * values.count
      let sizes = shape.map(String.init).joined(separator: ",")
      members.append("\(quoted(name)):{\"dtype\":\"F32\",\"shape\":[\(sizes)],\"data_offsets\":[\(begin),\(end)]}")
      begin = end
    }
    let text = Array("{\(members.joined(separator: ","))}".utf8)
    let padding = [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    let length = UInt64(text.count + padding.count)
    return Data((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + text + padding)
  }

  /// The order of the bytes, which no locale or Unicode version changes.
  private static func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }
}
