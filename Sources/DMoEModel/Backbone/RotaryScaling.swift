import Foundation

/// A rule by which the rotary embedding's frequencies are stretched for longer texts.
package enum RotaryScaling: Sendable, Hashable {
  /// The frequencies as they were trained.
  case none
  /// Every frequency divided by `factor`.
  case linear(factor: Double)
  /// Llama 3: low frequencies divided by `factor`, high ones kept, the ones between blended.
  case llama3(factor: Double, lowFrequencyFactor: Double, highFrequencyFactor: Double, originalContext: Double)
  /// YaRN: as Llama 3 by another blend, and attention made sharper.
  case yarn(YaRN)
  /// One divisor a frequency, and what queries and keys are multiplied by: LongRoPE (``RotaryEmbedding/LongTexts``), and
  /// what GGUF's `rope_freqs.weight` holds.
  case divisors([Float], magnitude: Double = 1)

  /// theta^(-2i/d), scaled. Shape: [size / 2].
  func inverseFrequencies(theta: Double, size: Int) -> [Double] {
    (0..<size / 2).map { i in
      let frequency = pow(theta, -2 * Double(i) / Double(size))
      switch self {
      case .none: return frequency
      case .linear(let factor): return frequency / factor
      case .divisors(let divisors, _): return frequency / Double(divisors[i])
      case .yarn(let yarn): return frequency * yarn.share(of: i, theta: theta, size: size)
      case .llama3(let factor, let low, let high, let context):
        let wavelength = 2 * Double.pi / frequency
        if wavelength < context / high { return frequency }
        if wavelength > context / low { return frequency / factor }
        let smooth = (context / wavelength - low) / (high - low)
        return (1 - smooth) * frequency / factor + smooth * frequency
      }
    }
  }

  /// What turned queries and keys are multiplied by.
  var magnitude: Double {
    switch self {
    case .none, .linear, .llama3: 1
    case .yarn(let yarn): yarn.magnitude
    case .divisors(_, let magnitude): magnitude
    }
  }
}

/// The settings of YaRN (Peng et al., 2309.00071).
package struct YaRN: Sendable, Hashable {
  /// By what low frequencies are divided.
  package var factor: Double
  /// The longest text of the first training, in tokens.
  package var originalContext: Double
  /// Frequencies that turn more often than this in a text of the original context are kept.
  package var fastBeta: Double
  /// Frequencies that turn less often than this are divided by the whole factor.
  package var slowBeta: Double
  /// Whether the bounds between are rounded outward to whole frequencies.
  package var roundsBounds: Bool
  /// What queries and keys are multiplied by.
  package var magnitude: Double

  /// Settings with these values; the defaults are the paper's, for the magnitude `0.1 ln(factor) + 1`.
  package init(
    factor: Double, originalContext: Double, fastBeta: Double = 32, slowBeta: Double = 1, roundsBounds: Bool = true,
    magnitude: Double? = nil
  ) {
    self.factor = factor
    self.originalContext = originalContext
    self.fastBeta = fastBeta
    self.slowBeta = slowBeta
    self.roundsBounds = roundsBounds
    self.magnitude = magnitude ?? Self.magnitude(factor: factor)
  }

  /// The factor of attention that the paper recommends, weighed by `scale`.
  static func magnitude(factor: Double, scale: Double = 1) -> Double {
    factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1
  }

  /// What frequency `index` is multiplied by: from 1 for the fast ones to 1 / factor for the slow ones.
  func share(of index: Int, theta: Double, size: Int) -> Double {
    /// The index, with a fraction, of the frequency that turns so often in a text of the original context.
    func place(_ turns: Double) -> Double {
      Double(size) * log(originalContext / (turns * 2 * .pi)) / (2 * log(theta))
    }
    let (first, last) = (place(fastBeta), place(slowBeta))
    let low = max(roundsBounds ? first.rounded(.down) : first, 0)
    var high = min(roundsBounds ? last.rounded(.up) : last, Double(size - 1))
    if low == high { high += 0.001 }
    let slow = min(max((Double(index) - low) / (high - low), 0), 1)
    return slow / factor + (1 - slow)
  }
}
