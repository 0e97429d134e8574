public import DMoEData

/// A good response that may be damaged: the best of a preference row, or one that stands alone.
public struct PerturbationRow: Sendable, Hashable {
  /// Names the row within its file.
  public let id: String
  /// The data set the row comes from.
  public let source: String?
  /// The language as a tag such as "en"; the response's own script stands above it.
  public let language: String?
  /// What the response answers.
  public let conversation: Conversation
  /// The good response.
  public let response: String
  /// The identifier of the task category; without one no rule has a point.
  public let category: String?
  /// The capability point in respect of which the response is good; nil is in every respect.
  public let capability: String?
  /// What labels of the row count for in the loss, times the labeler's own weight.
  public let weight: Float

  /// A good response.
  ///
  /// - Throws: `DataError.emptyIdentifier`, `.emptyResponse`, or `.invalidWeight` for no number of at least 0.
  public init(
    id: String, source: String? = nil, language: String? = nil, conversation: Conversation, response: String,
    category: String? = nil, capability: String? = nil, weight: Float = 1
  ) throws(DataError) {
    guard !id.isEmpty, category?.isEmpty != true, capability?.isEmpty != true else { throw .emptyIdentifier }
    guard !response.isBlank else { throw .emptyResponse(index: 0) }
    guard weight.isFinite, weight >= 0 else { throw .invalidWeight(weight) }
    self.id = id
    self.source = source
    self.language = language
    self.conversation = conversation
    self.response = response
    self.category = category
    self.capability = capability
    self.weight = weight
  }

  /// The best response of a sample; nil if several are tied for it, or if the sample's weight is 0.
  public init?(bestOf sample: RankedResponses) {
    guard sample.weight > 0, sample.probability != 0.5, let best = sample.ranks.min() else { return nil }
    let places = sample.ranks.indices.filter { sample.ranks[$0] == best }
    guard places.count == 1 else { return nil }
    id = sample.id
    source = sample.source
    language = sample.language
    conversation = sample.conversation
    response = sample.responses[places[0]]
    category = sample.category
    capability = sample.capability
    weight = sample.weight
  }
}
