import DMoECore
import Testing

@Suite struct LinearAlgebraTests {
  static let computes = ProductTests.computes

  // MARK: Singular values

  @Test func factorsOfADecompositionGiveTheMatrixBack() throws {
    for compute in Self.computes {
      for (m, n) in [(1, 1), (1, 7), (6, 1), (5, 5), (9, 4), (4, 9), (40, 23), (23, 41)] {
        let matrix = Matrix(m, n, testNumbers(m * n, seed: UInt64(m * 100 + n)))
        let svd = try SingularValueDecomposition(matrix, compute: compute)
        #expect(svd.u.rows == m && svd.u.columns == min(m, n) && svd.vTransposed.rows == min(m, n))
        #expect(svd.singularValues == svd.singularValues.sorted(by: >))
        // LAPACK's backward error is a modest multiple of 2^-24 of the norm.
        let error = distance(product(scaled(svd.u, svd.singularValues), svd.vTransposed), matrix)
        #expect(error < 3e-6 * norm(matrix))
        #expect(distance(product(transposed(svd.u), svd.u), identity(min(m, n))) < 1e-5)
        #expect(distance(product(svd.vTransposed, transposed(svd.vTransposed)), identity(min(m, n))) < 1e-5)
      }
    }
  }

  @Test func dependentRowsHaveZeroSingularValuesAndOrthonormalVectors() throws {
    let thin = product(Matrix(8, 2, testNumbers(16, seed: 1)), Matrix(2, 6, testNumbers(12, seed: 2)))
    for matrix in [thin, transposed(thin), Matrix(zeros: 4, 3)] {
      for compute in Self.computes {
        let svd = try SingularValueDecomposition(matrix, compute: compute)
        #expect(svd.singularValues.dropFirst(2).allSatisfy { $0 < 1e-6 })
        let k = svd.singularValues.count
        #expect(distance(product(transposed(svd.u), svd.u), identity(k)) < 1e-5)
        #expect(distance(product(svd.vTransposed, transposed(svd.vTransposed)), identity(k)) < 1e-5)
      }
    }
  }

  @Test func truncationErrorIsTheTailOfTheSingularValues() throws {
    let matrix = Matrix(12, 17, testNumbers(12 * 17, seed: 3))
    for compute in Self.computes {
      let svd = try SingularValueDecomposition(matrix, compute: compute)
      for rank in [0, 1, 5, 12, 20] {
        let part = svd.truncated(rank: rank)
        #expect(part.singularValues.count == min(rank, 12))
        let tail = svd.singularValues.dropFirst(rank).reduce(0.0) { $0 + Double($1 * $1) }.squareRoot()
        let error = distance(product(scaled(part.u, part.singularValues), part.vTransposed), matrix)
        #expect(abs(error - tail) < 1e-5)
      }
    }
  }

