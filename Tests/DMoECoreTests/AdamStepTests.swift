import DMoECore
import Foundation
import Testing
import _TestSupport

@Suite struct AdamStepTests {
  @Test func stepsEqualTheLoopInDoublePrecision() {
    let (rate, beta1, beta2, eps) = (0.01, 0.9, 0.999, 1e-8)
    for compute in everyCompute {
      for (decay, scale) in [(0.0, 1.0), (0.1, 0.25)] {
        // More elements than one part of a thread.
        let count = 33_000
        var p = randomMatrix(1, count, seed: 1)
        var (m, v) = (Matrix(zeros: 1, count), Matrix(zeros: 1, count))
        var exact = p.elements.map(Double.init)
        var (em, ev) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
        for t in 1...3 {
          let g = randomMatrix(1, count, seed: UInt64(10 + t))
          compute.adam(
            &p, gradient: g, first: &m, second: &v,
            AdamStep(
              rate: Float(rate), beta1: Float(beta1), beta2: Float(beta2), eps: Float(eps), weightDecay: Float(decay),
              step: t, gradientScale: Float(scale)))
          g.withElements { g in
            for i in 0..<count {
              let gradient = Double(g[i]) * scale
              em[i] = beta1 * em[i] + (1 - beta1) * gradient
              ev[i] = beta2 * ev[i] + (1 - beta2) * gradient * gradient
              let first = em[i] / (1 - pow(beta1, Double(t)))
              let second = ev[i] / (1 - pow(beta2, Double(t)))
              exact[i] -= rate * decay * exact[i]
              exact[i] -= rate * first / (second.squareRoot() + eps)
            }
          }
        }
        // A step is 0.01 and known to 1e-4 of itself: 1 - 0.999 has 4 digits less than a Float.
        expectClose(p.elements.map(Double.init), exact, 3e-6, "\(compute.backend) decay \(decay)")
        expectClose(m.elements.map(Double.init), em, 1e-5)
        expectClose(v.elements.map(Double.init), ev, 1e-4)
      }
    }
  }

  @Test func correctionsComeFromTheStep() {
    let step = AdamStep(rate: 1, beta1: 0.9, beta2: 0.99, eps: 0, weightDecay: 0, step: 3, gradientScale: 1)
    #expect(abs(step.firstCorrection - 0.271) < 1e-6)
    #expect(abs(step.secondCorrection - 0.029701) < 1e-6)
  }

  @Test func sumOfSquaresIsExactInDoublePrecision() {
    for compute in everyCompute {
      let x = randomMatrix(7, 13, seed: 3)
      let expected = x.elements.reduce(0.0) { $0 + Double($1) * Double($1) }
      #expect(abs(compute.sumOfSquares(x) - expected) < 1e-12 * expected)
    }
  }
}
