/// How long a text is, the conversation with its longer response: in characters, each class twice as long as the one before.
package enum TextLength: Int, Sendable, CaseIterable {
  /// At most 500 characters.
  case upTo500 = 500
  /// At most 1,000.
  case upTo1000 = 1000
  /// At most 2,000.
  case upTo2000 = 2000
  /// At most 4,000.
  case upTo4000 = 4000
  /// All others.
  case longer

  /// The class of a text.
  ///
  /// - Parameter count: The number of characters.
  package init(of count: Int) {
    self = Self.allCases.first { $0 != .longer && count <= $0.rawValue } ?? .longer
  }

  /// As tables name it.
  package var name: String {
    switch self {
    case .upTo500: "up to 500"
    case .upTo1000: "501 to 1,000"
    case .upTo2000: "1,001 to 2,000"
    case .upTo4000: "2,001 to 4,000"
    case .longer: "over 4,000"
    }
  }
}
