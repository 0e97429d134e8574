import CDMoEKernels
import Testing
import _TestSupport

@testable import DMoECore

/// Weights that stay in their file, multiplied from their blocks.
///
/// One after the other, since one of them changes the instructions in use, of which some have no products of bf16.
@Suite(.serialized) struct StoredWeightTests {
  typealias Fixture = StoredWeightFixture
  static let roads: [ActivationPrecision] = [.float32, .int8]
  /// Those, and bf16 where the CPU has it.
  static let everyRoad: [ActivationPrecision] = roads + (dmoe_stored_has_bf16() ? [.bfloat16] : [])
  /// One output and one row; fewer and more than a tile of 32; several parts for two threads.
  static let sizes = [(rows: 1, outputs: 1, blocks: 1), (3, 33, 2), (17, 70, 1), (40, 96, 3)]

  private static func weight(
    _ format: WeightFormat, _ outputs: Int, _ inputs: Int, _ road: ActivationPrecision, order: [Int]? = nil
  ) throws -> StoredWeight {
    try #require(
      StoredWeight(Fixture.tensor(format, outputs, inputs), order: order, activations: road), "\(format)")
  }

  private static func product(_ weight: StoredWeight, _ x: Matrix, _ compute: Compute) -> Matrix {
    var y = Matrix(repeating: .nan, x.rows, weight.outputs)
    weight.multiply(x, into: &y, compute)
    return y
  }

  private static func compute(_ threads: Int = 2, _ backend: ComputeBackend = .automatic) throws -> Compute {
    try Compute(ComputeOptions(backend: backend, threads: threads, precision: .stored))
  }

  /// The largest difference from sums in double precision, in units of the sum of magnitudes.
  private static func worst(
    _ found: Matrix, terms count: Int, _ pair: (_ row: Int, _ column: Int, _ term: Int) -> (Double, Double)
  ) -> Double {
    var worst = 0.0
    for row in 0..<found.rows {
      for column in 0..<found.columns {
        var (exact, size) = (0.0, 0.0)
        for term in 0..<count {
          let (a, b) = pair(row, column, term)
          exact += a * b
          size += abs(a * b)
        }
        worst = max(worst, abs(Double(found[row, column]) - exact) / max(size, 1e-30))
        if !found[row, column].isFinite { worst = .infinity }
      }
    }
    return worst
  }

  /// Sums of at most 768 terms in single precision, one after the other, are off by less than 1e-5 of their magnitudes.
  @Test(arguments: Fixture.formats) func productsAreThoseOfTheStoredNumbers(format: WeightFormat) throws {
    for (rows, outputs, blocks) in Self.sizes {
      let inputs = blocks * max(32, format.blockSize)
      let x = randomMatrix(rows, inputs, seed: 2)
      for road in Self.roads {
        let weight = try Self.weight(format, outputs, inputs, road)
        let dense = weight.dense()
        let seen = weight.road == .bytes ? Fixture.rounded(x) : DoubleMatrix(x)
        #expect((weight.road == .bytes) == (road == .int8 && format.blockSize > 1))
        let y = Self.product(weight, x, try Self.compute())
        let worst = Self.worst(y, terms: inputs) { (seen[$0, $2], Double(dense[$1, $2])) }
        #expect(worst <= 1e-5, "\(format) \(road), \(rows) rows: \(worst)")
      }
    }
  }

  /// Both sides of every product are rounded to 8 significant bits, half a unit of which is 2⁻⁹.
  @Test(.enabled(if: dmoe_stored_has_bf16()), arguments: Fixture.formats)
  func productsOfBFloat16AreThoseOfTheStoredNumbers(format: WeightFormat) throws {
    for (rows, outputs, blocks) in Self.sizes {
      let inputs = blocks * max(32, format.blockSize)
      let x = randomMatrix(rows, inputs, seed: 2)
      let weight = try Self.weight(format, outputs, inputs, .bfloat16)
      let dense = weight.dense()
      let y = Self.product(weight, x, try Self.compute())
      let worst = Self.worst(y, terms: inputs) { (Double(x[$0, $2]), Double(dense[$1, $2])) }
      #expect(worst <= 4.1e-3, "\(format), \(rows) rows: \(worst)")
    }
  }

  @Test(arguments: Fixture.formats) func gradientsGoBackThroughTheStoredNumbers(format: WeightFormat) throws {
    for (rows, outputs, blocks) in Self.sizes {
      let inputs = blocks * max(32, format.blockSize)
      let weight = try Self.weight(format, outputs, inputs, .automatic)
      let dense = weight.dense()
      let dy = randomMatrix(rows, outputs, seed: 3)
      let compute = try Self.compute()
      var dx = Matrix(repeating: .nan, rows, inputs)
      weight.multiplyTransposed(dy, into: &dx, beta: 0, compute)
      let worst = Self.worst(dx, terms: outputs) { (Double(dy[$0, $2]), Double(dense[$2, $1])) }
      #expect(worst <= 1e-5, "\(format), \(rows) rows: \(worst)")
      var sum = Matrix(repeating: 1, rows, inputs)
      weight.multiplyTransposed(dy, into: &sum, beta: 1, compute)
      let off = zip(sum.elements, dx.elements).map { abs($0 - $1 - 1) }.max() ?? 0
      #expect(off <= 1e-4, "\(format): added \(off) too much")
    }
  }

  /// Whole blocks of outputs go back as bf16, a chunk of them and more; others as floats.
  @Test(.enabled(if: dmoe_stored_has_bf16()), arguments: Fixture.formats)
  func gradientsOfBFloat16GoBackThroughTheStoredNumbers(format: WeightFormat) throws {
    for (rows, outputs, blocks) in [(1, 32, 1), (40, 96, 3), (17, 800, 1), (5, 70, 1)] {
      let inputs = blocks * max(32, format.blockSize)
      let order = Array((0..<outputs).reversed())
      let weight = try Self.weight(format, outputs, inputs, .bfloat16, order: order)
      let dense = weight.dense()
      let dy = randomMatrix(rows, outputs, seed: 3)
      var dx = Matrix(repeating: .nan, rows, inputs)
      weight.multiplyTransposed(dy, into: &dx, beta: 0, try Self.compute())
      let worst = Self.worst(dx, terms: outputs) { (Double(dy[$0, $2]), Double(dense[$2, $1])) }
      #expect(worst <= (outputs.isMultiple(of: 32) ? 0x1p-7 : 1e-5), "\(format), \(rows) rows: \(worst)")
      var sum = Matrix(repeating: 1, rows, inputs)
      weight.multiplyTransposed(dy, into: &sum, beta: 1, try Self.compute())
      let off = zip(sum.elements, dx.elements).map { abs($0 - $1 - 1) }.max() ?? 0
      #expect(off <= 1e-4 * max(1, dx.elements.map(abs).max() ?? 0), "\(format): added \(off) too much")
    }
  }

  /// What equal scores of equal texts, and a ratio of exactly 1 between a policy and itself, rest on.
  @Test(arguments: Fixture.formats) func aRowsResultDependsOnThatRowAlone(format: WeightFormat) throws {
    let inputs = 2 * max(32, format.blockSize)
    for road in Self.everyRoad {
      let weight = try Self.weight(format, 70, inputs, road)
      let one = randomMatrix(1, inputs, seed: 4)
      let alone = Self.product(weight, one, try Self.compute(1)).row(0)
      for rows in [2, 15, 16, 17, 33, 64, 200] {
        for place in Set([0, rows / 2, rows - 1]) {
          var x = randomMatrix(rows, inputs, seed: UInt64(rows), scale: 3)
          for column in 0..<inputs { x[place, column] = one[0, column] }
          for threads in [1, 2, 5] {
            let y = Self.product(weight, x, try Self.compute(threads))
            #expect(y.row(place) == alone, "\(format) \(road), row \(place) of \(rows), \(threads) threads")
          }
        }
      }
    }
  }

  @Test(arguments: Fixture.formats) func aGradientsRowDependsOnThatRowAlone(format: WeightFormat) throws {
    let inputs = 2 * max(32, format.blockSize)
    for (outputs, road) in [(70, ActivationPrecision.automatic)] + Self.everyRoad.suffix(1).map({ (96, $0) }) {
      let weight = try Self.weight(format, outputs, inputs, road)
      let one = randomMatrix(1, outputs, seed: 5)
      func gradient(_ dy: Matrix, _ threads: Int) throws -> Matrix {
        var dx = Matrix(zeros: dy.rows, inputs)
        weight.multiplyTransposed(dy, into: &dx, beta: 0, try Self.compute(threads))
        return dx
      }
      let alone = try gradient(one, 1).row(0)
      for rows in [2, 17, 64] {
        var dy = randomMatrix(rows, outputs, seed: UInt64(rows))
        for column in 0..<outputs { dy[rows - 1, column] = one[0, column] }
        for threads in [1, 2, 5] { #expect(try gradient(dy, threads).row(rows - 1) == alone) }
      }
    }
  }

  /// Other suites may compute meanwhile: all levels give the same bits, which is what is tested.
  @Test(arguments: Fixture.formats) func everyInstructionSetGivesTheSameBits(format: WeightFormat) throws {
    let best = dmoe_stored_current_level()
    defer { _ = dmoe_stored_set_level(best) }
    let inputs = 3 * max(32, format.blockSize)
    let x = randomMatrix(37, inputs, seed: 6)
    let dy = randomMatrix(37, 45, seed: 7)
    var expected: [Matrix]?
    for level in [DMOE_STORED_PLAIN, DMOE_STORED_AVX2, DMOE_STORED_AVX512_VNNI, DMOE_STORED_AMX]
    where dmoe_stored_set_level(level) {
      var found: [Matrix] = []
      for road in Self.roads {
        let weight = try Self.weight(format, 45, inputs, road)
        found.append(Self.product(weight, x, try Self.compute()))
        var dx = Matrix(zeros: 37, inputs)
        weight.multiplyTransposed(dy, into: &dx, beta: 0, try Self.compute())
        found.append(dx)
      }
      #expect(found == expected ?? found, "\(format), \(String(cString: dmoe_stored_level_name(level)))")
      expected = expected ?? found
    }
    #expect(expected != nil)
  }

  @Test(arguments: [WeightFormat.q8_0, .q4_K, .f16]) func outputsMayBeStoredInAnotherOrder(format: WeightFormat) throws
  {
    let inputs = max(64, format.blockSize)
    let order = (0..<50).map { ($0 * 17 + 3) % 50 }
    for road in Self.roads {
      let plain = try Self.weight(format, 50, inputs, road)
      let ordered = try Self.weight(format, 50, inputs, road, order: order)
      let x = randomMatrix(5, inputs, seed: 8)
      let (y, z) = (Self.product(plain, x, try Self.compute()), Self.product(ordered, x, try Self.compute()))
      for row in 0..<5 { #expect(z.row(row) == order.map { y[row, $0] }) }
      let (dense, moved) = (plain.dense(), ordered.dense())
      for output in 0..<50 { #expect(moved.row(output) == dense.row(order[output])) }
      let dy = randomMatrix(4, 50, seed: 9)
      var dx = Matrix(zeros: 4, inputs)
      ordered.multiplyTransposed(dy, into: &dx, beta: 0, try Self.compute())
      let worst = Self.worst(dx, terms: 50) { (Double(dy[$0, $2]), Double(moved[$2, $1])) }
      #expect(worst <= 1e-5)
    }
  }

  @Test func aRangeOfStoredRowsIsAMatrixOfItsOwn() throws {
    let tensor = try Fixture.tensor(.q5_0, 90, 64)
    let whole = try #require(StoredWeight(tensor, activations: .automatic))
    let part = try #require(StoredWeight(tensor, rows: 20..<61, activations: .automatic))
    let x = randomMatrix(3, 64, seed: 10)
    let (y, z) = (Self.product(whole, x, try Self.compute()), Self.product(part, x, try Self.compute()))
    for row in 0..<3 { #expect(z.row(row) == Array(y.row(row)[20..<61])) }
    #expect(part.dense() == whole.dense().rows(20..<61))
  }

  @Test func severalMatricesAtOnceGiveWhatEachDoesAlone() throws {
    let weights: [any WeightMatrix] = [
      try Self.weight(.q4_0, 96, 64, .automatic), try Self.weight(.f16, 33, 64, .automatic),
      try Self.weight(.q8_0, 33, 64, .float32), try Self.weight(.q8_0, 1, 64, .automatic),
    ]
    for rows in [1, 50, 300] {
      let x = randomMatrix(rows, 64, seed: 11)
      for threads in [1, 2, 3] {
        let compute = try Self.compute(threads)
        let together = compute.products(x, by: weights)
        for (weight, y) in zip(weights, together) {
          var alone = Matrix(repeating: .nan, rows, weight.outputs)
          weight.multiply(x, into: &alone, compute)
          #expect(y == alone)
        }
      }
    }
  }

  /// Rows beyond a panel of bytes and beyond a part of bf16, outputs that are no whole group of tiles, and few of everything.
  @Test(arguments: Fixture.formats, [Activation.silu, .gelu, .geluTanh])
  func aFeedForwardLayerGivesTheBitsOfItsSteps(format: WeightFormat, activation: Activation) throws {
    let unit = max(32, format.blockSize)
    for (rows, inputs, between, outputs) in [(1, unit, unit, 3), (300, unit, 3 * unit, 40), (1_040, unit, 5 * unit, 1)]
    {
      for road in Self.everyRoad where activation == .silu || rows == 300 {
        let x = randomMatrix(rows, inputs, seed: 9)
        let gate = try Self.weight(format, between, inputs, road)
        let up = try Self.weight(format, between, inputs, road, order: Array((0..<between).reversed()))
        let down = try Self.weight(format, outputs, between, road)
        for threads in [1, 3] {
          let compute = try Self.compute(threads)
          let layer = StoredFeedForward(gate: gate, up: up, down: down, compute)
          #expect((layer == nil) == (gate.road == .float32 || compute.backend == .reference))
          guard let layer else { continue }
          let parts = compute.products(x, by: [gate, up])
          let steps = Self.product(down, compute.gated(parts[0], parts[1], activation), compute)
          #expect(layer(x, activation, compute) == steps, "\(format), \(road), \(rows) rows, \(threads) threads")
        }
      }
    }
  }

  @Test(.enabled(if: BLAS.isAvailable)) func aFeedForwardLayerOfSeveralRoadsGoesStepByStep() throws {
    let compute = try Self.compute()
    let gate = try Self.weight(.q4_0, 64, 64, .int8)
    #expect(StoredFeedForward(gate: gate, up: gate, down: gate, compute) != nil)
    let others = [
      try Self.weight(.q8_0, 64, 64, .int8), try Self.weight(.q4_0, 64, 64, .float32),
      try Self.weight(.f16, 64, 64, .int8),
    ]
    for other in others { #expect(StoredFeedForward(gate: gate, up: other, down: gate, compute) == nil) }
    #expect(StoredFeedForward(gate: gate, up: gate, down: others[0], compute) != nil)
    #expect(StoredFeedForward(gate: gate, up: gate, down: others[1], compute) == nil)
    #expect(StoredFeedForward(gate: gate, up: gate, down: DenseWeight(gate.dense()), compute) == nil)
    #expect(StoredFeedForward(gate: gate, up: gate, down: gate, try Self.compute(2, .reference)) == nil)
  }

  @Test(arguments: [WeightFormat.q4_0, .q6_K, .bf16]) func whatIsNotFiniteStaysInItsRow(format: WeightFormat) throws {
    let inputs = max(64, format.blockSize)
    for road in Self.roads {
      let weight = try Self.weight(format, 40, inputs, road)
      let clean = randomMatrix(6, inputs, seed: 12)
      for number in [Float.nan, .infinity] {
        var x = clean
        x[2, 5] = number
        let (y, expected) = (
          Self.product(weight, x, try Self.compute()), Self.product(weight, clean, try Self.compute())
        )
        for row in [0, 1, 3, 4, 5] { #expect(y.row(row) == expected.row(row)) }
        #expect(y.row(2).allSatisfy { !$0.isFinite }, "\(format) \(road) \(number)")
      }
    }
  }

  /// Two ways to add up floats: 1e-5 of the greatest.
  @Test(arguments: Fixture.formats) func plainSwiftGivesTheSameNumbers(format: WeightFormat) throws {
    let inputs = 2 * max(32, format.blockSize)
    let weight = try Self.weight(format, 300, inputs, .float32)
    let (x, dy) = (randomMatrix(9, inputs, seed: 13), randomMatrix(9, 300, seed: 14))
    var found: [[Matrix]] = []
    for backend in [ComputeBackend.automatic, .reference] {
      let compute = try Self.compute(2, backend)
      var dx = Matrix(repeating: 1, 9, inputs)
      weight.multiplyTransposed(dy, into: &dx, beta: 1, compute)
      found.append([Self.product(weight, x, compute), dx])
    }
    for (a, b) in zip(found[0], found[1]) { expectClose(a, b, 1e-5, "\(format)") }
  }

  @Test func everyPartOfAProductIsDoneOnce() {
    for rows in [1, 31, 128, 1000, 5000] {
      for units in [[1], [18, 6, 6], [48, 48], [1000]] {
        for threads in [1, 2, 7, 64] {
          let parts = StoredParts(rows: rows, units: units, unitWeights: 32 * 576, rowBytes: 648, threads: threads)
          var seen = units.map { [Int](repeating: 0, count: $0) }
          for index in 0..<parts.count {
            let part = parts[index]
            for unit in part.units { seen[part.matrix][unit] += part.rows.count }
          }
          #expect(seen == units.map { [Int](repeating: rows, count: $0) }, "\(rows) \(units) \(threads)")
        }
      }
    }
  }

  /// No thread waits at the end for another's last part, and rows are cut where kernels do.
  @Test(arguments: [[18], [18, 6, 6], [48]], [256, 1024, 3072]) func partsAreShared(units: [Int], rows: Int) {
    let parts = StoredParts(rows: rows, units: units, unitWeights: 32 * 576, rowBytes: 1152, threads: 2)
    let sizes = (0..<parts.count).map { parts[$0].units.count * parts[$0].rows.count }
    #expect(Set(sizes).count == 1 && parts.count.isMultiple(of: 2), "\(sizes)")
    #expect((0..<parts.count).allSatisfy { parts[$0].rows.lowerBound.isMultiple(of: 32) })
  }

  @Test func aFormatThatIsNotMultipliedAsItIsStoredIsNone() throws {
    #expect(WeightFormat.f64.kernelFormat == nil)
    for format in WeightFormat.allCases where format.isReadable && format != .f64 {
      #expect(format.kernelFormat != nil, "\(format)")
    }
  }

  /// A product by weights that were made in memory, which have no file, is one by floats.
  @Test func weightsWithoutAFileAreFloats() throws {
    let compute = try Compute(ComputeOptions(precision: .stored))
    let w = randomMatrix(7, 9, seed: 15)
    #expect(compute.frozenWeight(w).dense() == w)
    #expect(compute.frozenWeight(w).precision == .float32)
  }
}
