/// Takes the voice out of a response.
struct VoiceFlattened: PerturbationRule {
  let name = "voice-flattened"
  let summary = "Exclamations, interjections, emoji, acted gestures and Chinese mood particles are taken out."
  let points = ["personalized-expression", "emotion-expression", "engaging", "engagingness"]
  let lengthChange = LengthChange.either

  /// One exclamation mark more or less changes no voice.
  private static let least = 2

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    var flattener = VoiceFlattener(language: subject.language)
    var texts: [Int: String] = [:]
    for place in subject.text.sentences {
      texts[place] = flattener.flattened(subject.text.pieces[place].text)
    }
    guard flattener.changes >= Self.least else { return .notApplicable(.nothingToChange) }
    let flat = SentenceText.tidied(subject.text.replacing(texts))
    return flat.contains(where: \.isLetter) ? .damaged(flat) : .notApplicable(.nothingLeft)
  }
}

/// Flattens sentences, and counts what it took out.
struct VoiceFlattener {
  let language: PerturbationLanguage
  private(set) var changes = 0

  init(language: PerturbationLanguage) { self.language = language }

  mutating func flattened(_ sentence: String) -> String {
    var text = sentence
    take(/\*[^*\n]{2,80}\*|（[^（）\n]{1,40}）/, from: &text, with: "")
    take(/[~～]+/, from: &text, with: "")
    let calm = text.filter { !$0.isEmoji }
    changes += text.count - calm.count
    text = calm
    switch language {
    case .english:
      take(
        /(?i)\b(?:oh|ooh|ah|aha|wow|whoa|haha(?:ha)*|hehe|hey|hmm+|aww+|yay|ugh|lol|gosh|omg|woohoo|oops|yikes|darling|sweetie|honey|buddy|dude|my dear|my friend)\b[,!.]*\s*/,
        from: &text, with: "")
      take(/\s*!+/, from: &text, with: ".")
    case .chinese:
      take(/[啊呀呢吧哦噢嘛啦哈喔哇呐咯耶哟嘿嗨唉哎]+(?=[，。！？!?,、…]|$)/, from: &text, with: "")
      take(/[！!]+/, from: &text, with: "。")
    }
    return Self.mended(text)
  }

  private mutating func take(_ pattern: Regex<Substring>, from text: inout String, with other: String) {
    let count = text.matches(of: pattern).count
    guard count > 0 else { return }
    changes += count
    text = text.replacing(pattern, with: other)
  }

  /// Without the marks and spaces that stand alone once their words are gone.
  private static func mended(_ text: String) -> String {
    var text = text.replacing(/^[\s,，.。、…]+/, with: "").replacing(#/ {2,}/#, with: " ").replacing(#/ +([,.?])/#) {
      $0.output.1
    }
    text = text.replacing(/([。？?.])[。.]+/) { $0.output.1 }
    return text.prefix(1).uppercased() + text.dropFirst()
  }
}

extension Character {
  /// Whether it is shown as a picture.
  var isEmoji: Bool {
    unicodeScalars.contains { scalar in
      scalar.properties.isEmojiPresentation || (scalar.properties.isEmoji && scalar.value > 0x2190)
    }
  }
}
