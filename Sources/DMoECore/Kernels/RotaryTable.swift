/// Cosines and sines of the rotary position embedding (Su et al., 2104.09864), made once for a range of positions.
///
/// Shapes: [positions, headSize / 2].
package struct RotaryTable: Sendable {
  /// The number of channels of one attention head.
  package let headSize: Int
  /// The cosines. Shape: [positions, headSize / 2].
  package let cosines: Matrix
  /// The sines. Shape: [positions, headSize / 2].
  package let sines: Matrix

  /// The number of positions that the table covers.
  package var positions: Int { cosines.rows }

  /// A table of these cosines and sines. Shapes: [positions, headSize / 2].
  package init(headSize: Int, cosines: Matrix, sines: Matrix) {
    precondition(
      headSize % 2 == 0 && cosines.columns == headSize / 2 && sines.count == cosines.count,
      "RotaryTable: cosines [\(cosines.rows), \(cosines.columns)] for heads of \(headSize)")
    self.headSize = headSize
    self.cosines = cosines
    self.sines = sines
  }
}
