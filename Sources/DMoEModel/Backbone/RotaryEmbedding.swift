import DMoECore
import Foundation

/// How a layer turns queries and keys to their positions (Su et al., 2104.09864).
package struct RotaryEmbedding: Sendable, Hashable {
  /// The base of the frequencies.
  package var theta: Double
  /// The change of the frequencies for texts longer than those of the first training.
  package var scaling: RotaryScaling
  /// How many channels of a head are turned, from the first on: all of them but in Phi-3's smaller relatives.
  package var size: Int

  /// An embedding of these settings.
  package init(theta: Double, scaling: RotaryScaling = .none, size: Int) {
    self.theta = theta
    self.scaling = scaling
    self.size = size
  }

  /// The table of the first `positions` positions.
  func table(headSize: Int, positions: Int) -> RotaryTable {
    let frequencies = scaling.inverseFrequencies(theta: theta, size: size).map { Float($0) }
    let magnitude = Float(scaling.magnitude)
    var cosines = Matrix(uninitialized: positions, size / 2)
    var sines = Matrix(uninitialized: positions, size / 2)
    cosines.withMutableElements { cosines in
      sines.withMutableElements { sines in
        for position in 0..<positions {
          for (i, frequency) in frequencies.enumerated() {
            // The angle is rounded to Float as the reference implementations do.
            let angle = Float(position) * frequency
            cosines[position * frequencies.count + i] = cos(angle) * magnitude
            sines[position * frequencies.count + i] = sin(angle) * magnitude
          }
        }
      }
    }
    return RotaryTable(headSize: headSize, cosines: cosines, sines: sines)
  }
}
