/// A tensor as a weight file stores it, still in the file: nothing is read before a row is asked for.
///
/// It keeps the file mapped.
package struct StoredTensor: Sendable {
  /// The name in the file.
  package let name: String
  /// Slowest dimension first, as in PyTorch; a linear weight is [out, in].
  package let shape: [Int]
  /// The format in which the elements are stored; always a readable format.
  package let format: WeightFormat
  private let file: any TensorBytes
  private let offset: Int

  /// - Throws: `CoreError.unsupportedTensorType` if the format is listed only.
  init(name: String, shape: [Int], format: WeightFormat, file: any TensorBytes, offset: Int) throws(CoreError) {
    guard format.isReadable else {
      throw .unsupportedTensorType(name: name, path: file.path, type: format.rawValue)
    }
    let size = format.byteCount(shape: shape)
    precondition(
      size.map { offset >= 0 && offset <= file.count - $0 } ?? false,
      "StoredTensor: \(name) \(shape) at \(offset) does not fit \(file.path)")
    self.name = name
    self.shape = shape
    self.format = format
    self.file = file
    self.offset = offset
  }

  /// The file that holds the tensor.
  package var path: String { file.path }

  /// The last dimension; 1 for a tensor without dimensions.
  package var columns: Int { shape.last ?? 1 }

  /// The product of all dimensions but the last; 1 for a vector.
  package var rows: Int { shape.dropLast().reduce(1, *) }

  /// The number of elements.
  package var count: Int { rows * columns }

  /// The elements in the file itself, if they are stored as aligned `Float`s; valid while this tensor lives.
  package var mappedFloats: UnsafePointer<Float>? {
    guard format == .f32, let start = pointer(toRow: 0) else { return nil }
    guard Int(bitPattern: start) % MemoryLayout<Float>.alignment == 0 else { return nil }
    return start.assumingMemoryBound(to: Float.self)
  }

  /// The elements as a matrix: the last dimension is the columns, a vector is one row.
  ///
  /// Shapes: [rows, columns]. The work is shared between the threads of `compute`.
  ///
  /// - Parameters:
  ///   - range: The stored rows that are wanted; `nil` means all.
  ///   - place: Where a row goes, counted from the first wanted one; every row has a place of its own.
  package func matrix(
    on compute: Compute = .reference, rows range: Range<Int>? = nil, place: ((_ row: Int) -> Int)? = nil
  ) -> Matrix {
    let range = range ?? 0..<rows
    var result = Matrix(uninitialized: range.count, columns)
    let target = result.mutablePointer
    // Below some ten thousand elements a thread costs more than it saves.
    compute.parallel(range.count, grain: max(1, 16384 / max(1, columns))) { part in
      let stored = range.lowerBound + part.lowerBound..<range.lowerBound + part.upperBound
      guard let place else { return dequantize(into: target + part.lowerBound * columns, rows: stored) }
      for row in stored {
        dequantize(into: target + place(row - range.lowerBound) * columns, rows: row..<row + 1)
      }
    }
    return result
  }

  /// The bytes of one row and what follows them; rows are whole blocks, so each starts at a byte.
  func pointer(toRow row: Int) -> UnsafeRawPointer? {
    file.bytes.baseAddress.map { $0 + offset + row * (columns / format.blockSize * format.bytesPerBlock) }
  }

  /// Runs `body` with the start of the row's bytes and keeps the file mapped meanwhile.
  func withRow(_ row: Int, _ body: (UnsafeRawPointer) -> Void) {
    withExtendedLifetime(file) {
      if let start = pointer(toRow: row) { body(start) }
    }
  }
}
