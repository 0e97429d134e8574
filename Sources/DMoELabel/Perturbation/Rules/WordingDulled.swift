/// Puts plain words in the place of vivid ones.
struct WordingDulled: PerturbationRule {
  let name = "wording-dulled"
  let summary = "Vivid words give way to the plainest of their kind, again and again; at least two in a response."
  let points = ["expressiveness"]
  let lengthChange = LengthChange.either

  private static let least = 2

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    var changes = 0
    var texts: [Int: String] = [:]
    for place in subject.text.sentences {
      let sentence = subject.text.pieces[place].text
      let (text, count) = subject.language == .english ? Self.english(sentence) : Self.chinese(sentence)
      changes += count
      if count > 0 { texts[place] = text }
    }
    guard changes >= Self.least else { return .notApplicable(.nothingToChange) }
    return .damaged(subject.text.replacing(texts))
  }

  private static func english(_ sentence: String) -> (String, Int) {
    var result = ""
    var word = ""
    var count = 0
    func flush() {
      if let plain = plainEnglish[word.lowercased()] {
        result += word.first?.isUppercase == true ? plain.prefix(1).uppercased() + plain.dropFirst() : plain
        count += 1
      } else {
        result += word
      }
      word = ""
    }
    for character in sentence {
      if character.isLetter {
        word.append(character)
      } else {
        flush()
        result.append(character)
      }
    }
    flush()
    return (
      result.replacing(/\b([Aa])n (nice|good|big|bad|small|very|new|dark|bright|sad|happy)\b/) {
        "\($0.output.1) \($0.output.2)"
      }, count
    )
  }

  private static func chinese(_ sentence: String) -> (String, Int) {
    var text = sentence
    var count = 0
    for (vivid, plain) in plainChinese where text.contains(vivid) {
      count += text.ranges(of: vivid).count
      text = text.replacing(vivid, with: plain)
    }
    return (text, count)
  }

  private static let plainEnglish: [String: String] = {
    let kinds = [
      "nice": [
        "magnificent", "gorgeous", "breathtaking", "stunning", "exquisite", "splendid", "majestic", "enchanting",
        "mesmerizing",
        "captivating", "picturesque", "radiant", "dazzling", "wondrous", "delightful", "graceful", "elegant", "serene",
        "tranquil", "idyllic", "lush", "vibrant", "fragrant", "delicate", "charming", "marvelous", "resplendent",
        "glorious",
      ],
      "big": [
        "enormous", "immense", "colossal", "towering", "vast", "gigantic", "boundless", "monumental", "sprawling",
      ],
      "small": ["tiny", "minuscule", "petite", "slender"],
      "bright": ["shimmering", "glistening", "glittering", "sparkling", "luminous", "gleaming", "golden", "glowing"],
      "dark": ["shadowy", "gloomy", "murky", "dim"],
      "bad": [
        "dreadful", "horrifying", "ghastly", "dire", "treacherous", "sinister", "menacing", "harrowing", "devastating",
      ],
      "sad": ["sorrowful", "melancholy", "heartbroken", "forlorn", "desolate", "wistful"],
      "happy": ["joyful", "ecstatic", "elated", "jubilant", "overjoyed", "thrilled", "exhilarated"],
      "old": ["timeless", "weathered"],
      "good": [
        "extraordinary", "remarkable", "exceptional", "phenomenal", "incredible", "unforgettable", "inspiring",
        "profound",
      ],
      "said": ["whispered", "murmured", "exclaimed", "proclaimed", "muttered", "declared", "shouted"],
      "went": ["wandered", "rushed", "darted", "stumbled", "strolled", "soared", "raced", "ventured"],
      "saw": ["beheld", "glimpsed", "spotted"],
    ]
    var words: [String: String] = [:]
    for (plain, vivid) in kinds { for word in vivid { words[word] = plain } }
    return words
  }()

  /// In a fixed order, since one may be a part of another.
  private static let plainChinese: [(String, String)] = {
    let kinds: [(String, [String])] = [
      ("好看", ["绚丽", "璀璨", "绚烂", "壮丽", "瑰丽", "秀丽", "迷人", "优雅", "精致", "斑斓", "如诗如画", "美轮美奂", "令人惊叹", "壮观"]),
      ("很大", ["辽阔", "浩瀚", "广袤", "巍峨", "磅礴", "宏伟", "雄伟"]), ("很亮", ["晶莹", "闪耀", "闪烁", "灿烂", "皎洁"]),
      ("安静", ["宁静", "静谧", "幽静", "寂静"]), ("高兴", ["喜悦", "欣喜", "欢快", "愉悦", "欢欣"]),
      ("难过", ["悲伤", "忧伤", "哀愁", "凄凉"]), ("很好", ["卓越", "非凡", "杰出", "精彩", "美妙", "难忘", "深刻"]),
      ("说", ["低语", "呢喃", "诉说", "倾诉"]), ("走", ["漫步", "徜徉", "飞奔", "奔跑"]),
    ]
    return kinds.flatMap { plain, vivid in vivid.map { ($0, plain) } }
  }()
}
