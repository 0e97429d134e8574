/// Words and turns of phrase that a text is searched for.
struct Phrases: Sendable {
  let english: [String]
  let chinese: [String]

  /// Whether the text has one of them: in English as whole words, whatever their case.
  func occur(in text: String) -> Bool {
    if chinese.contains(where: { text.contains($0) }) { return true }
    guard !english.isEmpty else { return false }
    let padded = Self.padded(text)
    return english.contains { padded.contains(" \($0) ") }
  }

  /// Whether the text begins with one of them.
  func begin(_ text: String) -> Bool {
    let plain = text.drop { !$0.isLetter && !$0.isNumber }
    if chinese.contains(where: { plain.hasPrefix($0) }) { return true }
    let padded = Self.padded(String(plain))
    return english.contains { padded.hasPrefix(" \($0) ") }
  }

  /// The words in lower case with one space around each.
  static func padded(_ text: String) -> String {
    var result = " "
    for character in text.lowercased() {
      if character.isLetter || character.isNumber {
        result.append(character)
      } else if character == "'" || character == "’" {
        result.append("'")
      } else if result.last != " " {
        result.append(" ")
      }
    }
    return result.last == " " ? result : result + " "
  }
}

extension Phrases {
  /// What a response that declines says near its beginning.
  static let refusal = Phrases(
    english: [
      "i can't", "i cannot", "i can not", "i won't", "i will not", "i'm unable", "i am unable", "i'm not able",
      "i am not able", "i'm sorry but", "i am sorry but", "sorry i", "i don't think i should",
      "i do not feel comfortable",
      "i don't feel comfortable", "i'm not comfortable", "i am not comfortable", "i must decline", "i refuse",
      "not able to help", "can't help you", "cannot help you", "can't assist", "cannot assist", "i'm not going to",
      "i am not going to", "i apologize but", "i do not have enough", "i don't have enough", "it is not appropriate",
      "it's not appropriate", "as an ai",
    ],
    chinese: [
      "我无法", "我不能", "无法回答", "不能回答", "无法提供", "不能提供", "抱歉", "对不起", "不便", "没有足够的信息", "拒绝",
    ])

  /// Whether the first two sentences decline.
  static func declines(_ text: SentenceText) -> Bool { refusal.occurEarly(in: text) }

  /// Whether the first two sentences have one of them.
  func occurEarly(in text: SentenceText) -> Bool {
    occur(in: text.sentences.prefix(2).map { text.pieces[$0].text }.joined(separator: " "))
  }
}
