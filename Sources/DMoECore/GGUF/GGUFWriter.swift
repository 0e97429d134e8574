package import Foundation

/// Writes a GGUF file of version 3.
///
/// Tensors are made and written block by block, so that a model need not be in memory as a whole. The same metadata and tensors
/// give the same bytes; the order of both is that of the lists. The format is described in ggml's `docs/gguf.md`.
package enum GGUFWriter {
  /// A value of the metadata, with the type that the file gets.
  package enum Value: Sendable, Equatable {
    /// A whole number.
    case uint32(UInt32)
    /// A number.
    case float32(Float)
    /// A truth value.
    case bool(Bool)
    /// A text.
    case string(String)
    /// A list of texts.
    case strings([String])
    /// A list of whole numbers.
    case int32s([Int32])
    /// A list of numbers.
    case float32s([Float])
  }

  /// A tensor that is made when its turn comes.
  package struct Tensor {
    /// The name in the file.
    package let name: String
    /// Slowest dimension first; the file has them the other way round.
    package let shape: [Int]
    /// One of `WeightFormat.written`.
    package let format: WeightFormat
    fileprivate let make: (_ take: (Matrix) throws(CoreError) -> Void) throws(CoreError) -> Void

    /// A tensor of this name.
    ///
    /// - Parameters:
    ///   - shape: Its last dimension is whole blocks of the format.
    ///   - make: Gives the numbers, rows after rows, in one or several pieces.
    package init(
      name: String, shape: [Int], format: WeightFormat,
      make: @escaping (_ take: (Matrix) throws(CoreError) -> Void) throws(CoreError) -> Void
    ) {
      precondition(
        WeightFormat.written.contains(format) && (shape.last ?? 1) % format.blockSize == 0,
        "GGUFWriter: \(name) \(shape) as \(format.rawValue)")
      self.name = name
      self.shape = shape
      self.format = format
      self.make = make
    }

    /// The bytes it takes.
    fileprivate var byteCount: Int { format.byteCount(shape: shape) ?? 0 }
  }

  /// The format's default, which readers take where the metadata says no other.
  private static let alignment = 32

  /// Replaces the file at `url`, atomically.
  ///
  /// - Parameters:
  ///   - metadata: Keys are unique.
  ///   - tensors: Names are unique.
  /// - Throws: `CoreError.unwritableFile`; `.nonFinite` for a number that its format does not hold; what tensors throw.
  package static func write(
    metadata: [(key: String, value: Value)], tensors: [Tensor], to url: URL
  ) throws(CoreError) {
    precondition(Set(metadata.map(\.key)).count == metadata.count, "GGUFWriter: a key is there twice")
    precondition(Set(tensors.map(\.name)).count == tensors.count, "GGUFWriter: a tensor is there twice")
    try AtomicFile<CoreError>.write(to: url) { file throws(CoreError) in
      try file.append(header(metadata, tensors))
      for tensor in tensors {
        var written = 0
        try tensor.make { values throws(CoreError) in
          let bytes = try values.encoded(as: tensor.format, tensor.name)
          written += bytes.count
          try file.append(bytes)
        }
        precondition(written == tensor.byteCount, "GGUFWriter: \(tensor.name) has \(written) bytes")
        try file.append(Data(count: padding(written)))
      }
    }
  }

  private static func padding(_ count: Int) -> Int { (alignment - count % alignment) % alignment }

  private static func header(_ metadata: [(key: String, value: Value)], _ tensors: [Tensor]) -> Data {
    var header = Data("GGUF".utf8)
    header.append(little: UInt32(3))
    header.append(little: UInt64(tensors.count))
    header.append(little: UInt64(metadata.count))
    for (key, value) in metadata {
      header.append(text: key)
      header.append(value)
    }
    var offset = 0
    for tensor in tensors {
      header.append(text: tensor.name)
      header.append(little: UInt32(tensor.shape.count))
      for size in tensor.shape.reversed() { header.append(little: UInt64(size)) }
      header.append(little: tensor.format.ggmlType)
      header.append(little: UInt64(offset))
      offset += tensor.byteCount + padding(tensor.byteCount)
    }
    return header + Data(count: padding(header.count))
  }
}

extension Data {
  fileprivate mutating func append(little number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }

  fileprivate mutating func append(text: String) {
    append(little: UInt64(text.utf8.count))
    append(contentsOf: text.utf8)
  }

  private mutating func append(kind: GGUFValue.Kind) { append(little: kind.rawValue) }

  private mutating func append(list kind: GGUFValue.Kind, count: Int) {
    append(kind: .array)
    append(kind: kind)
    append(little: UInt64(count))
  }

  /// The type and the value.
  fileprivate mutating func append(_ value: GGUFWriter.Value) {
    switch value {
    case .uint32(let number):
      append(kind: .uint32)
      append(little: number)
    case .float32(let number):
      append(kind: .float32)
      append(little: number.bitPattern)
    case .bool(let flag):
      append(kind: .bool)
      append(flag ? 1 : 0)
    case .string(let text):
      append(kind: .string)
      append(text: text)
    case .strings(let texts):
      append(list: .string, count: texts.count)
      for text in texts { append(text: text) }
    case .int32s(let numbers):
      append(list: .int32, count: numbers.count)
      for number in numbers { append(little: number) }
    case .float32s(let numbers):
      append(list: .float32, count: numbers.count)
      for number in numbers { append(little: number.bitPattern) }
    }
  }
}
