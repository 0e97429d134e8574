import DMoECore
import DMoEData
import DMoEModel

/// A sample as token ids, with the pairs its loss is made of.
struct RankedExample: Sendable {
  /// The responses of which no two are the same tokens.
  let encoded: EncodedResponses
  /// The same for all samples of a dialogue and its continuations.
  let opening: UInt64
  /// Where the sample is from, if it says so.
  let source: String?
  private(set) var ranking: RankedPairs

  init(_ encoded: EncodedResponses, opening: UInt64, source: String? = nil, ranking: RankedPairs) {
    self.encoded = encoded
    self.opening = opening
    self.source = source
    self.ranking = ranking
  }

  /// `nil` if the sample forms no pair under this loss: only ties, or weight 0.
  init?(_ sample: RankedResponses, _ reader: StateReader, _ loss: RankingLoss) throws {
    let pairs = loss.pairs(of: sample)
    guard !pairs.isEmpty, sample.weight > 0 else { return nil }
    let (encoded, places) = try reader.encodeDistinct(sample.conversation, responses: sample.responses)
    self.init(
      encoded, opening: sample.conversation.openingHash().value, source: sample.source,
      ranking: RankedPairs(
        pairs.map {
          .init(
            chosen: places[$0.chosen], rejected: places[$0.rejected], probability: $0.probability, offset: $0.offset)
        }, responseCount: encoded.responses.count, margin: Double(sample.margin ?? 0), weight: Double(sample.weight)))
  }

  var pairs: [RankedPairs.Pair] { ranking.pairs }
  var weight: Double { ranking.weight }
  var rowCount: Int { encoded.rowCount }
  /// The tokens of each response.
  var lengths: [Int] { encoded.responses.map(\.count) }

  /// The same example, whose rewards need not say what lengths do.
  func relieved(of bias: LengthBias) -> RankedExample {
    var result = self
    result.ranking = ranking.relieved(of: bias, lengths: lengths)
    return result
  }
}

extension LengthBias {
  /// The slope that explains most of the examples' preferences by their tokens.
  init(of examples: [RankedExample], _ compute: Compute) throws {
    try self.init(of: examples.map { ($0.ranking, $0.lengths) }, compute)
  }
}
