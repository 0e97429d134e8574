import CDMoEKernels
import Synchronization

/// Rows that are multiplied by several weight matrices: what those make of the rows first, such as bytes, is made once.
package final class ProductInput: Sendable {
  /// The rows as floats. Shape: [rows, inputs].
  package let matrix: Matrix
  private let bytes = Mutex<QuantizedRows?>(nil)

  /// Nothing is made of the rows yet.
  package init(_ matrix: Matrix) { self.matrix = matrix }

  /// The rows as bytes with a scale for every 32 numbers.
  func quantized(_ compute: Compute) -> QuantizedRows {
    bytes.withLock { kept in
      let rows = kept ?? QuantizedRows(matrix, compute)
      kept = rows
      return rows
    }
  }
}

/// Rows as the C kernels of stored weights take them (`dmoe_stored_quantize_rows`).
struct QuantizedRows: Sendable {
  /// The bytes of a row.
  let rowBytes: Int
  /// Its floats are memory and no numbers; a matrix, since those come from a pool.
  private let storage: Matrix

  init(_ x: Matrix, _ compute: Compute) {
    let columns = Int64(x.columns)
    let rowBytes = dmoe_stored_row_bytes(columns)
    let floats = MemoryLayout<Float>.stride
    var storage = Matrix(uninitialized: 1, (x.rows * rowBytes + floats - 1) / floats)
    let (from, to) = (x.pointer, UnsafeMutableRawPointer(storage.mutablePointer))
    compute.parallel(x.rows, grain: max(1, 65_536 / max(1, x.columns))) { part in
      dmoe_stored_quantize_rows(
        from + part.lowerBound * x.columns, columns, Int64(part.count), columns, to + part.lowerBound * rowBytes)
    }
    self.rowBytes = rowBytes
    self.storage = storage
  }

  /// The first byte of a row; valid while these rows live.
  func pointer(toRow row: Int) -> UnsafeRawPointer { UnsafeRawPointer(storage.pointer) + row * rowBytes }
}
