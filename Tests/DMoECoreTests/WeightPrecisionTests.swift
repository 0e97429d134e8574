import Testing
import _TestSupport

@testable import DMoECore

/// Frozen weights in every precision that this build has, against double precision.
@Suite struct WeightPrecisionTests {
  /// Odd on purpose: no multiple of a block of rows, of a vector, or of bytes in a word.
  static let shapes = [(outputs: 19, inputs: 21), (48, 64), (33, 100), (96, 161)]
  static let rows = [1, 17, 150]

  /// The kinds there are, and how far a result may be off, in units of |x| |w| summed: half a unit in the last place of
  /// bf16 is 2⁻⁹ (weights alone here, activations too where the CPU multiplies bf16); half a step of a byte is 1/254 of the
  /// greatest of a row, which is at most some times the mean.
  static func kinds(_ w: Matrix) throws -> [(name: String, weight: any WeightMatrix, tolerance: Double)] {
    var result: [(String, any WeightMatrix, Double)] = [
      ("widened", WidenedWeight(w), 2.5e-3),
      ("bfloat16", try Compute(ComputeOptions(precision: .bfloat16)).frozenWeight(w), 5e-3),
    ]
    if let packed = PackedWeight(w, .float32) { result.append(("packed", packed, 1e-6)) }
    if let halves = StoredWeight(bfloat16: w) { result.append(("own bfloat16", halves, 5e-3)) }
    if let bytes = Int8Weight(w) { result.append(("int8", bytes, 5e-2)) }
    return result
  }

  @Test(arguments: shapes) func productsAreThoseOfDoublePrecision(outputs: Int, inputs: Int) throws {
    let w = randomMatrix(outputs, inputs, seed: 1)
    let compute = try Compute(ComputeOptions(threads: 2))
    for (name, weight, tolerance) in try Self.kinds(w) {
      #expect(weight.outputs == outputs && weight.inputs == inputs)
      for rows in Self.rows {
        let x = randomMatrix(rows, inputs, seed: 2)
        var y = Matrix(repeating: .nan, rows, outputs)
        weight.multiply(x, into: &y, compute)
        let dy = randomMatrix(rows, outputs, seed: 3)
        var dx = Matrix(repeating: .nan, rows, inputs)
        weight.multiplyTransposed(dy, into: &dx, beta: 0, compute)
        var sum = Matrix(repeating: 1, rows, inputs)
        weight.multiplyTransposed(dy, into: &sum, beta: 1, compute)
        var (worst, worstBack, worstSum) = (0.0, 0.0, Float(0))
        for r in 0..<rows {
          for o in 0..<outputs {
            let (exact, size) = Self.dot(inputs) { (Double(x[r, $0]), Double(w[o, $0])) }
            worst = max(worst, abs(Double(y[r, o]) - exact) / size)
          }
          for i in 0..<inputs {
            let (exact, size) = Self.dot(outputs) { (Double(dy[r, $0]), Double(w[$0, i])) }
            worstBack = max(worstBack, abs(Double(dx[r, i]) - exact) / size)
            worstSum = max(worstSum, abs(sum[r, i] - dx[r, i] - 1))
          }
        }
        #expect(worst <= tolerance && worstBack <= tolerance, "\(name), \(rows) rows: \(worst), \(worstBack)")
        #expect(worstSum <= 1e-4, "\(name), \(rows) rows: added \(worstSum) too much")
      }
    }
  }

  private static func dot(_ count: Int, _ pair: (Int) -> (Double, Double)) -> (exact: Double, size: Double) {
    (0..<count).reduce((0, 0)) { sum, i in
      let (a, b) = pair(i)
      return (sum.0 + a * b, sum.1 + abs(a * b))
    }
  }

