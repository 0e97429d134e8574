/// Row-major `Float` matrix with value semantics; a vector is a matrix of one row.
///
/// The elements live in a reference-counted buffer that is copied on the first write to a shared matrix. Buffers
/// start at 64-byte boundaries.
///
/// Unchecked for the sake of that buffer: it is written only through the one matrix that refers to it (`makeUnique`), so
/// that no two threads with matrices of their own meet in one.
package struct Matrix: @unchecked Sendable {
  /// The number of rows.
  package let rows: Int
  /// The number of columns.
  package let columns: Int
  private var storage: MatrixStorage

  /// The number of elements.
  package var count: Int { rows * columns }

  /// A matrix whose elements are not set yet; the caller writes every one of them before reading any.
  package init(uninitialized rows: Int, _ columns: Int) {
    precondition(rows >= 0 && columns >= 0, "Matrix: negative shape [\(rows), \(columns)]")
    self.rows = rows
    self.columns = columns
    storage = MatrixStorage(count: rows * columns)
  }

  /// A matrix of zeros.
  package init(zeros rows: Int, _ columns: Int) {
    self.init(uninitialized: rows, columns)
    storage.base.update(repeating: 0, count: count)
  }

  /// A matrix whose elements all have one value.
  package init(repeating value: Float, _ rows: Int, _ columns: Int) {
    self.init(uninitialized: rows, columns)
    storage.base.update(repeating: value, count: count)
  }

  /// Shapes: `elements` has `rows * columns` values, row after row.
  package init(_ rows: Int, _ columns: Int, _ elements: some Collection<Float>) {
    precondition(elements.count == rows * columns, "Matrix: \(elements.count) elements for [\(rows), \(columns)]")
    self.init(uninitialized: rows, columns)
    let base = storage.base
    let isCopied: Void? = elements.withContiguousStorageIfAvailable { elements in
      if let start = elements.baseAddress { base.update(from: start, count: elements.count) }
    }
    guard isCopied == nil else { return }
    for (i, element) in elements.enumerated() { base[i] = element }
  }

  /// A row vector.
  package init(row elements: some Collection<Float>) { self.init(1, elements.count, elements) }

  /// The element in this row and column, both counted from 0.
  package subscript(row: Int, column: Int) -> Float {
    get {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns, "Matrix: index out of range")
      return storage.base[row * columns + column]
    }
    set {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns, "Matrix: index out of range")
      makeUnique()
      storage.base[row * columns + column] = newValue
    }
  }

  /// All elements, row after row.
  package var elements: [Float] { Array(UnsafeBufferPointer(start: storage.base, count: count)) }

  /// One row as an array.
  package func row(_ index: Int) -> [Float] {
    precondition(index >= 0 && index < rows, "Matrix: row \(index) of \(rows)")
    return Array(UnsafeBufferPointer(start: storage.base + index * columns, count: columns))
  }

  /// A copy of some rows of each of several equal parts, one part's below the other's, which outlives the pass that makes it: many
  /// of them take no more memory than their elements, and give it back.
  package func kept(_ range: Range<Int>, ofEachOf parts: Int) -> Matrix {
    let size = rows / parts
    precondition(rows == parts * size && range.lowerBound >= 0 && range.upperBound <= size, "Matrix: rows \(range)")
    let count = range.count * columns
    let copy = MatrixStorage(count: parts * count, isKept: true)
    for part in 0..<parts {
      (copy.base + part * count).update(from: storage.base + (part * size + range.lowerBound) * columns, count: count)
    }
    return Matrix(rows: parts * range.count, columns: columns, storage: copy)
  }

  private init(rows: Int, columns: Int, storage: MatrixStorage) {
    self.rows = rows
    self.columns = columns
    self.storage = storage
  }

  /// A copy of some rows.
  package func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "Matrix: rows \(range) of \(rows)")
    let result = Matrix(uninitialized: range.count, columns)
    result.storage.base.update(from: storage.base + range.lowerBound * columns, count: range.count * columns)
    return result
  }

  /// The elements for reading by a kernel of this module, valid while the matrix is alive.
  ///
  /// The matrix is a parameter, which the caller keeps until the function returns, a value that a closure has captured, or
  /// a variable that is used after the pointer's last use; all others read by `withElements`.
  var pointer: UnsafePointer<Float> { UnsafePointer(storage.base) }

  /// The elements for writing by a kernel of this module, under the rule of `pointer`; copies them first if another matrix
  /// shares them.
  var mutablePointer: UnsafeMutablePointer<Float> {
    mutating get {
      makeUnique()
      return storage.base
    }
  }

  /// Calls `body` with the elements in row-major order.
  package func withElements<R, E: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(E) -> R
  ) throws(E) -> R {
    let result = try body(UnsafeBufferPointer(start: storage.base, count: count))
    withExtendedLifetime(storage) {}
    return result
  }

  /// Calls `body` with the elements in row-major order, to change them in place.
  package mutating func withMutableElements<R, E: Error>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws(E) -> R
  ) throws(E) -> R {
    makeUnique()
    return try body(UnsafeMutableBufferPointer(start: storage.base, count: count))
  }

  /// Whether no element is infinite or NaN.
  package var isFinite: Bool { withElements { $0.allSatisfy(\.isFinite) } }

  private mutating func makeUnique() {
    guard !isKnownUniquelyReferenced(&storage) else { return }
    let copy = MatrixStorage(count: count)
    copy.base.update(from: storage.base, count: count)
    storage = copy
  }
}

extension Matrix: Equatable {
  /// Whether both have the same shape and equal elements.
  package static func == (a: Matrix, b: Matrix) -> Bool {
    guard a.rows == b.rows, a.columns == b.columns else { return false }
    return a.withElements { x in b.withElements { y in x.elementsEqual(y) } }
  }
}

extension Matrix {
  /// The rows of all parts, one part below the other; all have the same columns.
  package init(stacking parts: [Matrix]) {
    let columns = parts.first?.columns ?? 0
    precondition(parts.allSatisfy { $0.columns == columns }, "Matrix: parts with different columns")
    self.init(uninitialized: parts.reduce(0) { $0 + $1.rows }, columns)
    var at = mutablePointer
    for part in parts {
      at.update(from: part.pointer, count: part.count)
      at += part.count
    }
  }
}
