/// Products of rows by weights with nothing between them: what is left of a forward pass if all else were free.
///
/// For benchmarks. It holds its weights and numbers, so that a run does nothing but multiply.
public struct ComputeProbe: Sendable {
  /// The shape of a linear layer: weights [outputs, inputs].
  public struct Shape: Sendable, Hashable {
    public let outputs: Int
    public let inputs: Int

    public init(outputs: Int, inputs: Int) {
      self.outputs = outputs
      self.inputs = inputs
    }
  }

  /// Who gives the parts of a product to threads.
  public enum Threading: Sendable {
    /// This library: every thread calls `cblas_sgemm`, or the reference product, on a part of the result.
    case library
    /// OpenBLAS: one call of `cblas_sgemm` on its own pool. The pool is the process's, so nothing else may multiply
    /// meanwhile, and its threads spin for some tens of milliseconds afterwards.
    case openBLASPool
  }

  public let rows: Int
  private let weights: [Matrix]
  private let x: Matrix
  private var y: Matrix
  private let compute: Compute

  /// Makes the numbers; every shape gets weights of its own, as the layers of a backbone have.
  ///
  /// - Throws: `CoreError.backendUnavailable`.
  public init(_ shapes: [Shape], rows: Int, options: ComputeOptions = ComputeOptions()) throws(CoreError) {
    precondition(
      rows > 0 && shapes.allSatisfy { $0.outputs > 0 && $0.inputs > 0 }, "ComputeProbe: \(rows) rows, \(shapes)")
    compute = try Compute(options)
    self.rows = rows
    var source = RandomSource(seed: 1)
    weights = shapes.map { source.uniform($0.outputs, $0.inputs, bound: 1) }
    x = source.uniform(1, rows * (shapes.map(\.inputs).max() ?? 0), bound: 1)
    y = Matrix(zeros: 1, rows * (shapes.map(\.outputs).max() ?? 0))
  }

  /// Floating-point operations of one run: two for every weight and row.
  public var operations: Double { weights.reduce(0) { $0 + 2 * Double($1.count) } * Double(rows) }

  /// Multiplies the rows by each of the weights in turn: y = x Wᵀ.
  ///
  /// - Throws: `CoreError.backendUnavailable` if OpenBLAS's pool is asked of the reference.
  public mutating func run(_ threading: Threading = .library) throws(CoreError) {
    switch threading {
    case .library:
      let to = y.mutablePointer
      for weight in weights {
        compute.multiply(
          rows, weight.rows, weight.columns, x.pointer, weight.columns, transposeA: false, weight.pointer,
          weight.columns, transposeB: true, to, weight.rows)
      }
    case .openBLASPool:
      guard compute.backend == .openBLAS else { throw .backendUnavailable("OpenBLAS") }
      let to = y.mutablePointer
      BLAS.withPool(threads: compute.threads) {
        for weight in weights {
          BLAS.multiply(
            rows, weight.rows, weight.columns, x.pointer, weight.columns, transposeA: false, weight.pointer,
            weight.columns, transposeB: true, alpha: 1, beta: 0, to, weight.rows)
        }
      }
    }
  }

  /// The sum of what the last product wrote, so that runs can be compared.
  var checksum: Double {
    let count = rows * (weights.last?.rows ?? 0)
    return y.withElements { $0.prefix(count).reduce(0) { $0 + Double($1) } }
  }
}
