/// Cosines and sines of the rotary position embedding (Su et al., 2104.09864), made once for a range of positions.
///
/// Shapes: [positions, rotarySize / 2].
package struct RotaryTable: Sendable {
  /// The number of channels of one attention head.
  package let headSize: Int
  /// The cosines. Shape: [positions, rotarySize / 2].
  package let cosines: Matrix
  /// The sines. Shape: [positions, rotarySize / 2].
  package let sines: Matrix

  /// The number of positions that the table covers.
  package var positions: Int { cosines.rows }

  /// How many channels of a head are turned, from the first on; the others stay as they are.
  package var rotarySize: Int { 2 * cosines.columns }

  /// A table of these cosines and sines. Shapes: [positions, rotarySize / 2].
  package init(headSize: Int, cosines: Matrix, sines: Matrix) {
    precondition(
      2 * cosines.columns <= headSize && sines.columns == cosines.columns && sines.count == cosines.count,
      "RotaryTable: cosines [\(cosines.rows), \(cosines.columns)] for heads of \(headSize)")
    self.headSize = headSize
    self.cosines = cosines
    self.sines = sines
  }

  /// This table with the positions of another one behind its own.
  package func appending(_ other: RotaryTable) -> RotaryTable {
    RotaryTable(
      headSize: headSize, cosines: Matrix(stacking: [cosines, other.cosines]),
      sines: Matrix(stacking: [sines, other.sines]))
  }
}
