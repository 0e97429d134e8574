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
  /// What the numbers are: bytes or bf16.
  let road: StoredWeight.Road
  /// The number of rows.
  let rows: Int
  /// The numbers of a row.
  let columns: Int
  /// The bytes of a row.
  let rowBytes: Int
  /// Its floats are memory and no numbers; a matrix, since those come from a pool.
  private var storage: Matrix

  /// Bytes (`dmoe_stored_quantize_rows`).
  init(quantizing x: Matrix, _ compute: Compute) {
    let columns = Int64(x.columns)
    self.init(.bytes, x, compute) { from, count, to in
      dmoe_stored_quantize_rows(from, columns, Int64(count), columns, to)
    }
  }

  /// bf16 (`dmoe_narrow_bf16`).
  init(narrowing x: Matrix, _ compute: Compute) {
    self.init(.bfloat16, x, compute) { from, count, to in
      dmoe_narrow_bf16(from, to.assumingMemoryBound(to: UInt16.self), Int64(count * x.columns))
    }
  }

  /// Rows that are still to be written, of bytes or bf16.
  init(uninitialized road: StoredWeight.Road, rows: Int, columns: Int) {
    precondition(road != .float32, "rows of floats are matrices")
    self.road = road
    self.rows = rows
    self.columns = columns
    rowBytes =
      road == .bytes ? dmoe_stored_row_bytes(Int64(columns)) : columns * MemoryLayout<UInt16>.stride
    let floats = MemoryLayout<Float>.stride
    storage = Matrix(uninitialized: 1, (rows * rowBytes + floats - 1) / floats)
  }

  private init(
    _ road: StoredWeight.Road, _ x: Matrix, _ compute: Compute,
    _ convert: (_ from: UnsafePointer<Float>, _ count: Int, _ to: UnsafeMutableRawPointer) -> Void
  ) {
    self.init(uninitialized: road, rows: x.rows, columns: x.columns)
    let (from, to, rowBytes) = (x.pointer, mutablePointer, rowBytes)
    compute.parallel(x.rows, grain: max(1, 65_536 / max(1, x.columns))) { part in
      convert(from + part.lowerBound * x.columns, part.count, to + part.lowerBound * rowBytes)
    }
  }

  /// The first byte of a row; valid while these rows live.
  func pointer(toRow row: Int) -> UnsafeRawPointer { UnsafeRawPointer(storage.pointer) + row * rowBytes }

  /// The first byte, to write to.
  var mutablePointer: UnsafeMutableRawPointer { mutating get { UnsafeMutableRawPointer(storage.mutablePointer) } }
}
