import DMoECore
import Testing

@testable import struct DMoECore.RowLayout

@Suite struct RowLayoutTests {
  /// A prompt with two responses, a lone text, and a continuation of the first response.
  private func layout() -> RowLayout {
    var result = RowLayout()
    #expect(result.append(count: 3) == 0)
    #expect(result.append(count: 2, prefix: 0) == 1)
    #expect(result.append(count: 4) == 2)
    #expect(result.append(count: 1, prefix: 0) == 3)
    #expect(result.append(count: 2, prefix: 1) == 4)
    return result
  }

  @Test func positionsGoOnFromThePrefix() {
    #expect(layout().rowCount == 12)
    #expect(layout().positions == [0, 1, 2, 3, 4, 0, 1, 2, 3, 3, 5, 6])
  }

  @Test func lastRowsAreThoseThatNothingContinues() {
    #expect(layout().lastRows == [8, 9, 11])
    #expect(RowLayout().lastRows.isEmpty && RowLayout().positions.isEmpty)
  }

  @Test func familiesShareAPrefixHoweverFarBack() {
    #expect(layout().families == [[0, 1, 3, 4], [2]])
  }

  @Test func prefixRowsAreOutermostFirst() {
    #expect(layout().prefixRows(of: 4) == [0..<3, 3..<5])
    #expect(layout().prefixRows(of: 3) == [0..<3])
    #expect(layout().prefixRows(of: 2).isEmpty)
  }

  @Test func repeatingMovesRowsAndPrefixes() {
    let twice = layout().repeated(2)
    #expect(twice.rowCount == 24)
    #expect(twice.positions == layout().positions + layout().positions)
    #expect(twice.lastRows == [8, 9, 11, 20, 21, 23])
    #expect(twice.families == [[0, 1, 3, 4], [2], [5, 6, 8, 9], [7]])
    #expect(twice.prefixRows(of: 9) == [12..<15, 15..<17])
    #expect(layout().repeated(1) == layout() && layout().repeated(0) == RowLayout())
  }
}
