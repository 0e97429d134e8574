/// Puts spelling mistakes into a response.
struct SpellingBroken: PerturbationRule {
  let name = "spelling-broken"
  let summary =
    "Words are misspelled; Chinese characters give way to others that sound alike."
  let points = ["readability", "fluency"]
  let lengthChange = LengthChange.either

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    let text = subject.text
    var words: [Word] = []
    for place in text.sentences where !text.pieces[place].text.contains("http") {
      words +=
        subject.language == .english
        ? Self.english(text.pieces[place].text, place) : Self.chinese(text.pieces[place].text, place)
    }
    let share = subject.language == .english ? 6 : 4
    guard words.count >= 3 else { return .notApplicable(.tooShort) }
    var sentences: [Int: [Character]] = [:]
    // From the end, so that places before a word stay what they are.
    for word in generator.draw(max(2, words.count / share), of: words).reversed() {
      var sentence = sentences[word.piece] ?? Array(text.pieces[word.piece].text)
      sentence.replaceSubrange(word.range, with: Self.misspelled(Array(sentence[word.range]), using: &generator))
      sentences[word.piece] = sentence
    }
    return .damaged(text.replacing(sentences.mapValues { String($0) }))
  }

  private struct Word {
    let piece: Int
    let range: Range<Int>
  }

  /// Words of small letters; names keep theirs.
  private static func english(_ sentence: String, _ piece: Int) -> [Word] {
    let text = Array(sentence)
    var words: [Word] = []
    var place = 0
    while place < text.count {
      let end = text[place...].firstIndex { !$0.isLetter } ?? text.count
      let letters = text[place..<end]
      if letters.count >= 4, letters.allSatisfy({ $0.isASCII && $0.isLowercase }) {
        words.append(Word(piece: piece, range: place..<end))
      }
      place = end + 1
    }
    return words
  }

  /// Characters that another one sounds like.
  private static func chinese(_ sentence: String, _ piece: Int) -> [Word] {
    sentence.enumerated().compactMap { place, character in
      homophones[character].map { _ in Word(piece: piece, range: place..<(place + 1)) }
    }
  }

  private static func misspelled(_ word: [Character], using generator: inout some RandomNumberGenerator) -> [Character]
  {
    if word.count == 1 { return [homophones[word[0]]?.randomElement(using: &generator) ?? word[0]] }
    var word = word
    let place = Int.random(in: 1..<(word.count - 1), using: &generator)
    switch Int.random(in: 0..<3, using: &generator) {
    case 0 where word[place] != word[place + 1]: word.swapAt(place, place + 1)
    case 1: word.insert(word[place], at: place)
    default: word.remove(at: place)
    }
    return word
  }

  private static let homophones: [Character: [Character]] = [
    "的": ["得", "地"], "在": ["再"], "做": ["作"], "以": ["已", "亿"], "那": ["哪"], "和": ["合", "何"], "是": ["事", "式"],
    "有": ["又", "由"], "会": ["回", "汇"], "为": ["未", "维"], "时": ["实", "十"], "到": ["道"], "这": ["着"], "要": ["药"],
    "们": ["门"], "可": ["课"], "心": ["新"], "生": ["声"], "成": ["程"], "用": ["永"], "就": ["旧"], "自": ["字"],
    "己": ["几"], "很": ["狠"], "也": ["野"], "都": ["豆"], "大": ["打"], "方": ["放"], "法": ["发"],
    "人": ["认"], "中": ["终"], "工": ["公"], "作": ["做"], "学": ["雪"], "习": ["席"], "问": ["文"], "题": ["提"], "提": ["题"],
    "供": ["公"], "帮": ["邦"], "助": ["住"], "健": ["建"], "康": ["慷"], "需": ["须"], "应": ["英"], "该": ["改"], "经": ["京"],
    "过": ["国"], "影": ["应"], "响": ["想"], "重": ["种"], "进": ["近"], "行": ["形"], "情": ["晴"], "感": ["敢"], "受": ["授"],
    "与": ["于"], "及": ["急"], "并": ["病"], "或": ["货"], "如": ["入"], "果": ["裹"], "因": ["音"], "此": ["次"], "所": ["锁"],
  ]
}
