/// The origin of a request, for people who read a journal.
@_spi(Command) public struct RequestOrigin: Sendable, Hashable {
  /// The sample whose responses are compared.
  public var sample: String?
  /// The task category.
  public var category: String?
  /// The capability point; nil is the overall quality.
  public var capability: String?
  /// Which response is shown first.
  public var order: PresentationOrder?
  /// The version of the prompt's template.
  public var template: String?

  /// An origin, so far as it is known.
  public init(
    sample: String? = nil, category: String? = nil, capability: String? = nil, order: PresentationOrder? = nil,
    template: String? = nil
  ) {
    self.sample = sample
    self.category = category
    self.capability = capability
    self.order = order
    self.template = template
  }
}
