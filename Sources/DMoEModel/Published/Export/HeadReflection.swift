import DMoECore

/// A change of the basis in which a backbone's states are written, after which a linear head over them is their first channel.
///
/// Every layer reads the stream of states through an RMS norm and a matrix, and adds to it what another matrix gives. A norm
/// without weights only scales, so that all that matters of the stream is the angles in it: a reflection of it (Householder),
/// undone by every matrix that reads it, changes no result (Ashkboos et al., 2401.15024, do so with rotations). The weights of norms
/// go into the matrices behind them. The reflection here takes the direction that the head and the last norm ask for to the
/// first axis.
struct HeadReflection {
  /// The unit vector that is reflected. Shape: [1, hidden]; zeros reflect nothing.
  private let normal: Matrix
  /// What the first channel of the last norm is multiplied by to be the head's number.
  let scale: Float
  private let compute: Compute

  /// - Parameters:
  ///   - head: Shape: [1, hidden].
  ///   - norm: The weights of the last norm. Shape: [1, hidden].
  init(_ head: Matrix, norm: Matrix, _ compute: Compute) {
    let direction = zip(head.elements, norm.elements).map { Double($0) * Double($1) }
    let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
    // Away from the direction's own side, so that nothing cancels.
    let side: Double = direction.first.map { $0 > 0 } == true ? -1 : 1
    var normal = direction.map { length == 0 ? 0 : $0 / length }
    if length > 0, !normal.isEmpty { normal[0] -= side }
    let size = normal.reduce(0) { $0 + $1 * $1 }.squareRoot()
    self.normal = Matrix(row: normal.map { Float(size == 0 ? 0 : $0 / size) })
    scale = Float(side * length)
    self.compute = compute
  }

  /// A matrix that reads the stream through a norm of these weights, for one without weights. Shapes: [outputs, hidden].
  func reading(_ matrix: Matrix, norm: Matrix) -> Matrix {
    var result = matrix
    let width = matrix.columns
    norm.withElements { weights in
      result.withMutableElements { elements in
        for row in 0..<matrix.rows {
          for column in 0..<width { elements[row * width + column] *= weights[column] }
        }
      }
    }
    return reflectingRows(of: result)
  }

  /// Rows that are states, such as embeddings. Shapes: [rows, hidden].
  func reflectingRows(of states: Matrix) -> Matrix {
    var result = states
    let shares = compute.product(states, transposed: false, normal, transposed: true)
    compute.add(compute.product(shares, normal), scale: -2, to: &result)
    return result
  }

  /// A matrix whose results are added to the stream. Shapes: [hidden, inputs].
  func writing(_ matrix: Matrix) -> Matrix {
    var result = matrix
    let shares = compute.product(normal, matrix)
    compute.add(
      compute.product(normal, transposed: true, shares, transposed: false), scale: -2, to: &result)
    return result
  }
}
