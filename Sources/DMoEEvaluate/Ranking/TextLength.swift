/// How long a text is, the conversation with its longer response: in characters, each class twice as long as the one before.
enum TextLength: Int, CaseIterable {
  case upTo500 = 500
  case upTo1000 = 1000
  case upTo2000 = 2000
  case upTo4000 = 4000
  case longer

  /// - Parameter count: The number of characters.
  init(of count: Int) {
    self = Self.allCases.first { $0 != .longer && count <= $0.rawValue } ?? .longer
  }

  /// As tables name it.
  var name: String {
    switch self {
    case .upTo500: "up to 500"
    case .upTo1000: "501 to 1,000"
    case .upTo2000: "1,001 to 2,000"
    case .upTo4000: "2,001 to 4,000"
    case .longer: "over 4,000"
    }
  }
}
