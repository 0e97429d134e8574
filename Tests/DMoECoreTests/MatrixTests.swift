import Testing
import _TestSupport

@testable import DMoECore

@Suite struct MatrixTests {
  /// Two parts of three rows: the last two rows of each.
  @Test func keptRowsAreThoseOfEveryPart() {
    let matrix = Matrix(6, 2, (0..<12).map(Float.init))
    let kept = matrix.kept(1..<3, ofEachOf: 2)
    #expect(kept == Matrix(4, 2, [2, 3, 4, 5, 8, 9, 10, 11]))
    #expect(matrix.kept(0..<6, ofEachOf: 1) == matrix && matrix.kept(1..<1, ofEachOf: 2).count == 0)
  }

  /// A write to one of two matrices over the same elements is not seen in the other.
  @Test func keptRowsAreValues() {
    let kept = randomMatrix(100, 200, seed: 1).kept(0..<100, ofEachOf: 1)
    var other = kept
    other[3, 4] = 7
    #expect(kept[3, 4] != 7 && other[3, 4] == 7 && other[3, 5] == kept[3, 5])
  }
}
