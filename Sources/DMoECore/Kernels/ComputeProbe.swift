/// A measurement of bare matrix products, rows by weights with nothing between them: what is left of a forward pass if
/// all else were free.
///
/// For benchmarks. It holds its weights and numbers, so that a run does nothing but multiply.
@_spi(Command) public struct ComputeProbe: Sendable {
  /// The shape of a linear layer: weights [outputs, inputs].
  public struct Shape: Sendable, Hashable {
    /// The number of outputs: rows of the weights.
    public let outputs: Int
    /// The number of inputs: columns of the weights.
    public let inputs: Int

    /// The shape of a layer with these numbers of outputs and inputs.
    public init(outputs: Int, inputs: Int) {
      self.outputs = outputs
      self.inputs = inputs
    }
  }

  /// The pool of threads that the parts of a product are given to.
  public enum Threading: Sendable {
    /// This library: every thread calls `cblas_sgemm`, oneDNN or the reference product on a part of the result.
    case library
    /// OpenBLAS: one call of `cblas_sgemm` on its own pool. The pool is the process's, so nothing else may multiply
    /// meanwhile, and its threads spin for some tens of milliseconds afterwards.
    case openBLASPool
  }

  /// The number of rows that every layer is multiplied by.
  public let rows: Int
  private let weights: [any WeightMatrix]
  /// By the number of columns, so that layers of one width share them as they do in a backbone.
  private let inputs: [Int: Matrix]
  private var outputs: [Int: Matrix]
  private let compute: Compute

  /// Makes the numbers; every shape gets weights of its own, as the layers of a backbone have, kept as the options say.
  ///
  /// - Throws: `CoreError.backendUnavailable`; `.outOfRange` or `.tooLarge` for a number of rows or a shape.
  public init(_ shapes: [Shape], rows: Int, options: ComputeOptions = ComputeOptions()) throws(CoreError) {
    for number in [rows] + shapes.flatMap({ [$0.outputs, $0.inputs] }) where number < 1 {
      throw .outOfRange("a number of rows, outputs or inputs", value: "\(number)", allowed: "1 or more")
    }
    let floats = shapes.reduce(0.0) { sum, shape in
      let (outputs, inputs) = (Double(shape.outputs), Double(shape.inputs))
      return sum + outputs * inputs + Double(rows) * (outputs + inputs)
    }
    try Memory.require(floats: floats, for: "a probe of these shapes")
    let compute = try Compute(options)
    self.compute = compute
    self.rows = rows
    var source = RandomSource(seed: 1)
    weights = shapes.map { compute.frozenWeight(source.uniform($0.outputs, $0.inputs, bound: 1)) }
    inputs = Dictionary(
      uniqueKeysWithValues: Set(shapes.map(\.inputs)).sorted().map { ($0, source.uniform(rows, $0, bound: 1)) })
    outputs = Dictionary(uniqueKeysWithValues: Set(shapes.map(\.outputs)).map { ($0, Matrix(zeros: rows, $0)) })
  }

  /// Floating-point operations of one run: two for every weight and row.
  public var operations: Double { weights.reduce(0) { $0 + 2 * Double($1.inputs * $1.outputs) } * Double(rows) }

  /// Multiplies the rows by each of the weights in turn: y = x Wᵀ.
  ///
  /// - Throws: `CoreError.backendUnavailable` if OpenBLAS's pool is asked of another backend or precision.
  public mutating func run(_ threading: Threading = .library) throws(CoreError) {
    switch threading {
    case .library:
      for weight in weights {
        guard let x = inputs[weight.inputs] else { continue }
        weight.multiply(x, into: &outputs[weight.outputs, default: Matrix(zeros: rows, weight.outputs)], compute)
      }
    case .openBLASPool:
      let plain = weights.compactMap { $0 as? DenseWeight }
      guard compute.backend == .openBLAS, plain.count == weights.count else { throw .backendUnavailable("OpenBLAS") }
      BLAS.withPool(threads: compute.threads) {
        for weight in plain {
          guard let x = inputs[weight.inputs] else { continue }
          weight.multiply(
            x, into: &outputs[weight.outputs, default: Matrix(zeros: rows, weight.outputs)], compute.serial)
        }
      }
    }
  }

  /// The sum of what the last product wrote, so that runs can be compared.
  var checksum: Double {
    guard let last = weights.last, let y = outputs[last.outputs] else { return 0 }
    return y.withElements { $0.reduce(0) { $0 + Double($1) } }
  }
}
