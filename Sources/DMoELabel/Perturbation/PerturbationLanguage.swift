/// A language whose sentences, negations and numerals the rules of perturbation know.
public enum PerturbationLanguage: String, Sendable, Hashable, Codable, CaseIterable {
  /// English.
  case english = "en"
  /// Chinese; most words that rules look for are written in simplified characters.
  case chinese = "zh"

  /// The language of a text, by its script first: data sets call a sample Chinese whose response is English.
  ///
  /// - Parameters:
  ///   - text: the text itself.
  ///   - tag: what the sample says, such as "en"; decides among languages of one script.
  /// - Returns: nil for a language that no rule knows.
  public init?(of text: String, tag: String? = nil) {
    var (han, kana, latin, other) = (0, 0, 0, 0)
    for scalar in text.unicodeScalars where scalar.properties.isAlphabetic {
      switch scalar.value {
      case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0x20000...0x3FFFD: han += 1
      case 0x3040...0x30FF, 0x1100...0x11FF, 0xAC00...0xD7A3: kana += 1
      case 0x41...0x5A, 0x61...0x7A: latin += 1
      default: other += 1
      }
    }
    // A Chinese character says about as much as half an English word.
    let written = han * 3 + latin + kana * 3 + other
    guard written > 0, kana * 10 <= han + kana else { return nil }
    let primary = tag.map { String($0.lowercased().prefix { $0.isLetter }) }
    if han * 6 > written {
      guard primary != "ja", primary != "ko" else { return nil }
      self = .chinese
    } else {
      guard latin * 20 > written * 19, primary.map({ ["en", "eng", "english", "zh"].contains($0) }) ?? true,
        Self.readsAsEnglish(text, isTagged: primary?.hasPrefix("en") ?? false)
      else { return nil }
      self = .english
    }
  }

  /// What stands between two sentences of a paragraph.
  var sentenceSpace: String { self == .english ? " " : "" }

  /// Other languages of Latin script share letters with English, but not these words.
  ///
  /// - Parameter isTagged: Whether the sample says English: then few of them will do, and none in a few words.
  private static func readsAsEnglish(_ text: String, isTagged: Bool) -> Bool {
    let words = text.lowercased().split { !$0.isLetter }
    let common = words.count { commonWords.contains(String($0)) }
    return isTagged ? words.count < 8 || common * 40 >= words.count : common * 12 >= words.count
  }

  private static let commonWords: Set<String> = [
    "the", "of", "and", "to", "is", "it", "that", "was", "for", "you", "are", "with", "this", "have", "from", "they",
    "i", "be", "not", "can", "your", "my", "we", "what", "there", "will", "would", "so", "if", "he", "she", "but", "by",
  ]
}
