/// The agreement of two opinions beyond chance (Cohen's kappa).
@_spi(Command) public struct CohensKappa: Sendable, Hashable, Encodable {
  /// `(po − pe) / (1 − pe)`, po being the share of cases in agreement and pe the share that chance would give; nil
  /// without cases, or if both opinions are always the same one.
  public let value: Double?
  /// The large-sample standard error; nil with `value`.
  ///
  /// Zero where all cases agree: the formula then says nothing.
  public let standardError: Double?
  /// The number of cases that were compared.
  public let cases: Int

  /// Kappa of a table of probabilities.
  ///
  /// The standard error is that of Fleiss, Cohen and Everitt, 1969, "Large sample standard errors of kappa and weighted
  /// kappa", Psychological Bulletin 72: with row sums r, column sums c and N cases its square is
  ///
  ///     (Σᵢ pᵢᵢ [(1−pe) − (rᵢ+cᵢ)(1−po)]² + (1−po)² Σᵢ≠ⱼ pᵢⱼ (cᵢ+rⱼ)² − (po·pe − 2pe + po)²) / (N (1−pe)⁴)
  ///
  /// - Parameters:
  ///   - table: Square, of any sum: `table[i][j]` cases of opinion i in the row and j in the column.
  ///   - cases: How many independent cases are in the table, if that is not its sum.
  init(table: [[Double]], cases: Int) {
    precondition(table.allSatisfy { $0.count == table.count }, "CohensKappa: \(table.count) rows, not square")
    self.cases = cases
    let sum = table.joined().reduce(0, +)
    guard cases > 0, sum > 0 else {
      (value, standardError) = (nil, nil)
      return
    }
    let p = table.map { $0.map { $0 / sum } }
    let all = p.indices
    let rows = p.map { $0.reduce(0, +) }
    let columns = all.map { column in p.reduce(0) { $0 + $1[column] } }
    let observed = all.reduce(0) { $0 + p[$1][$1] }
    let expected = all.reduce(0) { $0 + rows[$1] * columns[$1] }
    guard 1 - expected > 1e-12 else {
      (value, standardError) = (nil, nil)
      return
    }
    value = (observed - expected) / (1 - expected)
    var variance = -Self.square(observed * expected - 2 * expected + observed)
    for row in all {
      for column in all {
        let weight =
          row == column
          ? (1 - expected) - (rows[row] + columns[row]) * (1 - observed)
          : (1 - observed) * (columns[row] + rows[column])
        variance += p[row][column] * Self.square(weight)
      }
    }
    // Rounding can leave a little less than nothing.
    let scaled = variance < 1e-12 ? 0 : variance / (Double(cases) * Self.square(Self.square(1 - expected)))
    standardError = scaled.squareRoot()
  }

  /// Two standard errors (1.96) on both sides, within −1 ... 1; nil where the standard error is zero or unknown.
  public var interval: ClosedRange<Double>? {
    guard let value, let standardError, standardError > 0 else { return nil }
    let half = 1.959963984540054 * standardError
    return max(-1, value - half)...min(1, value + half)
  }

  private static func square(_ value: Double) -> Double { value * value }
}