  @Test func aMatrixThatIsNotFiniteIsNotDecomposed() {
    for compute in Self.computes {
      for bad in [Float.nan, .infinity] {
        #expect(throws: CoreError.nonFinite("a matrix to decompose")) {
          try SingularValueDecomposition(Matrix(2, 2, [1, 2, bad, 3]), compute: compute)
        }
      }
    }
  }

  // MARK: Cholesky

  @Test func choleskyFactorReproducesTheMatrixAndSolves() throws {
    for compute in Self.computes {
      for n in [1, 2, 7, 48, 49, 110] {
        let matrix = positiveDefinite(n, seed: UInt64(n))
        let cholesky = try CholeskyFactorization(matrix, compute: compute)
        #expect(cholesky.jitter == 0)
        // Entries of the matrix are about n / 3, its condition number about 4 n.
        #expect(distance(product(cholesky.factor, transposed(cholesky.factor)), matrix) < 1e-5 * Double(n))
        for i in 0..<n { for j in i + 1..<max(n, i + 1) { #expect(cholesky.factor[i, j] == 0) } }
        let b = Matrix(3, n, testNumbers(3 * n, seed: 9))
        let x = try cholesky.solve(rows: b)
        #expect(distance(product(x, matrix), b) < 1e-4)
        #expect(try cholesky.solve(b.row(1)) == x.row(1))
        let forms = try cholesky.inverseQuadraticForms(rows: b)
        for i in 0..<3 {
          let expected = zip(b.row(i), x.row(i)).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
          #expect(abs(expected - Double(forms[i])) < 1e-5)
        }
      }
    }
  }

  @Test func choleskyReadsTheLowerTriangleOnly() throws {
    for compute in Self.computes {
      let matrix = positiveDefinite(60, seed: 4)
      var lower = matrix
      for i in 0..<60 { for j in i + 1..<60 { lower[i, j] = .nan } }
      #expect(
        try CholeskyFactorization(lower, compute: compute).factor
          == CholeskyFactorization(matrix, compute: compute).factor)
    }
  }

  @Test func anIndefiniteMatrixIsNamedWithItsPivot() {
    var matrix = identity(60)
    matrix[54, 54] = -1
    for compute in Self.computes {
      let error = #expect(throws: CoreError.self) { try CholeskyFactorization(matrix, compute: compute) }
      guard case .factorizationFailed(_, let info) = error else {
        Issue.record("not the expected error")
        continue
      }
      #expect(info == 55)
      // Jitter of at most 10^-5 of the diagonal does not turn -1 positive.
      #expect(throws: CoreError.self) { try CholeskyFactorization(matrix, jitterAttempts: 2, compute: compute) }
    }
  }

  @Test func jitterMakesASingularMatrixFactorable() throws {
    let singular = Matrix(3, 3, [Float](repeating: 1, count: 9))
    for compute in Self.computes {
      let cholesky = try CholeskyFactorization(singular, jitterAttempts: 6, compute: compute)
      #expect(cholesky.jitter > 0 && cholesky.jitter <= 0.1)
    }
  }

  // MARK: Low-rank factors

  @Test func approximationErrorOfAWeightDifferenceIsTheTailOfItsSingularValues() throws {
    let difference = Matrix(14, 9, testNumbers(14 * 9, seed: 5))
    for compute in Self.computes {
      let values = try SingularValueDecomposition(difference, compute: compute).singularValues
      for rank in [1, 4, 9, 12] {
        let factors = try LowRankFactorization(approximating: difference, rank: rank, compute: compute)
        #expect(factors.a.rows == rank && factors.a.columns == 9 && factors.b.rows == 14 && factors.b.columns == rank)
        let error = distance(product(factors.b, factors.a), difference) / norm(difference)
        #expect(abs(error - factors.relativeError) < 1e-6)
        let tail = values.dropFirst(rank).reduce(0.0) { $0 + Double($1 * $1) }.squareRoot()
        #expect(abs(factors.relativeError - tail / norm(difference)) < 1e-6)
        // Shared singular values: both sides have the same norm.
        #expect(abs(norm(factors.a) - norm(factors.b)) < 1e-5 * norm(factors.a))
      }
    }
  }

  @Test func joinedAdaptersOfFullRankAddTheSameAsBoth() throws {
    let (one, two) = (term(11, 13, 3, scaling: 2, seed: 6), term(11, 13, 4, scaling: -0.5, seed: 7))
    let sum = added([one, two])
    for rank in [7, 8] {
      let joined = try LowRankFactorization(joining: [one, two], rank: rank)
      #expect(joined.rank == rank && joined.relativeError < 1e-7)
      #expect(distance(product(joined.b, joined.a), sum) < 1e-6 * norm(sum))
      #expect(abs(norm(joined.a) - norm(joined.b)) < 1e-5 * norm(joined.a))
    }
  }

  @Test func joinedAdaptersOfLowerRankAreTheBestApproximation() throws {
    let terms = [term(20, 15, 4, scaling: 1, seed: 8), term(20, 15, 4, scaling: 0.7, seed: 9)]
    let sum = added(terms)
    let joined = try LowRankFactorization(joining: terms, rank: 3)
    let direct = try LowRankFactorization(approximating: sum, rank: 3, compute: .reference)
    #expect(abs(joined.relativeError - direct.relativeError) < 1e-6)
    #expect(abs(distance(product(joined.b, joined.a), sum) / norm(sum) - direct.relativeError) < 1e-6)
  }

  @Test func joiningCopesWithEqualAndEmptyAdapters() throws {
    // More ranks than rows, the same adapter twice, and one whose b is 0 as at the start of training.
    let one = term(5, 6, 4, scaling: 1, seed: 10)
    let fresh = LowRankFactorization.Term(a: one.a, b: Matrix(zeros: 5, 4), scaling: 1)
    let joined = try LowRankFactorization(joining: [one, one, fresh], rank: 4)
    #expect(joined.relativeError < 1e-7)
    let expected = added([one, one])
    #expect(distance(product(joined.b, joined.a), expected) < 1e-6 * norm(expected))
    let nothing = try LowRankFactorization(joining: [fresh], rank: 2)
    #expect(nothing.relativeError == 0 && norm(nothing.a) == 0 && norm(nothing.b) == 0)
  }

  // MARK: Helpers

  private func term(
    _ rows: Int, _ columns: Int, _ rank: Int, scaling: Float, seed: UInt64
  ) -> LowRankFactorization.Term {
    LowRankFactorization.Term(
      a: Matrix(rank, columns, testNumbers(rank * columns, seed: seed)),
      b: Matrix(rows, rank, testNumbers(rows * rank, seed: seed + 50)), scaling: scaling)
  }

  private func added(_ terms: [LowRankFactorization.Term]) -> Matrix {
    var sum = Matrix(zeros: terms[0].b.rows, terms[0].a.columns)
    for term in terms {
      let part = product(term.b, term.a)
      for i in 0..<sum.rows { for j in 0..<sum.columns { sum[i, j] += term.scaling * part[i, j] } }
    }
    return sum
  }

  private func positiveDefinite(_ n: Int, seed: UInt64) -> Matrix {
    let root = Matrix(n, n, testNumbers(n * n, seed: seed))
    var matrix = product(root, transposed(root))
    for i in 0..<n { matrix[i, i] += 1 }
    return matrix
  }

  private func identity(_ n: Int) -> Matrix {
    var matrix = Matrix(zeros: n, n)
    for i in 0..<n { matrix[i, i] = 1 }
    return matrix
  }

  private func product(_ a: Matrix, _ b: Matrix) -> Matrix {
    let (x, y) = (a.elements, b.elements)
    return Matrix(
      a.rows, b.columns,
      (0..<a.rows * b.columns).map { index -> Float in
        let (i, j) = (index / b.columns, index % b.columns)
        var sum = 0.0
        for p in 0..<a.columns { sum += Double(x[i * a.columns + p]) * Double(y[p * b.columns + j]) }
        return Float(sum)
      })
  }

  private func transposed(_ a: Matrix) -> Matrix {
    Matrix(a.columns, a.rows, (0..<a.count).map { a[$0 % a.rows, $0 / a.rows] })
  }

  private func scaled(_ a: Matrix, _ factors: [Float]) -> Matrix {
    Matrix(a.rows, a.columns, (0..<a.count).map { a[$0 / a.columns, $0 % a.columns] * factors[$0 % a.columns] })
  }

  private func norm(_ a: Matrix) -> Double { a.elements.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }

  private func distance(_ a: Matrix, _ b: Matrix) -> Double {
    precondition(a.rows == b.rows && a.columns == b.columns)
    return zip(a.elements, b.elements).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }.squareRoot()
  }
}
