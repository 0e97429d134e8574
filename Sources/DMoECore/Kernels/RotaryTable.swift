/// Cosines and sines of the rotary position embedding (Su et al., 2104.09864), made once for a range of positions.
///
/// Shapes: [positions, headSize / 2].
package struct RotaryTable: Sendable {
  package let headSize: Int
  package let cosines: Matrix
  package let sines: Matrix

  package var positions: Int { cosines.rows }

  package init(headSize: Int, cosines: Matrix, sines: Matrix) {
    precondition(
      headSize % 2 == 0 && cosines.columns == headSize / 2 && sines.count == cosines.count,
      "RotaryTable: cosines [\(cosines.rows), \(cosines.columns)] for heads of \(headSize)")
    self.headSize = headSize
    self.cosines = cosines
    self.sines = sines
  }
}
