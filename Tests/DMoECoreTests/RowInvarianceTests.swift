import Testing
import _TestSupport

@testable import DMoECore

/// What is promised of rows, whatever kernels multiply: CI runs this suite under every kernel set that its CPU can run.
@Suite struct RowInvarianceTests {
  @Test func aRowIsSolvedTheSameInEveryCompany() throws {
    for compute in everyCompute {
      for n in [3, 48, 110] {
        let root = Matrix(n, n, testNumbers(n * n, seed: UInt64(n)))
        var matrix = compute.product(root, transposed: false, root, transposed: true)
        for i in 0..<n { matrix[i, i] += Float(n) }
        let cholesky = try CholeskyFactorization(matrix, compute: compute)
        let row = testNumbers(n, seed: 5)
        // Thirteen equal rows among others, so that one lies at every place of a kernel's block.
        let rows = (0..<13).flatMap { testNumbers(n, seed: UInt64(100 + $0)) + row }
        let found = try cholesky.solve(rows: Matrix(26, n, rows))
        let alone = try cholesky.solve(row)
        for place in stride(from: 1, to: 26, by: 2) { #expect(found.row(place) == alone) }
        let forms = try cholesky.inverseQuadraticForms(rows: Matrix(26, n, rows))
        #expect(Set(stride(from: 1, to: 26, by: 2).map { forms[$0] }).count == 1)
      }
    }
  }

  @Test func distinctValuesKeepTheirOrderAndTheirPlaces() {
    let distinct = Distinct([3, 1, 3, 2, 1])
    #expect(distinct.values == [3, 1, 2] && distinct.places == [0, 1, 0, 2, 1])
    #expect(distinct.spread(["c", "a", "b"]) == ["c", "a", "c", "b", "a"])
    #expect(Distinct([Int]()).values.isEmpty && Distinct([Int]()).places.isEmpty)
  }

  /// One product of the same rows twice is the same twice: what "same call, same bits" rests on.
  @Test func theSameProductGivesTheSameBits() {
    for compute in everyCompute {
      let a = Matrix(37, 65, testNumbers(37 * 65, seed: 1))
      let b = Matrix(65, 49, testNumbers(65 * 49, seed: 2))
      let first = compute.product(a, b)
      for _ in 0..<5 { #expect(compute.product(a, b) == first) }
    }
  }
}
