package import DMoECore

/// A matrix in double precision with the plainest possible operations: what kernels are compared with.
package struct DoubleMatrix: Sendable {
  package var rows: Int
  package var columns: Int
  package var values: [Double]

  package init(_ rows: Int, _ columns: Int, _ values: [Double]) {
    precondition(values.count == rows * columns, "DoubleMatrix: \(values.count) values for [\(rows), \(columns)]")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  package init(zeros rows: Int, _ columns: Int) {
    self.init(rows, columns, Array(repeating: 0, count: rows * columns))
  }

  package init(_ matrix: Matrix) { self.init(matrix.rows, matrix.columns, matrix.elements.map(Double.init)) }

  package subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }

  package func map(_ body: (Double) -> Double) -> DoubleMatrix { DoubleMatrix(rows, columns, values.map(body)) }

  /// self · otherᵀ
  package func timesTransposed(_ other: DoubleMatrix) -> DoubleMatrix {
    precondition(columns == other.columns, "DoubleMatrix: \(columns) and \(other.columns) columns")
    var result = DoubleMatrix(zeros: rows, other.rows)
    for i in 0..<rows {
      for j in 0..<other.rows {
        var sum = 0.0
        for k in 0..<columns { sum += values[i * columns + k] * other.values[j * columns + k] }
        result[i, j] = sum
      }
    }
    return result
  }

  package static func + (a: DoubleMatrix, b: DoubleMatrix) -> DoubleMatrix {
    DoubleMatrix(a.rows, a.columns, zip(a.values, b.values).map(+))
  }

  package func rows(_ indices: some Sequence<Int>) -> DoubleMatrix {
    let list = Array(indices)
    return DoubleMatrix(
      list.count, columns, list.flatMap { values[$0 * columns..<($0 + 1) * columns] })
  }
}
