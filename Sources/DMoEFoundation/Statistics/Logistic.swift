import Foundation

/// The logistic function and its integral, written so that no difference of rewards overflows.
package enum Logistic {
  /// `log(1 + exp(x))`: the negative log-likelihood of a preference whose log-odds are `-x`, in nats.
  package static func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }

  /// `1 / (1 + exp(-x))`: how probable a preference is whose log-odds are `x`.
  package static func sigmoid(_ x: Double) -> Double {
    guard x < 0 else { return 1 / (1 + exp(-x)) }
    let e = exp(x)
    return e / (1 + e)
  }
}
