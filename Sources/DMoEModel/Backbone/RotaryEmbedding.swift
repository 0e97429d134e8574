import DMoECore
import Foundation

/// How a layer turns queries and keys to their positions (Su et al., 2104.09864).
package struct RotaryEmbedding: Sendable, Hashable {
  /// How texts are turned that are longer than those of the first training (LongRoPE: Ding et al., 2402.13753).
  ///
  /// The length of the whole text decides, and for all its tokens: the first ones of a long text are turned otherwise than
  /// those of a short one with the same beginning. So does transformers with a text that is alone (`modeling_rope_utils.py`,
  /// `longrope_frequency_update`); in a batch it lets the longest text decide for all, which is not done here. llama.cpp
  /// decides by the context that a program asks for.
  package struct LongTexts: Sendable, Hashable {
    /// The longest text, in tokens, that is turned as the first training did.
    package var originalContext: Int
    /// The change of the frequencies for longer ones.
    package var scaling: RotaryScaling

    /// Longer texts than these, and their scaling.
    package init(originalContext: Int, scaling: RotaryScaling) {
      self.originalContext = originalContext
      self.scaling = scaling
    }
  }

  /// The base of the frequencies.
  package var theta: Double
  /// The change of the frequencies for texts longer than those of the first training.
  package var scaling: RotaryScaling
  /// How many channels of a head are turned, from the first on: all of them but in Phi-3's smaller relatives.
  package var size: Int
  /// What is other for longer texts; `nil` turns all alike.
  package var long: LongTexts?

  /// An embedding of these settings.
  package init(theta: Double, scaling: RotaryScaling = .none, size: Int, long: LongTexts? = nil) {
    self.theta = theta
    self.scaling = scaling
    self.size = size
    self.long = long
  }

  /// The table of the first `positions` positions, of long texts or of others.
  func table(headSize: Int, positions: Int, isLong: Bool = false) -> RotaryTable {
    let scaling = isLong ? long?.scaling ?? scaling : scaling
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
