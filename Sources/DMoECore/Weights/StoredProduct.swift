import CDMoEKernels

/// y = x Wᵀ for one or more stored weights over the same rows, as one parallel region: the small matrices of a block's
/// attention do not each wake the threads, and rows become bytes once.
///
/// Unchecked for the sake of its pointers, which the caller of `run` keeps: its parts write to places that do not overlap.
struct StoredProduct: @unchecked Sendable {
  private enum Source {
    case floats(ProductInput)
    /// All weights are of their road.
    case made(KernelRows)
  }

  private let source: Source
  private let rows: Int
  private let columns: Int
  private let weights: [StoredWeight]
  private let results: [UnsafeMutablePointer<Float>]

  /// - Parameters:
  ///   - x: Shape: [rows, inputs].
  ///   - weights: All of the same number of inputs.
  ///   - results: Of each, room for [rows, outputs].
  init(of x: ProductInput, by weights: [StoredWeight], into results: [UnsafeMutablePointer<Float>]) {
    source = .floats(x)
    (rows, columns) = (x.matrix.rows, x.matrix.columns)
    self.weights = weights
    self.results = results
  }

  /// - Parameters:
  ///   - x: Rows as the weight's road takes them.
  ///   - weight: Weights of as many inputs, under a compute that multiplies stored weights.
  ///   - result: Room for [rows, outputs].
  init(of x: KernelRows, by weight: StoredWeight, into result: UnsafeMutablePointer<Float>) {
    precondition(weight.road == x.road && weight.inputs == x.columns, "product: \(x.columns) numbers of \(x.road)")
    source = .made(x)
    (rows, columns) = (x.rows, x.columns)
    weights = [weight]
    results = [result]
  }

  func run(_ compute: Compute) {
    guard rows > 0 else { return }
    if case .floats(let x) = source, !compute.multipliesStored {
      for (weight, result) in zip(weights, results) { weight.multiplyWidened(x.matrix, into: result, compute) }
      return
    }
    let bytes = madeRows(.bytes, compute)
    let halves = madeRows(.bfloat16, compute)
    let floats: Matrix? = if case .floats(let x) = source { x.matrix } else { nil }
    let tile = Int(DMOE_STORED_TILE)
    let parts = StoredParts(
      rows: rows, units: weights.map { ($0.outputs + tile - 1) / tile }, unitWeights: tile * columns,
      rowBytes: bytes?.rowBytes ?? halves?.rowBytes ?? columns * MemoryLayout<Float>.stride, threads: compute.threads)
    compute.forEach(parts.count) { index in
      let part = parts[index]
      let weight = weights[part.matrix]
      let start = part.units.lowerBound * tile
      let count = min(part.units.upperBound * tile, weight.outputs) - start
      let y = results[part.matrix] + part.rows.lowerBound * weight.outputs
      weight.withKernelMatrix { matrix, scratch in
        let (first, number, inputs) = (part.rows.lowerBound, Int64(part.rows.count), Int64(columns))
        if weight.road == .bytes, let bytes {
          dmoe_stored_multiply_int8(
            matrix, Int64(start), Int64(count), bytes.pointer(toRow: first), number, y, Int64(weight.outputs),
            scratch)
        } else if weight.road == .bfloat16, let halves {
          dmoe_stored_multiply_bf16(
            matrix, Int64(start), Int64(count),
            halves.pointer(toRow: first).assumingMemoryBound(to: UInt16.self), inputs, number, y,
            Int64(weight.outputs), scratch)
        } else if let floats {
          dmoe_stored_multiply_float(
            matrix, Int64(start), Int64(count), floats.pointer + first * columns, inputs, number, y,
            Int64(weight.outputs), scratch)
        }
      }
    }
    withExtendedLifetime((bytes, halves, floats)) {}
  }

  /// The rows for this road, if weights are of it.
  private func madeRows(_ road: StoredWeight.Road, _ compute: Compute) -> KernelRows? {
    guard weights.contains(where: { $0.road == road }) else { return nil }
    switch source {
    case .made(let rows): return rows
    case .floats(let x): return road == .bytes ? x.quantized(compute) : x.narrowed(compute)
    }
  }
}

/// A product by stored weights cut into parts for the threads: some units of weights (tiles of outputs, or of inputs for a
/// gradient) for some rows.
///
/// More parts than threads, so that a thread that is held up holds up nobody. Nothing in a result depends on the cut.
struct StoredParts {
  struct Part: Equatable {
    /// Which of the weights.
    var matrix: Int
    var units: Range<Int>
    var rows: Range<Int>
  }

  /// Inputs of a unit of a gradient: the largest block of any format.
  static let gradientUnit = 256
  /// A thread is worth waking for some tens of microseconds of work: weights times rows, with `unpackingRows` more.
  private static let leastWork = 2_000_000
  /// Unpacking a weight takes as long as multiplying it by about so many rows.
  private static let unpackingRows = 16
  /// Rows of a part lie in a second-level cache beside the tile of weights.
  private static let cachedBytes = 1 << 20
  /// Rows that a kernel multiplies together at most.
  private static let kernelRows = 32
  private static let partsPerThread = 4

  private var parts: [Part] = []

  var count: Int { parts.count }
  subscript(index: Int) -> Part { parts[index] }

  /// - Parameters:
  ///   - units: Of each matrix.
  ///   - unitWeights: How many weights a unit has.
  ///   - rowBytes: What a row takes in memory.
  init(rows: Int, units: [Int], unitWeights: Int, rowBytes: Int, threads: Int) {
    let total = units.reduce(0, +)
    let work = Double(total * unitWeights) * Double(rows + Self.unpackingRows)
    let wanted = threads == 1 ? 1 : max(1, min(threads * Self.partsPerThread, Int(work / Double(Self.leastWork))))
    // With fewer units than threads, rows are shared out too, and units unpacked more than once.
    let shared = wanted > total ? min((wanted + total - 1) / max(1, total), (rows + 31) / 32) : 1
    let most = max(128, Self.cachedBytes / max(1, rowBytes) / Self.kernelRows * Self.kernelRows)
    let rowParts = max(1, shared, (rows + most - 1) / most)
    // Equal parts, of as many rows as kernels take together.
    let rowCount = (rows + rowParts * Self.kernelRows - 1) / (rowParts * Self.kernelRows) * Self.kernelRows
    let unitCount = Self.unitCount(units, upTo: max(1, total * rowParts / wanted), rowParts: rowParts, threads: threads)
    for (matrix, units) in units.enumerated() {
      for unit in stride(from: 0, to: units, by: unitCount) {
        for row in stride(from: 0, to: rows, by: max(1, rowCount)) {
          parts.append(
            Part(
              matrix: matrix, units: unit..<min(unit + unitCount, units), rows: row..<min(row + rowCount, rows)))
        }
      }
    }
  }

  /// The units of a part that keep all threads busy to the end; of those, the most, since every part reads its rows.
  private static func unitCount(_ units: [Int], upTo most: Int, rowParts: Int, threads: Int) -> Int {
    guard threads > 1 else { return most }
    return (1...most).min { one, other in
      let (first, second) = (longest(units, by: one, rowParts, threads), longest(units, by: other, rowParts, threads))
      return first == second ? one > other : first < second
    } ?? 1
  }

  /// Units that the thread with the most parts works on, if all parts take as long.
  private static func longest(_ units: [Int], by count: Int, _ rowParts: Int, _ threads: Int) -> Int {
    let parts = rowParts * units.reduce(0) { $0 + ($1 + count - 1) / count }
    return (parts + threads - 1) / threads * count
  }
}
