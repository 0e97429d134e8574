import Foundation

/// The pure-Swift twins of the C loops, argument for argument: what runs when no C backend is chosen.
enum ReferenceKernels {
  typealias Input = UnsafePointer<Float>
  typealias Output = UnsafeMutablePointer<Float>

  static func rmsNorm(
    _ x: Input, _ weight: Input, _ eps: Float, _ y: Output, _ inverseRMS: Output, _ rows: Int, _ columns: Int
  ) {
    for r in 0..<rows {
      let x = x + r * columns
      let y = y + r * columns
      var sum: Float = 0
      for c in 0..<columns { sum += x[c] * x[c] }
      let inverse = 1 / (sum / Float(columns) + eps).squareRoot()
      inverseRMS[r] = inverse
      for c in 0..<columns { y[c] = x[c] * inverse * weight[c] }
    }
  }

  static func rmsNormBackward(
    _ x: Input, _ weight: Input, _ inverseRMS: Input, _ dy: Input, _ dx: Output, _ dweight: Output?, _ rows: Int,
    _ columns: Int
  ) {
    for r in 0..<rows {
      let x = x + r * columns
      let dy = dy + r * columns
      let dx = dx + r * columns
      let inverse = inverseRMS[r]
      var sum: Float = 0
      for c in 0..<columns { sum += dy[c] * weight[c] * x[c] }
      let k = sum * inverse * inverse / Float(columns)
      for c in 0..<columns { dx[c] = inverse * (dy[c] * weight[c] - x[c] * k) }
      if let dweight {
        for c in 0..<columns { dweight[c] += dy[c] * x[c] * inverse }
      }
    }
  }

  static func swiGLU(_ gate: Input, _ up: Input, _ y: Output, _ count: Int) {
    for i in 0..<count { y[i] = gate[i] / (1 + exp(-gate[i])) * up[i] }
  }

  static func swiGLUBackward(
    _ gate: Input, _ up: Input, _ dy: Input, _ dgate: Output, _ dup: Output, _ count: Int
  ) {
    for i in 0..<count {
      let s = 1 / (1 + exp(-gate[i]))
      let silu = gate[i] * s
      dup[i] = dy[i] * silu
      dgate[i] = dy[i] * up[i] * (s + silu * (1 - s))
    }
  }

  static func geGLU(_ gate: Input, _ up: Input, _ y: Output, _ count: Int, _ share: (Float) -> Float) {
    for i in 0..<count { y[i] = gate[i] * share(gate[i]) * up[i] }
  }

  /// `slope`: the derivative of the share by the gate.
  static func geGLUBackward(
    _ gate: Input, _ up: Input, _ dy: Input, _ dgate: Output, _ dup: Output, _ count: Int,
    _ share: (Float) -> Float, slope: (Float) -> Float
  ) {
    for i in 0..<count {
      let g = gate[i]
      dup[i] = dy[i] * g * share(g)
      dgate[i] = dy[i] * up[i] * (share(g) + g * slope(g))
    }
  }

  /// The share of the normal distribution below x, and its density.
  static func normalShare(_ x: Float) -> Float { 0.5 * erfc(x * -Float(0.5).squareRoot()) }

  static func normalSlope(_ x: Float) -> Float { exp(-0.5 * x * x) / (2 * Float.pi).squareRoot() }

  private static let tanhRate = 2 * (2 / Float.pi).squareRoot()
  private static let tanhCubic: Float = 0.044715

  /// The approximation of `normalShare` by a tanh, (1 + tanh(u)) / 2, as a sigmoid of 2u.
  static func tanhShare(_ x: Float) -> Float { 1 / (1 + exp(-tanhRate * (x + tanhCubic * x * x * x))) }

  static func tanhSlope(_ x: Float) -> Float {
    let s = tanhShare(x)
    return s * (1 - s) * tanhRate * (1 + 3 * tanhCubic * x * x)
  }

  static func rotary(
    _ x: Input, _ y: Output, _ cosines: Input, _ sines: Input, _ positions: UnsafePointer<Int32>, _ sign: Float,
    _ rows: Int, _ heads: Int, _ headSize: Int, _ rotarySize: Int
  ) {
    let half = rotarySize / 2
    for r in 0..<rows {
      let c = cosines + Int(positions[r]) * half
      let s = sines + Int(positions[r]) * half
      for h in 0..<heads {
        let at = (r * heads + h) * headSize
        for i in 0..<half {
          let (a, b, sine) = (x[at + i], x[at + half + i], sign * s[i])
          y[at + i] = a * c[i] - b * sine
          y[at + half + i] = b * c[i] + a * sine
        }
        for i in rotarySize..<headSize { y[at + i] = x[at + i] }
      }
    }
  }

  static func softmax(_ row: Output, _ count: Int) {
    guard count > 0 else { return }
    var top = row[0]
    for c in 1..<count { top = max(top, row[c]) }
    var sum: Float = 0
    for c in 0..<count {
      row[c] = exp(row[c] - top)
      sum += row[c]
    }
    for c in 0..<count { row[c] /= sum }
  }

  static func dot(_ x: Input, _ y: Input, _ count: Int) -> Float {
    var sums = SIMD8<Float>.zero
    var i = 0
    while i + 8 <= count {
      let (a, b) = (UnsafeRawPointer(x + i), UnsafeRawPointer(y + i))
      sums += a.loadUnaligned(as: SIMD8<Float>.self) * b.loadUnaligned(as: SIMD8<Float>.self)
      i += 8
    }
    var sum = sums.sum()
    for j in i..<count { sum += x[j] * y[j] }
    return sum
  }

  static func axpy(_ scale: Float, _ x: Input, _ y: Output, _ count: Int) {
    for i in 0..<count { y[i] += scale * x[i] }
  }

  static func sumOfSquares(_ x: Input, _ count: Int) -> Double {
    var sum = 0.0
    for i in 0..<count { sum += Double(x[i]) * Double(x[i]) }
    return sum
  }

  static func adam(
    _ parameter: Output, _ gradient: Input, _ first: Output, _ second: Output, _ step: AdamStep, _ count: Int
  ) {
    let scale = 1 / step.secondCorrection.squareRoot()
    for i in 0..<count {
      let g = gradient[i] * step.gradientScale
      let m = step.beta1 * first[i] + (1 - step.beta1) * g
      let v = step.beta2 * second[i] + (1 - step.beta2) * g * g
      first[i] = m
      second[i] = v
      let p = parameter[i] - step.rate * step.weightDecay * parameter[i]
      parameter[i] = p - step.rate / step.firstCorrection * m / (v.squareRoot() * scale + step.eps)
    }
  }
}