  @Test(arguments: shapes) func denseGivesTheWeightsBack(outputs: Int, inputs: Int) throws {
    let w = randomMatrix(outputs, inputs, seed: 4)
    let top = w.elements.map(abs).max() ?? 0
    for (name, weight, _) in try Self.kinds(w) {
      let dense = weight.dense()
      let unit: Float = name == "packed" ? 0 : name == "int8" ? top / 253 : top / 256
      for r in 0..<outputs {
        for c in 0..<inputs { #expect(abs(dense[r, c] - w[r, c]) <= unit, "\(name) [\(r), \(c)]") }
      }
    }
  }

  @Test func manyTasksAtOnceGetTheSameBits() async throws {
    let w = randomMatrix(96, 160, seed: 5)
    let x = randomMatrix(130, 160, seed: 6)
    for (name, weight, _) in try Self.kinds(w) {
      let results = await withTaskGroup(of: Matrix.self) { group in
        for _ in 0..<8 {
          group.addTask {
            var y = Matrix(uninitialized: 130, 96)
            guard let compute = try? Compute(ComputeOptions(threads: 2)) else { return y }
            weight.multiply(x, into: &y, compute)
            return y
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(results.allSatisfy { $0 == results[0] }, "\(name)")
    }
  }

  /// Integer sums are exact: not even the last bit depends on other rows, threads or blocks.
  @Test func aRowOfBytesDoesNotKnowItsCompany() throws {
    guard let weight = Int8Weight(randomMatrix(40, 96, seed: 7)) else {
      #expect(throws: CoreError.self) { try Compute(ComputeOptions(precision: .int8)) }
      return
    }
    let x = randomMatrix(100, 96, seed: 8)
    var all = Matrix(uninitialized: 100, 40)
    weight.multiply(x, into: &all, try Compute(ComputeOptions(threads: 2)))
    for row in [0, 41, 99] {
      var alone = Matrix(uninitialized: 1, 40)
      weight.multiply(x.rows(row..<row + 1), into: &alone, .reference)
      #expect(alone.elements == all.row(row))
    }
  }

  /// A scale that fits one great number rounds all others to nothing.
  @Test func oneGreatNumberDoesNotDrownTheOthers() throws {
    var w = randomMatrix(24, 160, seed: 12)
    for output in 0..<24 { w[output, 3] = 0 }
    for (name, weight, tolerance) in try Self.kinds(w) {
      var x = randomMatrix(20, 160, seed: 13)
      // In every other row, so that rows of both kinds are in one block.
      for row in stride(from: 0, to: 20, by: 2) { x[row, 3] = 1000 }
      var y = Matrix(uninitialized: 20, 24)
      weight.multiply(x, into: &y, .reference)
      for row in 0..<20 {
        for output in 0..<24 {
          let (exact, size) = Self.dot(160) { (Double(x[row, $0]), Double(w[output, $0])) }
          #expect(abs(Double(y[row, output]) - exact) <= tolerance * size, "\(name) [\(row), \(output)]")
        }
      }
    }
  }

  @Test func whatIsNotFiniteShowsInTheResult() throws {
    let w = randomMatrix(20, 64, seed: 9)
    for (name, weight, _) in try Self.kinds(w) {
      for bad in [Float.nan, .infinity] {
        var x = randomMatrix(2, 64, seed: 10)
        x[1, 13] = bad
        var y = Matrix(uninitialized: 2, 20)
        weight.multiply(x, into: &y, .reference)
        #expect(y.row(0).allSatisfy(\.isFinite) && !y.row(1).contains(where: \.isFinite), "\(name), \(bad)")
      }
    }
  }

  @Test func aRowOfZerosGivesZeros() throws {
    for (name, weight, _) in try Self.kinds(randomMatrix(20, 64, seed: 11)) {
      var y = Matrix(repeating: 1, 3, 20)
      weight.multiply(Matrix(zeros: 3, 64), into: &y, .reference)
      #expect(y.elements.allSatisfy { $0 == 0 }, "\(name)")
    }
  }

  @Test func roundingToBFloat16IsToTheNearestEven() {
    let values: [Float] = [1, 1.00390625, 1.01171875, -1.00390625, 3.4e38, .infinity, -0.0]
    let bits = Matrix(row: values).narrowed
    #expect(bits == [0x3f80, 0x3f80, 0x3f82, 0xbf80, 0x7f80, 0x7f80, 0x8000])
    #expect(Matrix(row: [Float.nan]).narrowed[0] & 0x7fff > 0x7f80)
  }

  @Test func whatTheBuildLacksIsAnError() {
    guard !OneDNN.isAvailable else { return }
    #expect(throws: CoreError.backendUnavailable("oneDNN")) { try Compute(ComputeOptions(backend: .oneDNN)) }
  }
}
