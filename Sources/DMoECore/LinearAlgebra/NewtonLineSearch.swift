import Foundation

/// Backtracking along a Newton step.
enum NewtonLineSearch {
  /// The first of the steps 1, ½, ¼, ... that lowers the loss by Armijo's rule, and the loss there; nil if none does, which
  /// means that rounding hides what is left to gain.
  ///
  /// - Parameter slope: the derivative of the loss along the step at 0, negative.
  static func step(
    from loss: Double, slope: Double, _ lossAfter: (Double) -> Double
  ) -> (length: Double, loss: Double)? {
    // The linear scores are kept in `Float`: differences below this share of the loss mean nothing.
    let noise = 1e-9 * (1 + abs(loss))
    var length = 1.0
    for _ in 0..<40 {
      let next = lossAfter(length)
      if next.isFinite && next <= loss + 1e-4 * length * slope + noise { return (length, next) }
      length /= 2
    }
    return nil
  }
}
