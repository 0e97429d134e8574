import DMoECore
import DMoEModel

/// Linear rewards on fixed states by Newton's method: where heads and aggregators start.
enum WarmStart {
  /// The value head that orders pairs best on fixed states, near another head if one is given.
  ///
  /// Shapes: states [responses of all examples, state size].
  /// - Throws: `CoreError`.
  static func head(
    on states: Matrix, _ examples: [RankedExample], near head: ValueHead? = nil, ridges: [Double],
    leavesSourcesOut: Bool = false, _ compute: Compute
  ) throws -> ValueHead {
    let scale = Standardization(of: states).scale
    // Heads in standardized channels have their weights divided by the scale; the shift drops out of differences.
    let start = head.map { $0.weight.value.combined(with: scale) { $0 / $1 } }
    let direction = try direction(
      PairDifferences(states, examples, scale: scale), start: start, ridges: ridges,
      leavesSourcesOut: leavesSourcesOut, compute)
    return ValueHead(direction.combined(with: scale) { $0 * $1 })
  }

  /// The weights on standardized states that fit the pairs best, near `start` if one is given.
  ///
  /// The ridge is the one that does best in cross-validation; then `start` itself is returned unless that ridge's
  /// correction of it gains more than a standard error on the left-out prompts (the rule of Breiman et al., Classification
  /// and Regression Trees, 1984): few pairs, or pairs that `start` orders as well as they can be, move nothing.
  ///
  /// - Parameter leavesSourcesOut: Whether a correction of `start` has to gain so much on sources that it was not fitted on;
  ///   pairs of one source then correct nothing.
  /// - Throws: `CoreError`.
  static func direction(
    _ pairs: PairDifferences, start: Matrix? = nil, ridges: [Double], leavesSourcesOut: Bool = false,
    _ compute: Compute
  ) throws -> Matrix {
    let leavesSourcesOut = leavesSourcesOut && start != nil
    if leavesSourcesOut, Set(pairs.sources).count < 2, let start { return start }
    // d = x·(start + θ) + offset is the regression on θ with the margin −x·start − offset.
    var margins = pairs.offsets.map { -$0 }
    if let start {
      let given = compute.product(pairs.differences, transposed: false, start, transposed: true).elements
      margins = zip(margins, given).map { $0 - $1 }
    }
    let reduced = try RowSpace(pairs.differences, compute)
    let search = RidgeSearch(
      features: reduced.features, pairs: pairs, margins: margins, leavesSourcesOut: leavesSourcesOut, compute: compute)
    let (ridge, gain) = try search.best(of: ridges)
    if let start, !(gain?.isCertain ?? !leavesSourcesOut) { return start }
    var result = try reduced.lift(try search.fit(ridge: ridge), compute)
    if let start { compute.add(start, scale: 1, to: &result) }
    return result
  }

  /// The regression on standardized states itself, with its Hessian; the ridge is chosen as for `direction`.
  ///
  /// Not in the span of the pairs: the posterior's spread lies outside of it, too.
  static func regression(
    _ pairs: PairDifferences, ridges: [Double], _ compute: Compute
  ) throws -> RankingRegression {
    let margins = pairs.offsets.map { -$0 }
    let reduced = try RowSpace(pairs.differences, compute)
    let (ridge, _) = try RidgeSearch(
      features: reduced.features, pairs: pairs, margins: margins, compute: compute
    ).best(of: ridges)
    return try RankingRegression(
      differences: pairs.differences, pairWeights: pairs.weights, softLabels: pairs.labels, margins: margins,
      options: .init(ridge: ridge), compute: compute)
  }
}
