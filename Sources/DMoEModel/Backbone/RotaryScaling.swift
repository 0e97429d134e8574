import DMoECore
import Foundation

/// A rule by which the rotary embedding's frequencies are stretched for longer texts.
public enum RotaryScaling: Sendable, Equatable {
  /// The frequencies as they were trained.
  case none
  /// Every frequency divided by `factor`.
  case linear(factor: Double)
  /// Llama 3: low frequencies divided by `factor`, high ones kept, the ones between blended.
  case llama3(factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalContext: Double)
  /// One divisor a frequency, as GGUF's `rope_freqs.weight` holds.
  case divisors([Float])

  /// theta^(-2i/d), scaled. Shape: [headSize / 2].
  func inverseFrequencies(theta: Double, headSize: Int) -> [Double] {
    (0..<headSize / 2).map { i in
      let frequency = pow(theta, -2 * Double(i) / Double(headSize))
      switch self {
      case .none: return frequency
      case .linear(let factor): return frequency / factor
      case .divisors(let divisors): return frequency / Double(divisors[i])
      case .llama3(let factor, let low, let high, let context):
        let wavelength = 2 * Double.pi / frequency
        if wavelength < context / high { return frequency }
        if wavelength > context / low { return frequency / factor }
        let smooth = (context / wavelength - low) / (high - low)
        return (1 - smooth) * frequency / factor + smooth * frequency
      }
    }
  }

  /// The table of the first `positions` positions.
  func table(theta: Double, headSize: Int, positions: Int) -> RotaryTable {
    let frequencies = inverseFrequencies(theta: theta, headSize: headSize).map { Float($0) }
    var cosines = Matrix(uninitialized: positions, headSize / 2)
    var sines = Matrix(uninitialized: positions, headSize / 2)
    cosines.withMutableElements { cosines in
      sines.withMutableElements { sines in
        for position in 0..<positions {
          for (i, frequency) in frequencies.enumerated() {
            // The angle is rounded to Float as the reference implementations do.
            let angle = Float(position) * frequency
            cosines[position * frequencies.count + i] = cos(angle)
            sines[position * frequencies.count + i] = sin(angle)
          }
        }
      }
    }
    return RotaryTable(headSize: headSize, cosines: cosines, sines: sines)
  }
}
