/// A conversation with its task category: one sample for the router.
public struct CategorizedPrompt: Sendable, Hashable, Identifiable {
  /// Names the sample within its file.
  public let id: String
  /// The data set the sample comes from.
  public let source: String?
  /// The language as a tag such as "en" or "zh".
  public let language: String?
  /// The conversation that the router reads.
  public let conversation: Conversation
  /// The identifier of the task category; nil is unknown.
  public let category: String?

  /// A sample for the router.
  ///
  /// - Throws: `DataError.emptyIdentifier` if `id` or `category` is empty.
  public init(
    id: String, source: String? = nil, language: String? = nil, conversation: Conversation, category: String?
  ) throws(DataError) {
    guard !id.isEmpty, category?.isEmpty != true else { throw .emptyIdentifier }
    self.id = id
    self.source = source
    self.language = language
    self.conversation = conversation
    self.category = category
  }

  /// The prompt of a preference sample.
  public init(_ sample: RankedResponses) {
    id = sample.id
    source = sample.source
    language = sample.language
    conversation = sample.conversation
    category = sample.category
  }

  /// The prompt of another sample under the category that a taxonomy gives it.
  package init(_ other: CategorizedPrompt, category: String?) {
    id = other.id
    source = other.source
    language = other.language
    conversation = other.conversation
    self.category = category
  }
}
