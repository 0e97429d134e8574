import CDMoEKernels
import Synchronization

/// Rows that are multiplied by several weight matrices: what those make of the rows first, such as bytes, is made once.
package final class ProductInput: Sendable {
  /// The rows as floats. Shape: [rows, inputs].
  package let matrix: Matrix
  private let bytes = Mutex<KernelRows?>(nil)
  private let halves = Mutex<KernelRows?>(nil)

  /// Nothing is made of the rows yet.
  package init(_ matrix: Matrix) { self.matrix = matrix }

  /// The rows as bytes with a scale for every 32 numbers.
  func quantized(_ compute: Compute) -> KernelRows {
    bytes.withLock { kept in
      let rows = kept ?? KernelRows(quantizing: matrix, compute)
      kept = rows
      return rows
    }
  }

  /// The rows as bf16.
  func narrowed(_ compute: Compute) -> KernelRows {
    halves.withLock { kept in
      let rows = kept ?? KernelRows(narrowing: matrix, compute)
      kept = rows
      return rows
    }
  }
}

/// Rows as the C kernels of stored weights take them.
struct KernelRows: Sendable {
  /// The bytes of a row.
  let rowBytes: Int
  /// Its floats are memory and no numbers; a matrix, since those come from a pool.
  private let storage: Matrix

  /// Bytes (`dmoe_stored_quantize_rows`).
  init(quantizing x: Matrix, _ compute: Compute) {
    let columns = Int64(x.columns)
    self.init(x, rowBytes: dmoe_stored_row_bytes(columns), compute) { from, count, to in
      dmoe_stored_quantize_rows(from, columns, Int64(count), columns, to)
    }
  }

  /// bf16 (`dmoe_narrow_bf16`).
  init(narrowing x: Matrix, _ compute: Compute) {
    self.init(x, rowBytes: x.columns * MemoryLayout<UInt16>.stride, compute) { from, count, to in
      dmoe_narrow_bf16(from, to.assumingMemoryBound(to: UInt16.self), Int64(count * x.columns))
    }
  }

  private init(
    _ x: Matrix, rowBytes: Int, _ compute: Compute,
    _ convert: (_ from: UnsafePointer<Float>, _ count: Int, _ to: UnsafeMutableRawPointer) -> Void
  ) {
    let floats = MemoryLayout<Float>.stride
    var storage = Matrix(uninitialized: 1, (x.rows * rowBytes + floats - 1) / floats)
    let (from, to) = (x.pointer, UnsafeMutableRawPointer(storage.mutablePointer))
    compute.parallel(x.rows, grain: max(1, 65_536 / max(1, x.columns))) { part in
      convert(from + part.lowerBound * x.columns, part.count, to + part.lowerBound * rowBytes)
    }
    self.rowBytes = rowBytes
    self.storage = storage
  }

  /// The first byte of a row; valid while these rows live.
  func pointer(toRow row: Int) -> UnsafeRawPointer { UnsafeRawPointer(storage.pointer) + row * rowBytes }
}
