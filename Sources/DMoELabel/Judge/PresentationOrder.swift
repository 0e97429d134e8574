/// The order in which a judge sees two responses.
@_spi(Command) public enum PresentationOrder: String, Sendable, Hashable, Codable, CaseIterable {
  /// Response 0 first.
  case forward
  /// Response 1 first.
  case reversed

  /// The responses in the order in which the judge sees them.
  public func arranged(_ responses: [String]) -> [String] { self == .forward ? responses : responses.reversed() }
}
