import DMoECore
import DMoEData
import DMoEModel
import Foundation

/// A sample as token ids, with the pairs its loss is made of.
struct RankedExample: Sendable {
  struct Pair: Sendable, Equatable {
    let chosen: Int
    let rejected: Int
    /// The probability that the chosen response is the better one.
    let probability: Double
    /// What lengths alone say for the chosen response, added to the difference of the rewards in the loss (`LengthBias`).
    var offset = 0.0
  }

  /// The responses of which no two are the same tokens.
  let encoded: EncodedResponses
  /// The same for all samples of a dialogue and its continuations.
  let opening: UInt64
  private(set) var pairs: [Pair]
  let margin: Double
  let weight: Double

  init(_ encoded: EncodedResponses, opening: UInt64, pairs: [Pair], margin: Double = 0, weight: Double = 1) {
    self.encoded = encoded
    self.opening = opening
    self.pairs = pairs
    self.margin = margin
    self.weight = weight
  }

  /// `nil` if the sample forms no pair under this loss: only ties, or weight 0.
  init?(_ sample: RankedResponses, _ reader: StateReader, _ loss: RankingLoss) throws {
    let pairs = loss.pairs(of: sample)
    guard !pairs.isEmpty, sample.weight > 0 else { return nil }
    let (encoded, places) = try reader.encodeDistinct(sample.conversation, responses: sample.responses)
    self.init(
      encoded, opening: sample.conversation.openingHash().value,
      pairs: pairs.map {
        Pair(chosen: places[$0.chosen], rejected: places[$0.rejected], probability: $0.probability, offset: $0.offset)
      },
      margin: Double(sample.margin ?? 0), weight: Double(sample.weight))
  }

  var rowCount: Int { encoded.rowCount }

  /// log of the chosen response's tokens over the rejected one's.
  func logLengthRatio(_ pair: Pair) -> Double {
    log(Double(max(1, encoded.responses[pair.chosen].count)) / Double(max(1, encoded.responses[pair.rejected].count)))
  }

  /// The same example, whose rewards need not say what lengths do.
  func relieved(of bias: LengthBias) -> RankedExample {
    var result = self
    for index in pairs.indices { result.pairs[index].offset = bias.slope * logLengthRatio(pairs[index]) }
    return result
  }
}

/// How far lengths alone explain preferences: the chosen response's log-odds per unit of `logLengthRatio`.
struct LengthBias: Sendable, Equatable {
  let slope: Double

  /// The maximum-likelihood slope, pulled to 0 by a slight ridge; 0 without examples.
  init(of examples: [RankedExample], _ compute: Compute) throws {
    let pairs = examples.flatMap { example in example.pairs.map { (example, $0) } }
    guard !pairs.isEmpty else {
      slope = 0
      return
    }
    let fit = try RankingRegression(
      differences: Matrix(pairs.count, 1, pairs.map { Float($0.0.logLengthRatio($0.1)) }),
      pairWeights: pairs.map { Float($0.0.weight / Double($0.0.pairs.count)) },
      softLabels: pairs.map { Float($0.1.probability) }, compute: compute)
    slope = Double(fit.weights[0])
  }
}

extension RankingLoss {
  /// The pairs of a ranking and the probability of each, by the labels and this loss's options.
  func pairs(of sample: RankedResponses) -> [RankedExample.Pair] {
    let certain = 1 - labelSmoothing
    var result = sample.pairs.map { pair in
      var q = certain
      if usesProbabilities, let first = sample.probability {
        q = Double(pair.chosen == 0 ? first : 1 - first)
      }
      return RankedExample.Pair(chosen: pair.chosen, rejected: pair.rejected, probability: q)
    }
    // A tie with a probability of its own is a soft label, not a tie.
    let soft = usesProbabilities ? sample.probability.map { Double($0) } : nil
    if ties == .half || soft != nil {
      result += sample.tiedPairs.map { .init(chosen: $0.first, rejected: $0.second, probability: soft ?? 0.5) }
    }
    return result
  }
}

/// What a pass over some examples adds up to.
struct PassResult: Sendable, Equatable {
  /// Weighted by the examples' weights.
  var loss = 0.0
  /// What regularization adds to the loss; `nil` without one.
  var regularization: Double?
  var weight = 0.0
  var correct = 0.0
  var pairs = 0
  var margin = 0.0
  var rewards = 0.0
  var rewardCount = 0
  var tokens = 0

  static func += (a: inout PassResult, b: PassResult) {
    a.loss += b.loss
    if let more = b.regularization { a.regularization = (a.regularization ?? 0) + more }
    a.weight += b.weight
    a.correct += b.correct
    a.pairs += b.pairs
    a.margin += b.margin
    a.rewards += b.rewards
    a.rewardCount += b.rewardCount
    a.tokens += b.tokens
  }

  var meanLoss: Double { weight > 0 ? loss / weight : 0 }
  var accuracy: Double { pairs > 0 ? correct / Double(pairs) : 0 }
}

extension RankingLoss {
  /// The loss of a batch and its gradient by every reward.
  ///
  /// Shapes: rewards [responses of all examples], example after example -> gradient of the same shape, already divided by
  /// `totalWeight`.
  func evaluate(
    _ rewards: [Float], _ examples: [RankedExample], totalWeight: Double
  ) -> (result: PassResult, gradient: [Float]) {
    var result = PassResult()
    var gradient = [Double](repeating: 0, count: rewards.count)
    var start = 0
    for example in examples {
      let share = example.weight / Double(example.pairs.count)
      for pair in example.pairs {
        let (c, r) = (start + pair.chosen, start + pair.rejected)
        let (chosen, rejected) = (Double(rewards[c]), Double(rewards[r]))
        let one = self.pair(
          chosen: chosen, rejected: rejected, probability: pair.probability, margin: example.margin,
          offset: pair.offset)
        result.loss += share * one.loss
        gradient[c] += share * one.chosenGradient / totalWeight
        gradient[r] += share * one.rejectedGradient / totalWeight
        // A pair whose label leans neither way has no right order.
        if pair.probability != 0.5 {
          let isRight = pair.probability > 0.5 ? chosen > rejected : rejected > chosen
          result.correct += isRight ? 1 : chosen == rejected ? 0.5 : 0
          result.margin += chosen - rejected
          result.pairs += 1
        }
      }
      result.weight += example.weight
      let end = start + example.encoded.responses.count
      for reward in rewards[start..<end] { result.rewards += Double(reward) }
      result.rewardCount += end - start
      start = end
    }
    return (result, gradient.map { Float($0) })
  }
}
