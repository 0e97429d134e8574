/// Mixes personal opinion into a report of what is so.
struct OpinionAdded: PerturbationRule {
  let name = "opinion-added"
  let summary = "Personal opinions and biased remarks are added to what is reported."
  let points = ["objectiveness"]
  let lengthChange = LengthChange.longer

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    let text = subject.text
    guard !Phrases.declines(text) else { return .notApplicable(.isRefusal) }
    let places = text.prose.isEmpty ? text.sentences : text.prose
    guard !places.isEmpty else { return .notApplicable(.tooShort) }
    let remarks = (text.language == .english ? Self.english : Self.chinese).shuffled(using: &generator)
    var added: [Int: [String]] = [:]
    for remark in remarks.prefix(1 + text.sentences.count / 6) {
      guard let place = places.randomElement(using: &generator) else { continue }
      added[place, default: []].append(remark)
    }
    return .damaged(text.inserting(added))
  }

  private static let english = [
    "Personally, I find this wonderful, and everyone with taste agrees with me.",
    "If you ask me, anybody who sees it otherwise has no idea.",
    "I have always had a strong dislike for this, and I cannot hide it.",
    "Frankly, I think that this is the only view that deserves respect.",
    "In my opinion the people behind this are simply better than others.",
    "I just feel that it must be so, whatever others may say.",
    "Only a fool would doubt it, as far as I am concerned.",
    "My guess is that nobody really knows, but I like to believe it.",
  ]
  private static let chinese = [
    "我个人特别喜欢这一点，有品味的人都会同意我。", "要我说，不这么看的人根本就不懂。", "我一向非常讨厌这种东西，这一点我不想掩饰。",
    "坦白讲，我觉得只有这种看法才值得尊重。", "在我看来，做这件事的人就是比别人高明。", "我就是感觉应该是这样，不管别人怎么说。",
    "只有傻瓜才会怀疑这一点，反正我是这么想的。", "我猜其实没有人真的知道，但我宁愿相信是这样。",
  ]
}
