import DMoECore
import Foundation

/// The choice of the next token from a row of logits.
///
/// A row is read on the calling thread, and what comes out depends on that row, the tokens before it and the random number
/// alone.
struct TokenDraw {
  let sampling: Sampling
  let compute: Compute

  init(_ sampling: Sampling, _ compute: Compute) {
    self.sampling = sampling
    self.compute = compute.serial
  }

  /// Working memory for one row after the other.
  final class Scratch {
    /// What each token's probability is proportional to; 0 if it is cut off.
    var weights: [Float]
    /// The sums of the chunks of `weights`.
    var sums: [Double]
    /// The logits after the penalty, where there is one.
    var penalized: [Float] = []

    init(vocabulary: Int) {
      weights = Array(repeating: 0, count: vocabulary)
      sums = Array(repeating: 0, count: SoftmaxRow.chunks(vocabulary))
    }
  }

  /// A row's distribution, whose weights are in the scratch.
  private struct Drawn {
    let softmax: SoftmaxRow
    /// The sum of the weights that are left.
    let total: Double
  }

  /// The chosen token; `nil` if the row is no distribution.
  ///
  /// - Parameters:
  ///   - seen: The distinct tokens that the text has so far.
  ///   - uniform: A random number in 0 ..< 1.
  func callAsFunction(
    _ logits: UnsafeBufferPointer<Float>, seen: Set<Int32>, uniform: Double, _ scratch: Scratch
  ) -> Completion.Token? {
    withPenalty(logits, seen, scratch) { x in
      if sampling.isGreedy {
        var best = 0
        for i in x.indices where x[i] > x[best] { best = i }
        return token(best, sampled: 0, own: nil, logits, scratch)
      }
      guard let drawn = distribution(x, scratch) else { return nil }
      let id = scratch.column(at: uniform * drawn.total)
      let sampled =
        sampling.cuts
        ? Float(Double((x[id] - drawn.softmax.top) * drawn.softmax.scale) - log(drawn.total))
        : drawn.softmax.logProbability(x[id])
      let isOwn = sampling.temperature == 1 && sampling.repetitionPenalty == 1
      return token(id, sampled: sampled, own: isOwn ? drawn.softmax : nil, logits, scratch)
    }
  }

  /// The probability of every token, as they are drawn; `nil` if the row is no distribution.
  func probabilities(_ logits: [Float], seen: Set<Int32>) -> [Double]? {
    let scratch = Scratch(vocabulary: logits.count)
    return logits.withUnsafeBufferPointer { logits in
      withPenalty(logits, seen, scratch) { x in
        distribution(x, scratch).map { drawn in scratch.weights.map { Double($0) / drawn.total } }
      }
    }
  }

  /// - Parameter own: The distribution of the row itself, if it has been read already.
  private func token(
    _ id: Int, sampled: Float, own: SoftmaxRow?, _ logits: UnsafeBufferPointer<Float>, _ scratch: Scratch
  ) -> Completion.Token? {
    let own = own ?? scratch.read(logits, scale: 1, compute)
    guard own.isFinite else { return nil }
    return Completion.Token(
      id: Int32(id), logProbability: own.logProbability(logits[id]), sampledLogProbability: sampled)
  }

  private func withPenalty<R>(
    _ logits: UnsafeBufferPointer<Float>, _ seen: Set<Int32>, _ scratch: Scratch,
    _ body: (UnsafeBufferPointer<Float>) -> R
  ) -> R {
    let penalty = sampling.repetitionPenalty
    guard penalty != 1 else { return body(logits) }
    var penalized = scratch.penalized
    scratch.penalized = []
    defer { scratch.penalized = penalized }
    penalized.replaceSubrange(penalized.indices, with: logits)
    for id in seen {
      let logit = logits[Int(id)]
      penalized[Int(id)] = logit < 0 ? logit * penalty : logit / penalty
    }
    return penalized.withUnsafeBufferPointer(body)
  }

  private func distribution(_ x: UnsafeBufferPointer<Float>, _ scratch: Scratch) -> Drawn? {
    let softmax = scratch.read(x, scale: 1 / sampling.temperature, compute)
    guard softmax.isFinite else { return nil }
    guard sampling.cuts else { return Drawn(softmax: softmax, total: softmax.sum) }
    if let topK = sampling.topK, topK < x.count {
      let least = WeightCut.greatest(topK, of: x)
      for i in x.indices where x[i] < least { scratch.weights[i] = 0 }
    }
    if let topP = sampling.topP, topP < 1 { WeightCut.keepMass(Double(topP), &scratch.weights) }
    if let minP = sampling.minP {
      // The likeliest token's weight is 1.
      for i in x.indices where scratch.weights[i] < minP { scratch.weights[i] = 0 }
    }
    return Drawn(softmax: softmax, total: scratch.sumUp())
  }
}

extension TokenDraw.Scratch {
  /// Reads a row; the weights become its exponentials.
  fileprivate func read(_ x: UnsafeBufferPointer<Float>, scale: Float, _ compute: Compute) -> SoftmaxRow {
    weights.withUnsafeMutableBufferPointer { weights in
      sums.withUnsafeMutableBufferPointer { sums in
        guard let e = weights.baseAddress, let s = sums.baseAddress else { preconditionFailure("TokenDraw: no logits") }
        return SoftmaxRow(x, scale: scale, exponentials: e, sums: s, compute)
      }
    }
  }

  /// The sums anew, and that of all weights.
  fileprivate func sumUp() -> Double {
    for chunk in sums.indices {
      let start = chunk * SoftmaxRow.chunk
      sums[chunk] = weights[start..<min(start + SoftmaxRow.chunk, weights.count)].reduce(0) { $0 + Double($1) }
    }
    return sums.reduce(0, +)
  }

  /// The column in which the running sum of the weights passes `mass`.
  ///
  /// Rounding may leave the end of a chunk, or of all, short of it; then it is the last that has a weight.
  fileprivate func column(at mass: Double) -> Int {
    var chunk = 0
    var before = 0.0
    while chunk + 1 < sums.count, before + sums[chunk] <= mass {
      before += sums[chunk]
      chunk += 1
    }
    while chunk > 0, sums[chunk] <= 0 { chunk -= 1 }
    let start = chunk * SoftmaxRow.chunk
    var last = start
    for column in start..<min(start + SoftmaxRow.chunk, weights.count) where weights[column] > 0 {
      before += Double(weights[column])
      last = column
      if before > mass { break }
    }
    return last
  }
}
