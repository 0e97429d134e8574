import DMoECore
import Testing

@Suite struct ProductTests {
  static let computes: [Compute] = {
    let choices: [ComputeOptions] = [
      ComputeOptions(backend: .reference, threads: 1), ComputeOptions(backend: .reference, threads: 3),
      ComputeOptions(backend: .openBLAS, threads: 1), ComputeOptions(backend: .openBLAS, threads: 3),
    ]
    return choices.compactMap { try? Compute($0) }
  }()

  /// (m, n, k): single rows and columns, odd sizes, more than one block of every kind.
  static let shapes: [(Int, Int, Int)] = [
    (1, 1, 1), (1, 37, 5), (41, 1, 7), (1, 1, 300), (3, 5, 2), (4, 8, 16), (5, 9, 17), (33, 31, 29), (130, 7, 65),
    (7, 270, 33), (13, 11, 400), (140, 150, 40),
  ]

  @Test(arguments: [false, true], [false, true])
  func everyTranspositionEqualsTheNaiveProduct(transposeA: Bool, transposeB: Bool) {
    for compute in Self.computes {
      for (m, n, k) in Self.shapes {
        // Rows longer than needed, so that a leading dimension taken for a width shows.
        let lda = (transposeA ? m : k) + 3
        let ldb = (transposeB ? k : n) + 5
        let ldc = n + 2
        let a = numbers((transposeA ? k : m) * lda, seed: 1)
        let b = numbers((transposeB ? n : k) * ldb, seed: 2)
        let start = numbers(m * ldc, seed: 3)
        for (alpha, beta) in [(Float(1), Float(0)), (-0.5, 1), (2, 0.25)] {
          var c = start
          c.withUnsafeMutableBufferPointer { c in
            compute.multiply(
              m, n, k, alpha: alpha, a, lda, transposeA: transposeA, b, ldb, transposeB: transposeB, beta: beta,
              c.baseAddress!, ldc)
          }
          var worst = 0.0
          for i in 0..<m {
            for j in 0..<ldc {
              var expected = Double(start[i * ldc + j])
              if j < n {
                var sum = 0.0
                for p in 0..<k {
                  sum +=
                    Double(a[transposeA ? p * lda + i : i * lda + p])
                    * Double(b[transposeB ? j * ldb + p : p * ldb + j])
                }
                expected = Double(alpha) * sum + Double(beta) * expected
              }
              worst = max(worst, abs(expected - Double(c[i * ldc + j])))
            }
          }
          // Terms are below 1, so k terms round to within k units of 2^-24 each, times alpha.
          #expect(worst <= Double(k + 8) * 2.4e-7, "\(compute.backend) [\(m), \(k)] x [\(k), \(n)]: \(worst)")
        }
      }
    }
  }

  @Test func zeroBetaDoesNotReadTheResult() {
    for compute in Self.computes {
      for (m, n, k) in [(1, 1, 1), (5, 9, 17), (40, 33, 12), (3, 4, 0)] {
        let a = numbers(m * max(k, 1), seed: 4)
        let b = numbers(max(k, 1) * n, seed: 5)
        var c = [Float](repeating: .nan, count: m * n)
        c.withUnsafeMutableBufferPointer { c in
          compute.multiply(
            m, n, k, a, max(k, 1), transposeA: false, b, n, transposeB: false, beta: 0, c.baseAddress!, n)
        }
        #expect(c.allSatisfy { $0.isFinite })
        if k == 0 { #expect(c.allSatisfy { $0 == 0 }) }
      }
    }
  }

  @Test func anEmptyInnerSideScalesTheResult() {
    for compute in Self.computes {
      var c: [Float] = [1, 2, 3, 4, 5, 6]
      c.withUnsafeMutableBufferPointer { c in
        compute.multiply(2, 3, 0, [0], 0, transposeA: false, [0], 3, transposeB: false, beta: 2, c.baseAddress!, 3)
      }
      #expect(c == [2, 4, 6, 8, 10, 12])
    }
  }

  @Test func threadsDoNotChangeTheReferenceProduct() throws {
    let a = Matrix(90, 120, numbers(90 * 120, seed: 6))
    let b = Matrix(200, 120, numbers(200 * 120, seed: 7))
    let one = Compute.reference.product(a, transposed: false, b, transposed: true)
    let four = try Compute(ComputeOptions(backend: .reference, threads: 4)).product(
      a, transposed: false, b, transposed: true)
    #expect(one == four)
  }

  @Test func matrixProductTakesShapesFromItsOperands() {
    let a = Matrix(2, 3, [1, 2, 3, 4, 5, 6])
    let b = Matrix(2, 2, [1, -1, 2, 0.5])
    for compute in Self.computes {
      #expect(compute.product(a, transposed: true, b, transposed: false) == Matrix(3, 2, [9, 1, 12, 0.5, 15, 0]))
      #expect(compute.product(b, a) == Matrix(2, 3, [-3, -3, -3, 4, 6.5, 9]))
      #expect(compute.product(Matrix(zeros: 0, 2), b).rows == 0)
    }
  }

  private func numbers(_ count: Int, seed: UInt64) -> [Float] { testNumbers(count, seed: seed) }
}

/// Reproducible numbers in [-1, 1).
func testNumbers(_ count: Int, seed: UInt64) -> [Float] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  return (0..<count).map { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(1 << 31)
  }
}
