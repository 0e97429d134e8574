/// A preference sample: several responses to one conversation, put in order.
///
/// ```swift
/// let sample = try RankedResponses(
///   id: "sky-1", conversation: "Why is the sky blue?",
///   responses: ["It just is.", "Air scatters blue light more than red."], ranks: [2, 1], category: "chat")
/// ```
public struct RankedResponses: Sendable, Hashable, Identifiable {
  /// Names the sample within its file; samples of one compact row share it.
  public let id: String
  /// The data set the sample comes from.
  public let source: String?
  /// The language as a tag such as "en" or "zh".
  public let language: String?
  /// The conversation that the responses answer.
  public let conversation: Conversation
  /// The responses; at least two, none of them blank.
  public let responses: [String]
  /// The rank of each response: 1 is best, equal ranks are ties.
  public let ranks: [Int]
  /// The identifier of the task category; nil leaves the choice to the router.
  public let category: String?
  /// The identifier of the capability point the ranks speak of; nil is the overall human preference.
  public let capability: String?
  /// The amount by which the chosen response is better, on the source's own scale.
  public let margin: Float?
  /// The weight of the sample in the loss.
  public let weight: Float
  /// The probability that the first of two responses is the better one; nil takes the ranks at their word.
  public let probability: Float?
  /// The person or model that ranked the responses.
  public let annotator: String?

  /// A sample.
  ///
  /// - Parameters:
  ///   - id: the name of the sample; not empty.
  ///   - source: the data set that it comes from.
  ///   - language: the language of the texts, such as `en`.
  ///   - conversation: the conversation that the responses answer.
  ///   - responses: at least two responses, none empty.
  ///   - ranks: one for each response, 1 best, ties allowed.
  ///   - category: the task category; nil if it is not known.
  ///   - capability: the capability point that the ranks speak of; nil is the overall preference.
  ///   - margin: by how much the chosen response is better, on the source's own scale; below 0 where the source rates it worse.
  ///   - weight: what the sample counts for in the loss.
  ///   - probability: only with two responses, and on the side of the better rank.
  ///   - annotator: who ranked the responses.
  /// - Throws: `DataError.emptyIdentifier`, `.tooFewResponses`, `.emptyResponse`, `.rankCountMismatch`,
  ///   `.invalidRank`, `.invalidMargin`, `.invalidWeight`, `.invalidProbability` or `.contradictoryProbability`.
  public init(
    id: String, source: String? = nil, language: String? = nil, conversation: Conversation, responses: [String],
    ranks: [Int], category: String? = nil, capability: String? = nil, margin: Float? = nil, weight: Float = 1,
    probability: Float? = nil, annotator: String? = nil
  ) throws(DataError) {
    guard !id.isEmpty, category?.isEmpty != true, capability?.isEmpty != true else { throw .emptyIdentifier }
    guard responses.count >= 2 else { throw .tooFewResponses(responses.count) }
    if let index = responses.firstIndex(where: \.isBlank) { throw .emptyResponse(index: index) }
    guard ranks.count == responses.count else {
      throw .rankCountMismatch(responses: responses.count, ranks: ranks.count)
    }
    if let rank = ranks.first(where: { $0 < 1 }) { throw .invalidRank(rank) }
    if let margin, !margin.isFinite { throw .invalidMargin(margin) }
    guard weight.isFinite, weight >= 0 else { throw .invalidWeight(weight) }
    if let probability {
      guard responses.count == 2, (0...1).contains(probability) else {
        throw .invalidProbability(probability, responses: responses.count)
      }
      // A tie may carry any probability: the ranks then say only that no side was chosen.
      let contradicts = ranks[0] < ranks[1] ? probability < 0.5 : ranks[0] > ranks[1] && probability > 0.5
      if contradicts { throw .contradictoryProbability(probability, ranks: ranks) }
    }
    self.id = id
    self.source = source
    self.language = language
    self.conversation = conversation
    self.responses = responses
    self.ranks = ranks
    self.category = category
    self.capability = capability
    self.margin = margin
    self.weight = weight
    self.probability = probability
    self.annotator = annotator
  }

  private init(
    _ other: RankedResponses, category: String?, capability: String?, ranks: [Int]? = nil, probability: Float? = nil
  ) {
    id = other.id
    source = other.source
    language = other.language
    conversation = other.conversation
    responses = other.responses
    self.ranks = ranks ?? other.ranks
    self.category = category
    self.capability = capability
    margin = other.margin
    weight = other.weight
    self.probability = ranks == nil ? other.probability : probability
    annotator = other.annotator
  }

  /// The same sample under another task category and capability point, which must not be empty.
  public func labeled(category: String?, capability: String?) -> RankedResponses {
    precondition(category?.isEmpty != true && capability?.isEmpty != true, "RankedResponses.labeled: empty id")
    return RankedResponses(self, category: category, capability: capability)
  }

  /// The same sample with other ranks, of the same number, and the probability that goes with them.
  package func relabeled(ranks: [Int], probability: Float?) -> RankedResponses {
    RankedResponses(self, category: category, capability: capability, ranks: ranks, probability: probability)
  }
}
