/// Turns a statement into its contrary, where one word decides.
enum Negation {
  /// The contrary of a sentence; nil where it is not clear that one word makes it.
  static func flipped(_ sentence: String, _ language: PerturbationLanguage) -> String? {
    switch language {
    case .english: English(sentence)?.flipped()
    case .chinese: chinese(sentence)
    }
  }

  // MARK: Chinese

  private static func chinese(_ sentence: String) -> String? {
    guard (6...90).contains(sentence.count), !sentence.contains(where: { "？?“”\"「」".contains($0) }),
      !chineseScope.contains(where: { sentence.contains($0) })
    else { return nil }
    let characters = Array(sentence)
    // The first word that decides, in the order of the sentence; of two at one place the longer.
    for place in characters.indices {
      for form in chineseForms where matches(form, characters, place) {
        let rest = characters[(place + form.word.count)...]
        return String(characters[..<place]) + form.contrary + String(rest)
      }
    }
    return nil
  }

  private struct Form: Sendable {
    let word: [Character]
    let contrary: String
    /// The characters before and after with which the word is another one.
    let notAfter: Set<Character>
    let notBefore: Set<Character>

    init(_ word: String, _ contrary: String, notAfter: String = "", notBefore: String = "") {
      (self.word, self.contrary) = (Array(word), contrary)
      (self.notAfter, self.notBefore) = (Set(notAfter), Set(notBefore))
    }
  }

  private static func matches(_ form: Form, _ text: [Character], _ place: Int) -> Bool {
    guard text[place...].starts(with: form.word) else { return false }
    if place > 0, form.notAfter.contains(text[place - 1]) { return false }
    let next = place + form.word.count
    return next >= text.count || !form.notBefore.contains(text[next])
  }

  /// Longer words first: what begins with a negation is not taken for what it negates.
  private static let chineseForms: [Form] = [
    Form("不可以", "可以"), Form("不应该", "应该"), Form("不需要", "需要"), Form("不能够", "能够"), Form("不属于", "属于"),
    Form("不包括", "包括"), Form("不存在", "存在"), Form("不适合", "适合"), Form("不允许", "允许"), Form("并不是", "就是"),
    Form("不是", "是", notAfter: "是要可还岂莫"), Form("不会", "会"), Form("没有", "有", notAfter: "有", notBefore: "人谁什"),
    Form("无法", "能够"), Form("不必", "必须"), Form("不能", "能", notAfter: "能"), Form("不应", "应"),
    Form("可以", "不可以", notAfter: "不"), Form("能够", "不能够", notAfter: "不"), Form("应该", "不应该", notAfter: "不"),
    Form("需要", "不需要", notAfter: "不所的据", notBefore: "注指说补"), Form("必须", "不必"), Form("属于", "不属于", notAfter: "不"),
    Form("包括", "不包括", notAfter: "不", notBefore: "但"), Form("具有", "不具有", notAfter: "不"), Form("拥有", "没有", notAfter: "所"),
    Form("存在", "不存在", notAfter: "不", notBefore: "的"), Form("有助于", "无助于"), Form("适合", "不适合", notAfter: "不"),
    Form("允许", "不允许", notAfter: "不"),
    Form(
      "是", "不是", notAfter: "不越但还于可就总只而正要凡若或都也便即更算真像才乃自皆仅老硬却又很别其果如无乎旦先既以指使",
      notBefore: "否非的不因由在一指为以，,。"),
  ]

  /// Around these a word more or less changes something else than the statement, or nothing.
  private static let chineseScope = [
    "不得不", "不仅", "不但", "不只", "不过", "不管", "不论", "无论", "是否", "是不是", "能不能", "除非", "只有", "如果", "要是",
    "假如", "虽然", "尽管", "即使", "莫非", "难道", "吗", "呢", "没有人", "什么", "怎么", "如何", "为何", "谁",
  ]
}
