/// Flattens sentences, and counts what it took out.
struct VoiceFlattener {
  let language: PerturbationLanguage
  private(set) var changes = 0

  init(language: PerturbationLanguage) { self.language = language }

  mutating func flattened(_ sentence: String) -> String {
    var text = sentence
    takeGestures(&text)
    take(/[~～]+(?=\s|$|[，。！])/, from: &text)
    let calm = text.filter { !$0.isEmoji }
    changes += text.count - calm.count
    text = calm
    switch language {
    case .english:
      take(
        /(?i)\b(?:oh|ooh|ah|aha|wow|whoa|haha(?:ha)*|hehe|hmm+|aww+|yay|ugh|lol|gosh|omg|woohoo|oops|yikes)\b(?:[,!.]+\s*|(?= ))/,
        from: &text)
      take(/(?i)\b(?:hey there|hey|darling|sweetie|buddy|dude|my dear|my friend)[,!.]+\s*/, from: &text)
      calmDown(/([.?…]?)\s*!+/, ".", &text)
    case .chinese:
      take(/[啊呀呢吧哦噢嘛啦哈喔哇呐咯耶哟嘿嗨唉哎]+(?=[，。！？!?,、…]|$)/, from: &text)
      calmDown(/([。？…]?)[！!]+/, "。", &text)
    }
    return Self.mended(text, like: sentence)
  }

  /// What is acted: "*waves at you*", （笑）; not what is set in bold or stressed.
  private mutating func takeGestures(_ text: inout String) {
    let gestures = text.matches(of: /(^|[^*])\*[a-z]+s(?: [^*\n]{1,80})?\*(?!\*)/)
    changes += gestures.count
    text = text.replacing(/(^|[^*])\*[a-z]+s(?: [^*\n]{1,80})?\*(?!\*)/) { $0.output.1 }
    take(/（[^（）\n]{0,12}[笑叹摇挥眨抱躬][^（）\n]{0,12}）/, from: &text)
  }

  private mutating func take(_ pattern: Regex<Substring>, from text: inout String) {
    let count = text.matches(of: pattern).count
    guard count > 0 else { return }
    changes += count
    text = text.replacing(pattern, with: "")
  }

  /// Exclamation marks become full stops, or go where another mark stands already.
  private mutating func calmDown(_ pattern: Regex<(Substring, Substring)>, _ stop: String, _ text: inout String) {
    changes += text.matches(of: pattern).count
    text = text.replacing(pattern) { $0.output.1.isEmpty ? stop : String($0.output.1) }
  }

  /// Without the marks and spaces that stand alone once their words are gone.
  private static func mended(_ text: String, like sentence: String) -> String {
    guard text != sentence else { return text }
    let mended = text.replacing(/^[\s,，.。、]+/, with: "").replacing(#/ {2,}/#, with: " ")
    guard sentence.first(where: \.isLetter)?.isUppercase == true else { return mended }
    return mended.prefix(1).uppercased() + mended.dropFirst()
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
