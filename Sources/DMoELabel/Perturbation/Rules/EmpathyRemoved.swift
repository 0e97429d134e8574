/// Leaves out what answers the user's feelings.
struct EmpathyRemoved: PerturbationRule {
  let name = "empathy-removed"
  let summary = "Sentences that answer the user's feelings are left out; where nothing else is said, they turn cold."
  let points = ["empathy", "emotion-expression"]
  let lengthChange = LengthChange.either

  func perturb(_ subject: PerturbationSubject, using generator: inout some RandomNumberGenerator) -> PerturbationOutcome
  {
    let text = subject.text
    guard !Phrases.declines(text) else { return .notApplicable(.isRefusal) }
    let warm = text.sentences.filter {
      Self.warm.occur(in: text.pieces[$0].text) && !Self.excuse.occur(in: text.pieces[$0].text)
    }
    guard !warm.isEmpty else { return .notApplicable(.nothingToChange) }
    if warm.count < text.sentences.count { return .damaged(text.removing(Set(warm))) }
    let cold = subject.language == .english ? Self.coldEnglish : Self.coldChinese
    return cold.randomElement(using: &generator).map { .damaged($0) } ?? .notApplicable(.nothingLeft)
  }

  private static let warm = Phrases(
    english: [
      "sorry to hear", "sorry that you", "sorry you", "sorry for your loss", "so sorry for you", "i understand how",
      "i can understand why", "i can understand how", "understandable that you",
      "i can imagine how",
      "i know how hard", "i know how you", "i know it's hard", "that must be", "it must be hard", "must have been hard",
      "that must feel", "that sounds hard", "that sounds tough", "that sounds difficult", "that sounds rough",
      "that sounds frustrating", "that sounds stressful", "that's tough", "that sucks",
      "that's terrible",
      "that's awful", "it's okay to feel", "it's ok to feel", "it's normal to feel", "your feelings are",
      "you're not alone",
      "you are not alone", "hang in there", "i'm here for you", "i am here for you", "here to listen", "i feel for you",
      "my heart goes out", "congratulations", "happy for you", "i'm glad to hear", "so glad to hear", "i hope you feel",
      "hope you're feeling", "poor thing", "take care of yourself", "be kind to yourself", "i'm proud of you",
    ],
    chinese: [
      "我理解你", "我理解您", "我能理解", "我可以理解", "心疼", "别难过", "不要难过", "抱抱", "很遗憾听到", "很抱歉听到", "很难过听到",
      "你的感受", "您的感受", "你的心情", "您的心情", "你不是一个人", "陪着你", "陪伴你", "为你感到", "替你高兴", "替你难过", "为你高兴",
      "恭喜", "你辛苦了", "您辛苦了", "别灰心", "加油！", "照顾好自己", "你一定很", "您一定很", "会好起来",
    ])
  private static let excuse = Phrases(
    english: ["confusion", "misunderstanding", "mistake", "inconvenience"], chinese: ["误解", "混淆", "不便"])

  private static let coldEnglish = [
    "That is how it is.", "I have noted that.", "Such things happen. What else?", "That is not really my concern.",
  ]
  private static let coldChinese = ["事情就是这样。", "我知道了。", "这种事很常见，还有别的吗？", "这跟我没什么关系。"]
}
