import DMoEEvaluate
import Foundation

/// A curve of gold over the distance from where it began, as Gao et al. (2210.10760, equation 1) found it to be.
///
/// With d the root of the divergence in nats, gold gains d (α − β d) by the best of n and d (α − β log d) by policy
/// gradients: α is what optimizing gains at first, β what it comes to cost.
public struct OverOptimizationFit: Sendable, Hashable, Codable {
  /// The form of the curve.
  public enum Form: String, Sendable, Hashable, Codable {
    /// d (α − β d).
    case bestOfN
    /// d (α − β log d).
    case policy
  }

  /// The form of the curve.
  public let form: Form
  /// α, with its interval.
  public let alpha: ExperimentResult.Interval
  /// β, with its interval; above 0 gold turns somewhere.
  public let beta: ExperimentResult.Interval
  /// The divergence at which the fitted curve is highest, in nats; `nil` if it never turns.
  public let turn: Double?
  /// The lower end of the interval of that divergence; `nil` if it is infinite.
  public let turnLower: Double?
  /// The upper end of the interval of that divergence; `nil` if it is infinite: a curve without a turn is as likely.
  public let turnUpper: Double?
  /// The root of the mean squared distance of the points from the curve.
  public let error: Double

  /// What a fit to one set of points gives.
  struct Coefficients {
    let form: Form
    let alpha: Double
    let beta: Double

    /// The least squares fit to gains at distances; `nil` where the points do not decide it.
    init?(_ form: Form, distances: [Double], gains: [Double]) {
      // Gain = α u − β v: two unknowns, whose normal equations have a determinant.
      let u = distances
      let v = distances.map { Self.curvature(form, $0) }
      func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
      let (uu, uv, vv) = (dot(u, u), dot(u, v), dot(v, v))
      let determinant = uu * vv - uv * uv
      guard determinant > 1e-12 * max(uu * vv, .leastNormalMagnitude) else { return nil }
      self.form = form
      alpha = (dot(u, gains) * vv - dot(v, gains) * uv) / determinant
      beta = (dot(u, gains) * uv - dot(v, gains) * uu) / determinant
    }

    /// What β is multiplied with.
    private static func curvature(_ form: Form, _ distance: Double) -> Double {
      switch form {
      case .bestOfN: distance * distance
      case .policy: distance > 0 ? distance * log(distance) : 0
      }
    }

    func gain(at distance: Double) -> Double { alpha * distance - beta * Self.curvature(form, distance) }

    /// The divergence at which the curve is highest; infinite for one that goes on rising.
    var turn: Double {
      // Below 0, gold rises in the end, though it may have fallen at first.
      guard beta > 0 else { return beta < 0 || alpha > 0 ? .infinity : 0 }
      switch form {
      case .bestOfN: return max(0, alpha / (2 * beta)) * max(0, alpha / (2 * beta))
      // α − β (log d + 1) = 0.
      case .policy: return exp(2 * (alpha / beta - 1))
      }
    }
  }

  /// The fit to a curve that is a mean over prompts, with intervals by resampling them.
  ///
  /// - Parameters:
  ///   - clusters: How many prompts there are.
  ///   - points: Distances and gains of the curve over some prompts, repetitions included.
  init?(_ form: Form, clusters: Int, points: ([Int]) -> (distances: [Double], gains: [Double])) {
    func coefficients(_ chosen: [Int]) -> Coefficients? {
      let points = points(chosen)
      return Coefficients(form, distances: points.distances, gains: points.gains)
    }
    let all = points(Array(0..<clusters))
    guard let fit = Coefficients(form, distances: all.distances, gains: all.gains) else { return nil }
    var resampled: [Coefficients] = []
    _ = Bootstrap.interval(clusters: clusters) { chosen in
      if let fit = coefficients(chosen) { resampled.append(fit) }
      return nil
    }
    func ends(_ value: (Coefficients) -> Double) -> ClosedRange<Double> {
      Bootstrap.middle(of: resampled.map(value)) ?? value(fit)...value(fit)
    }
    func interval(_ value: (Coefficients) -> Double) -> ExperimentResult.Interval {
      let range = ends(value)
      return .init(value: value(fit), lower: range.lowerBound, upper: range.upperBound)
    }
    func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
    let turns = ends(\.turn)
    self.form = form
    (alpha, beta) = (interval(\.alpha), interval(\.beta))
    (turn, turnLower, turnUpper) = (finite(fit.turn), finite(turns.lowerBound), finite(turns.upperBound))
    let squares = zip(all.distances, all.gains).map { ($1 - fit.gain(at: $0)) * ($1 - fit.gain(at: $0)) }
    error = (squares.mean ?? 0).squareRoot()
  }

  /// The gain of the fitted curve at a distance, the root of the divergence in nats.
  public func gain(at distance: Double) -> Double {
    Coefficients(form: form, alpha: alpha.value, beta: beta.value).gain(at: distance)
  }
}

extension OverOptimizationFit.Coefficients {
  fileprivate init(form: OverOptimizationFit.Form, alpha: Double, beta: Double) {
    (self.form, self.alpha, self.beta) = (form, alpha, beta)
  }
}
