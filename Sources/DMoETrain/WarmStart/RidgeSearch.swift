import DMoECore

/// A search for the ridge of a ranking regression: the one that does best in cross-validation by dialogue or by source, so that
/// no validation sample is spent on it.
struct RidgeSearch {
  /// Shape: [pairs, features].
  let features: Matrix
  let pairs: PairDifferences
  /// What each difference is reduced by before it is compared.
  let margins: [Float]
  /// Whether whole sources are left out, instead of dialogues.
  var leavesSourcesOut = false
  let compute: Compute

  private static let foldCount = 5
  private static let leastPairs = 10

  /// The fold of every pair: all of one dialogue are in one, since they share texts, or all of one source.
  private var folds: [Int] { leavesSourcesOut ? pairs.sources : pairs.prompts.map { $0 % Self.foldCount } }

  /// The weights that fit some of the pairs best.
  func fit(_ rows: [Int], ridge: Double) throws -> Matrix {
    let part = Matrix(rows.count, features.columns, rows.flatMap { features.row($0) })
    let fit = try RankingRegression(
      differences: part, pairWeights: rows.map { pairs.weights[$0] }, softLabels: rows.map { pairs.labels[$0] },
      margins: rows.map { margins[$0] }, options: .init(ridge: ridge), compute: compute)
    return Matrix(row: fit.weights)
  }

  /// The weights that fit all pairs best.
  func fit(ridge: Double) throws -> Matrix { try fit(Array(margins.indices), ridge: ridge) }

  /// The ridge that gains most on left-out folds, and what it gains; the largest, and no gain known, where there are too
  /// few pairs to tell.
  func best(of ridges: [Double]) throws -> (ridge: Double, gain: PromptGain?) {
    let folds = folds
    let largest = ridges.max() ?? 1
    guard ridges.count > 1 || leavesSourcesOut, folds.count >= Self.leastPairs,
      Set(folds).count >= (leavesSourcesOut ? 2 : Self.foldCount)
    else { return (largest, nil) }
    var best: (sum: Double, ridge: Double, gain: PromptGain)?
    for ridge in ridges {
      let gain = try gain(ridge: ridge, folds)
      let sum = gain.sum
      if best.map({ sum > $0.sum }) ?? true { best = (sum, ridge, gain) }
    }
    return best.map { ($0.ridge, $0.gain) } ?? (largest, nil)
  }

  /// What the regression gains on each fold when it is fitted on the others.
  private func gain(ridge: Double, _ folds: [Int]) throws -> PromptGain {
    var gain = PromptGain()
    for fold in Set(folds).sorted() {
      let theta = try fit(folds.indices.filter { folds[$0] != fold }, ridge: ridge).elements
      for row in folds.indices where folds[row] == fold {
        let moved = zip(features.row(row), theta).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        gain.add(loss(of: row, moved: 0) - loss(of: row, moved: moved), prompt: pairs.prompts[row])
      }
    }
    return gain
  }

  /// The weighted loss of a pair whose difference the fit moves by so much.
  private func loss(of row: Int, moved: Double) -> Double {
    pairs.loss(of: row, difference: moved - Double(margins[row]))
  }
}
