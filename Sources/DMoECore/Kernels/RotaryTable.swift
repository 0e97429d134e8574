/// Cosines and sines of the rotary position embedding (Su et al., 2104.09864), made once for a range of positions.
///
/// Shapes: [positions, headSize / 2].
package struct RotaryTable: Sendable {
  package let headSize: Int
  package let cosines: Matrix
  package let sines: Matrix

  package var positions: Int { cosines.rows }
}
