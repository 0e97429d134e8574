import DMoECore
import DMoEModel

/// Tokens of the better responses of a batch, and the rows of it whose states predict them.
struct PredictedTokens: Equatable {
  /// In the batch's layout (`TokenBatch`): the row before each token's own.
  private(set) var rows: [Int] = []
  private(set) var targets: [Int] = []
  /// What each counts for: those of one example together its weight.
  private(set) var weights: [Double] = []

  /// - Parameters:
  ///   - batch: The layout of the examples' texts.
  ///   - limit: Tokens of a response; of longer ones so many are drawn.
  init(of examples: [RankedExample], in batch: TokenBatch, limit: Int, seed: UInt64) {
    var source = RandomSource(seed: seed, stream: 0x70E5)
    var text = 0
    for example in examples {
      let responses = example.encoded.responses
      defer { text += responses.count }
      guard let better = example.betterResponse, !responses[better].isEmpty else { continue }
      let response = responses[better]
      let (promptEnd, first) = (batch.promptEnds[text + better], batch.responseStarts[text + better])
      let places = Array(response.indices.shuffled(using: &source).prefix(limit)).sorted()
      for place in places {
        // All responses follow the prompt, whose last row predicts their first token.
        rows.append(place == 0 ? promptEnd : first + place - 1)
        targets.append(Int(response[place]))
        weights.append(example.weight / Double(places.count))
      }
    }
  }
}

extension RankedExample {
  /// The first response that some label prefers, and none another one to.
  var betterResponse: Int? {
    let certain = pairs.filter { $0.probability != 0.5 }
    let beaten = Set(certain.map { $0.probability > 0.5 ? $0.rejected : $0.chosen })
    return certain.map { $0.probability > 0.5 ? $0.chosen : $0.rejected }.filter { !beaten.contains($0) }.min()
  }
}
