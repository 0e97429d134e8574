import DMoECore

/// The mean and the reciprocal deviation of every column of some states, which bring them to mean 0 and deviation 1.
struct Standardization: Sendable {
  /// The means. Shape: [1, columns].
  let shift: Matrix
  /// One over the deviations. Shape: [1, columns].
  let scale: Matrix

  /// One that was found before.
  init(shift: Matrix, scale: Matrix) {
    self.shift = shift
    self.scale = scale
  }

  /// That of a matrix's columns.
  init(of x: Matrix) {
    var mean = [Double](repeating: 0, count: x.columns)
    var square = mean
    x.withElements { x in
      for (i, value) in x.enumerated() {
        mean[i % mean.count] += Double(value)
        square[i % mean.count] += Double(value) * Double(value)
      }
    }
    let n = Double(max(1, x.rows))
    let scale = zip(mean, square).map { sum, squares in
      let variance = max(0, squares / n - (sum / n) * (sum / n))
      // A channel that hardly moves says nothing, and must not be blown up.
      return Float(1 / max(variance.squareRoot(), 1e-4))
    }
    shift = Matrix(row: mean.map { Float($0 / n) })
    self.scale = Matrix(row: scale)
  }

  /// The states, standardized. Shapes: [rows, columns] -> the same.
  func callAsFunction(_ x: Matrix, _ compute: Compute) -> Matrix {
    Graph(compute).standardize(Variable(constant: x), shift: shift, scale: scale).value
  }
}

extension Matrix {
  /// Element by element with a matrix of the same shape.
  func combined(with other: Matrix, _ combine: (Float, Float) -> Float) -> Matrix {
    precondition(rows == other.rows && columns == other.columns, "combined: [\(rows), \(columns)]")
    return Matrix(rows, columns, zip(elements, other.elements).map(combine))
  }
}
